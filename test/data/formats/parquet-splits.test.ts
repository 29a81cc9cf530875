import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, pixelsOf, problemOf, sourceFixture } from '../fixture-sources.ts';
import { tempFolder } from '../temp-files.ts';

const table = (name: string): string => sourceFixture(`${name}.parquet`);

/** A folder with fixtures under other names. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [name, fixture] of Object.entries(files)) copyFileSync(table(fixture), join(folder, name));
  return folder;
}

const described = async (path: string, options = {}): Promise<string> => (await openForTest(path, options)).description;

/** The grey of each image of a fixture's 2 x 2 pixels, by which its row is known: 10 times the row. */
async function greysOf(source: { readonly count: number } | undefined): Promise<number[]> {
  const all = source as Parameters<typeof pixelsOf>[0];
  return Promise.all(Array.from({ length: all.count }, async (_, i) => (await pixelsOf(all, i))[0] as number));
}

describe('a column of splits in Parquet files', () => {
  it('leaves out rows that it names no split for, and tells of them', async () => {
    const { train, test, description } = await openForTest(table('split-gap'));
    expect(description).toBe(
      'Parquet: 2 images in 2 classes, test 1, not used: files that name no split (1 image), no split in split-gap.parquet[1]',
    );
    expect([await greysOf(train), await greysOf(test)]).toEqual([[0, 20], [30]]);
  });

  it('may have another usual name, or be true for the images of a split', async () => {
    const { train, test, description } = await openForTest(table('subset-column'));
    expect(description).toBe('Parquet: 2 images in 2 classes, test 2, divided by subset');
    expect([train.name(1), test?.name(1)]).toEqual(['subset-column.parquet[2]', 'subset-column.parquet[3]']);
    expect(await described(table('flag-column'))).toBe('Parquet: 3 images in 2 classes, test 1, divided by is_valid');
    expect(await described(table('subset-column'), { labelField: 'subset' })).toBe(
      'Parquet: 4 images in 2 classes, no test images',
    );
  });

  it('may be numbers with names', async () => {
    expect(await described(table('split-numbers'))).toBe('Parquet: 3 images in 2 classes, test 1');
  });

  it('that says the same of all rows is told where that is no training', async () => {
    expect(await described(table('split-tests'), { train: 'test' })).not.toContain('of all');
    expect(await described(folderWith({ 'a.parquet': 'split-same' }))).toBe(
      'Parquet: 4 images in 2 classes, no test images, split says test of all',
    );
  });

  it('that holds lists is told', async () => {
    expect(await described(table('split-lists'))).toBe(
      'Parquet: 2 images in 2 classes, no test images, split is not used: it holds lists or structures',
    );
  });

  it('of another name is not used where it holds something else, which is told', async () => {
    expect(await described(table('subset-odd'))).toBe(
      'Parquet: 5 images in 2 classes, no test images, subset is not used: it holds "n/a" in subset-odd.parquet[1], and 1 more',
    );
  });

  it('holds for all files, also where some of them lack it', async () => {
    const both = folderWith({ 'a.parquet': 'subset-column', 'b.parquet': 'split-gap', 'c.parquet': 'numbered' });
    expect(await described(both)).toContain(
      '2 images in 2 classes, test 1, not used: files that name no split (9 images), no split in a.parquet[0], and 8 more',
    );
  });

  it('may hold names of the user’s own', async () => {
    const own = table('split-own');
    expect(await problemOf(own)).toContain('expected images named train, got fold0, fold1 in PATH | Say which');
    expect(await described(own, { train: 'fold0', test: 'fold1' })).toBe('Parquet: 3 images in 2 classes, test 1');
  });
});

describe('a column of splits that contradicts the names of files', () => {
  it('leaves no test among the training images', async () => {
    const { train, test, description } = await openForTest(folderWith({ 'train-0.parquet': 'subset-column' }));
    expect(description).toBe(
      'Parquet: 2 images in 2 classes, test 2, subset says test in 2 rows of files named train, such as train-0.parquet[1]: taken for test',
    );
    expect([await greysOf(train), await greysOf(test)]).toEqual([
      [0, 20],
      [10, 30],
    ]);
    expect(await described(folderWith({ 'train.parquet': 'split-gap' }))).toContain('Parquet: 3 images');
    expect(await described(folderWith({ 'train.parquet': 'flag-column' }))).toBe(
      'Parquet: 3 images in 2 classes, test 1, is_valid says valid in 1 row of files named train, such as train.parquet[3]: taken for valid',
    );
  });

  it('adds no row of a test file to the training images', async () => {
    const folder = folderWith({ 'train.parquet': 'numbered', 'test.parquet': 'subset-column' });
    expect(await described(folder)).toBe(
      'Parquet: 4 images in 2 classes, test 4, subset says train in 2 rows of files named test, such as test.parquet[0]: they stay test',
    );
  });

  it('joins rows that either calls tests', async () => {
    const folder = folderWith({ 'train.parquet': 'split-gap', 'test.parquet': 'numbered' });
    const { train, test } = await openForTest(folder);
    expect([await greysOf(train), await greysOf(test)]).toEqual([
      [0, 10, 20],
      [120, 130, 140, 150, 30],
    ]);
    expect(test?.labels).toEqual(Int32Array.of(0, 1, 0, 1, 0));
  });

  it('is an error where nothing is left to train on, which --set data.train gets round', async () => {
    const folder = folderWith({ 'train.parquet': 'split-tests' });
    expect(await problemOf(folder)).toBe(
      'expected images named train, got test, test_unseen in PATH (split says test in 3 rows of files named train, such as train.parquet[0]: taken for test, split says test_unseen in 1 row of files named train, such as train.parquet[2]: taken for test_unseen) | Say which to train on: --set data.train=test',
    );
    expect(await described(folder, { train: 'test' })).toContain('Parquet: 3 images');
  });

  it('is told and not heeded where its words are no splits', async () => {
    expect(await described(folderWith({ 'train.parquet': 'split-own' }))).toContain(
      'Parquet: 4 images in 2 classes, no test images, split says no split in 4 rows of files named train, such as "fold0" in train.parquet[0]: they stay train',
    );
  });

  it('is silent where both say the same', async () => {
    const folder = folderWith({ 'train.parquet': 'numbered', 'validation.parquet': 'split-tests' });
    expect(await described(folder)).toBe('Parquet: 4 images in 2 classes, test 4');
  });
});
