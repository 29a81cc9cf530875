import { expect, it } from 'vitest';
import { readTypedLine } from '../../../src/cli/completion/typed-line.ts';

it.each([
  ['cl-train sim', ['cl-train'], 'sim', ''],
  ['cl-train simclr ', ['cl-train', 'simclr'], '', ''],
  ['cl-train  "two words" a\\ b \'it"s\' x', ['cl-train', 'two words', 'a b', 'it"s'], 'x', ''],
  ['cl-train --set a.b=c', ['cl-train', '--set'], 'a.b=c', 'a.b='],
  ['cl-train --data=gs://x', ['cl-train'], '--data=gs://x', '--data=gs:'],
  ["cl-train --set 'a.b=c", ['cl-train', '--set'], 'a.b=c', ''],
  ['cl-train $(touch x) ', ['cl-train', '$(touch', 'x)'], '', ''],
  ['cl-train \\', ['cl-train'], '\\', ''],
])('reads %j as a shell does, and runs nothing', (line, words, last, beforeBreak) => {
  expect(readTypedLine(line)).toEqual({ words, last, beforeBreak });
});
