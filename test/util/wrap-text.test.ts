import { expect, test } from 'vitest';
import { displayWidth, wrapText } from '../../src/util/wrap-text.ts';

test.each([
  ['a line that fits stays as it is', 'steps  1,200', 12, 'steps  1,200'],
  [
    'prose goes on a bit to the right',
    'hint: name their folder, or an archive',
    20,
    'hint: name their\n  folder, or an\n  archive',
  ],
  [
    'a column goes on below itself',
    'views    2 of 32 x 32 pixels: flip',
    24,
    'views    2 of 32 x 32\n         pixels: flip',
  ],
  [
    'the last of several columns does',
    'ok  GPU  an NVIDIA card of 80 GB',
    24,
    'ok  GPU  an NVIDIA card\n         of 80 GB',
  ],
  ['a line of a column does', '          first: crop 0.2-1, flip', 22, '          first: crop\n          0.2-1, flip'],
  ['a column without room is left', `${'a'.repeat(14)}  one two three`, 20, `${'a'.repeat(14)}  one\n  two three`],
  [
    'a word that is too long stays whole',
    'see a/very/long/path/to/some/file.yaml there',
    20,
    'see\na/very/long/path/to/some/file.yaml\n  there',
  ],
  ['lines are wrapped alone', 'one two three four five\n\nsix', 20, 'one two three four\n  five\n\nsix'],
])('%s', (_, text, width, wrapped) => {
  expect(wrapText(text, width)).toBe(wrapped);
});

test.each([
  ['next: cl-embed --run runs/a --output runs/a/f.npy', 30, 'next: cl-embed --run runs/a \\\n  --output runs/a/f.npy'],
  ['  npx cl-train simclr FOLDER --dry-run --lr 0.1', 32, '  npx cl-train simclr FOLDER \\\n    --dry-run --lr 0.1'],
  [
    "  --set 'views.normalize={mean: [0.1, 0.2], std: [1]}'",
    34,
    "  --set 'views.normalize={mean:\n    [0.1, 0.2], std: [1]}'",
  ],
  ["  cl-train simclr 'my own images/a' --lr 1", 24, "  cl-train simclr \\\n    'my own images/a' \\\n    --lr 1"],
  ['hint: cl-train --list shows all presets', 24, 'hint: cl-train --list\n  shows all presets'],
])('a shell reads a command that was broken as one: %s', (text, width, wrapped) => {
  expect(wrapText(text, width)).toBe(wrapped);
});

test('escape sequences and marks take no room, East Asian characters two columns', () => {
  expect(displayWidth('\u001b[35mwarning\u001b[39m')).toBe(7);
  expect(displayWidth('e\u0301')).toBe(1);
  expect(displayWidth('\u732b.png')).toBe(6);
  expect(wrapText('\u001b[2mone two three\u001b[22m four five', 20)).toBe(
    '\u001b[2mone two three\u001b[22m four\n  five',
  );
});
