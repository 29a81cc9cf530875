import { expect, test } from 'vitest';
import { resumeCommand } from '../../src/util/resume-command.ts';

test.each([
  ['runs/a', 'runs/a'],
  ['auto', './auto'],
  ['-a', './-a'],
  ['runs/auto', 'runs/auto'],
  ["it's", String.raw`'it'\''s'`],
])('the command that goes on with %s names it as %s', (folder, named) => {
  expect(resumeCommand(folder)).toBe(`cl-train --resume ${named}`);
});
