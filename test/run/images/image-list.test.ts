import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ImageRecord, ImageRecords } from '../../../src/data/loading/image-records.ts';
import { imageChanges } from '../../../src/run/images/image-changes.ts';
import { digestOf, readImageList, writeImageList } from '../../../src/run/images/image-list.ts';
import { tempFolder } from '../../data/temp-files.ts';

const recordsOf = (records: readonly ImageRecord[]): ImageRecords => ({
  ...{ count: records.length, read: records.length },
  record: (index) => records[index] as ImageRecord,
});
const image = (name: string, bytes?: number, hash?: string): ImageRecord => ({ name, bytes, hash });
const BEFORE = [image('a', 1000, 'x'), image('b', 2000, 'y'), image('c', 3000), image('d')];

test('a list comes back as it was written, by its digest, and not when it is damaged or another', async () => {
  const path = join(tempFolder(), 'images.tsv.gz');
  const odd = [...BEFORE, image('tab\tand\nbreak "quoted"', 0, '0123456789abcdef')];
  const many = recordsOf(Array.from({ length: 5000 }, (_, i) => odd[i % odd.length] as ImageRecord));
  await writeImageList(path, many);
  const back = await readImageList(path, digestOf(many));
  expect(Array.from({ length: 5000 }, (_, i) => back?.record(i))).toEqual(
    Array.from({ length: 5000 }, (_, i) => many.record(i)),
  );
  expect(await readImageList(path, digestOf(recordsOf(BEFORE)))).toBeUndefined();
  expect(await readImageList(`${path}.not`, digestOf(many))).toBeUndefined();
  const bytes = readFileSync(path);
  for (const damaged of [bytes.subarray(0, 40), Buffer.from('no zip'), Buffer.alloc(0)]) {
    writeFileSync(path, damaged);
    expect(await readImageList(path, digestOf(many))).toBeUndefined();
  }
});

test('tells what changed, with counts and examples', () => {
  const told = (...now: ImageRecord[]) => imageChanges(recordsOf(BEFORE), recordsOf(now));
  expect(told(...BEFORE)).toEqual([]);
  // What either does not know tells nothing.
  expect(told(image('a', 1000), image('b'), image('c', 3000, 'z'), image('d', 5, 'w'))).toEqual([]);
  expect(told(image('a', 1001, 'x'), image('b', 2000, 'z'), image('e'), image('e'))).toMatchInlineSnapshot(`
    [
      "2 of 4 changed: a (1,000 -> 1,001 bytes), b (the same size, another content)",
      "2 of 4 gone: c, d",
      "2 new: e, e (2)",
    ]
  `);
  expect(told(...BEFORE.toReversed())).toMatchInlineSnapshot(`
    [
      "the same images in another order",
    ]
  `);
  const renamed = Array.from({ length: 5 }, (_, i) => image(`new ${i}\u001b[2J`));
  expect(told(...renamed)).toMatchInlineSnapshot(`
    [
      "4 of 4 gone: a, b, c, ...",
      "5 new: new 0?[2J, new 1?[2J, new 2?[2J, ...",
    ]
  `);
});
