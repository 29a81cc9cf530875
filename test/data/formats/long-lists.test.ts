import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';
import { fixture } from '../torture.ts';

const IMAGES = { 'a.jpg': fixture('rgb-444.jpg') };
const filler = 'z'.repeat(90);

/** A list of some ten megabytes, which is read in pieces. */
const long = (row: (i: number) => string): string =>
  `path,label,note\n${Array.from({ length: 100_000 }, (_, i) => row(i)).join('\n')}\n`;

it('lists beyond a piece keep their lines, labels and quoted ends of lines', async () => {
  const text = long((i) => (i % 1000 === 7 ? `a.jpg,c${i % 3},"${filler}\n, ${i}"` : `a.jpg,c${i % 3},${filler}`));
  const { train, description } = await openForTest(join(folderOf({ ...IMAGES, 'list.csv': text }), 'list.csv'));
  expect(description).toBe(
    'list: 100,000 images in 3 classes, no test images, images named again in 99,999 lines, such as line 3',
  );
  expect(Array.from(train.labels as Int32Array).every((label, i) => label === i % 3)).toBe(true);
  expect(train.name(99_999)).toBe('a.jpg');
});

it('what is wrong far behind is told with its line', async () => {
  const fields = long((i) => (i === 90_000 ? `a.jpg,c,${filler},more` : `a.jpg,c,${filler}`));
  expect(await problemOf(join(folderOf({ ...IMAGES, 'list.csv': fields }), 'list.csv'))).toContain(
    'expected 3 fields (path, label, note), got 4 in line 90002',
  );
  const latin = Buffer.from(
    long((i) => (i === 90_000 ? `a.jpg,\xe9t\xe9,${filler}` : `a.jpg,c,${filler}`)),
    'latin1',
  );
  expect(await problemOf(join(folderOf({ ...IMAGES, 'list.csv': latin }), 'list.csv'))).toContain(
    'in line 90002, column 7 of ',
  );
});
