import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, pixelsOf, problemOf, sourceFixture } from '../fixture-sources.ts';
import { tempFolder } from '../temp-files.ts';

const table = (name: string): string => sourceFixture(`${name}.parquet`);

/** Fixtures as the parts of one split. */
function joined(...names: string[]): string {
  const folder = tempFolder();
  for (const [i, name] of names.entries()) copyFileSync(table(name), join(folder, `train-${i}.parquet`));
  return folder;
}

describe('class names of Parquet files', () => {
  it('are mapped by file where their order differs', async () => {
    const { train } = await openForTest(joined('cat-dog', 'dog-cat'));
    expect(train.classes).toEqual(['cat', 'dog']);
    // The second file's numbers are 0, 0, 0, 1 of dog, cat.
    expect(train.labels).toEqual(Int32Array.of(0, 1, 0, 1, 1, 1, 1, 0));
  });

  it('that are other classes are an error, unless labels are left alone', async () => {
    const folder = joined('cat-dog', 'cat-bird');
    expect(await problemOf(folder)).toBe(
      'expected files of one data set, got other classes: cat, dog in train-0.parquet, and cat, bird in train-1.parquet | Name the files of one data set, or join them without labels: --set data.labels=none',
    );
    const { train } = await openForTest(folder, { labels: 'none' });
    expect([train.count, train.unlabelled]).toEqual([8, 'data.labels is none']);
  });

  it.each([
    ['numbered', 'train-1.parquet has no names for its classes, train-0.parquet has'],
    ['unlabelled', 'train-1.parquet has no column label, train-0.parquet has'],
  ])('that a file lacks (%s) leave the images without labels, for a reason', async (name, why) => {
    const { description } = await openForTest(joined('cat-dog', name));
    expect(description).toBe(`images without labels (Parquet; ${why}): 8 images, no test images`);
  });

  it('are those that other files of the split write as text', async () => {
    for (const names of [
      ['cat-dog', 'strings'],
      ['strings', 'cat-dog'],
    ]) {
      const { train } = await openForTest(joined(...names));
      expect(train.classes).toEqual(['cat', 'dog']);
      const numbers = names[0] === 'cat-dog' ? [0, 1, 0, 1, 1, 0, 0, 1] : [1, 0, 0, 1, 0, 1, 0, 1];
      expect(train.labels).toEqual(Int32Array.from(numbers));
    }
  });

  it.each([
    [['cat-bird', 'strings'], 'train-1.parquet[0] has class dog, which is none of the names in train-0.parquet'],
    [['cat-dog', 'flags'], 'labels of train-0.parquet are numbers, those of train-1.parquet are true or false'],
    [['numbered', 'strings'], 'labels of train-0.parquet are numbers, those of train-1.parquet are text'],
    [['flags', 'numbered'], 'labels of train-0.parquet are true or false, those of train-1.parquet are numbers'],
    [['flags', 'strings'], 'labels of train-0.parquet are true or false, those of train-1.parquet are text'],
  ])('or numbers of one kind are never mixed with others: %s', async (names, why) => {
    const { train, description } = await openForTest(joined(...names));
    expect([train.count, train.labels]).toEqual([8, undefined]);
    expect(description).toContain(`(Parquet; ${why})`);
  });

  it('too few for the numbers leave the images without labels', async () => {
    const { description } = await openForTest(table('labels'), { labelField: 'outside' });
    expect(description).toContain('labels.parquet[2] has class 2, but only 2 have names');
  });
});

describe('labels of Parquet files', () => {
  it.each([
    ['flag', ['false', 'true'], [1, 0, 1, 1]],
    ['large', ['3', '9007199254740992', '9007199254740993'], [2, 1, 2, 0]],
    ['unsigned', ['0', '18446744073709551614', '18446744073709551615'], [2, 1, 2, 0]],
    ['floats', ['0', '2', '10'], [1, 2, 1, 0]],
    ['names', ['cat', 'dog'], [0, 1, 0, 1]],
    ['category', ['cat', 'dog'], [0, 1, 0, 1]],
    ['bytes', ['cat', 'dog'], [0, 1, 0, 1]],
    ['a.b', ['5', '6'], [0, 1, 0, 1]],
    ['meta.label', ['0', '1'], [0, 1, 0, 1]],
    ['meta.kind.name', ['k0', 'k1'], [0, 1, 0, 1]],
  ])('are read exactly: %s', async (labelField, classes, labels) => {
    const { train } = await openForTest(table('labels'), { labelField });
    expect([train.classes, train.labels]).toEqual([classes, Int32Array.from(labels)]);
  });

  it.each([
    ['nan', 'labels.parquet[2] has none (NaN)'],
    ['null', 'labels.parquet[1] has none, and 1 more'],
    ['fractions', 'labels.parquet[1] has 0.5, which is no class, and 1 more'],
    ['gap', 'labels.parquet[1] has none'],
  ])('that some images lack leave all without, for a reason: %s', async (labelField, why) => {
    const { train, description } = await openForTest(table('labels'), { labelField });
    expect(train.labels).toBeUndefined();
    expect(description).toContain(`images without labels (Parquet; ${why})`);
  });

  it('of bytes that are not UTF-8 leave all without, for a reason', async () => {
    const { train, description } = await openForTest(table('odd-labels'), { labelField: 'latin' });
    expect(train.labels).toBeUndefined();
    expect(description).toContain(
      'odd-labels.parquet[0] has bytes that are no text in UTF-8 (likely Latin-1), and 1 more',
    );
  });

  it.each([
    ['list', 'labels.parquet[0] has a list of labels'],
    ['nothing', 'labels.parquet[0] has none'],
    ['date', 'labels.parquet[0] has a date'],
    [
      'meta',
      'labels.parquet[0] has a structure for a label | Choose a part of the structure: --set data.labelField=meta.',
    ],
    ['meta.kind', '--set data.labelField=meta.kind.name'],
  ])('of a named column that holds none are an error: %s', async (labelField, reason) => {
    const problem = await problemOf(table(labelField === 'date' ? 'odd-labels' : 'labels'), { labelField });
    expect(problem).toContain(`expected a class for each image in ${labelField} (data.labelField), got none`);
    expect(problem).toContain(reason);
  });

  it('of a part that there is not are an error', async () => {
    expect(await problemOf(table('labels'), { labelField: 'meta.lable' })).toContain(
      'expected a column meta.lable (data.labelField)',
    );
  });

  it('of a named column that a file lacks are an error', async () => {
    expect(await problemOf(joined('cat-dog', 'unlabelled'), { labelField: 'label' })).toContain(
      'expected a column label (data.labelField) as in train-0.parquet, got image, caption: train-1.parquet',
    );
  });

  it('are looked for, and said to be missing', async () => {
    expect((await openForTest(table('unlabelled'))).description).toBe(
      'images without labels (Parquet; no column named label, labels, fine_label, class, cls; there are caption): 4 images, no test images',
    );
  });
});

describe('rows of Parquet files', () => {
  it('that img2dataset could not fetch are left out and counted', async () => {
    const { train, description } = await openForTest(table('img2dataset'));
    expect(description).toBe(
      'Parquet: 2 images in 2 classes, no test images, left out: 3 rows whose status is not success (2 failed_to_download, 1 failed_to_resize)',
    );
    expect([train.labels, train.name(1)]).toEqual([Int32Array.of(0, 1), 'img2dataset.parquet[2]']);
    expect(await pixelsOf(train, 1)).toEqual(Array(12).fill(20));
  });

  it('are divided by a column split', async () => {
    const { train, test, description } = await openForTest(table('split-column'));
    expect(description).toBe('Parquet: 3 images in 2 classes, test 2');
    expect([train.labels, test?.labels]).toEqual([Int32Array.of(0, 1, 1), Int32Array.of(0, 1)]);
  });

  it('that hold only paths are an error with a way to go on; a few are bad images', async () => {
    const problem = await problemOf(table('paths'));
    expect(problem).toContain(
      'expected encoded images in column image, got only paths, such as images/0.jpg: paths.parquet (4 rows) | Fetch the images and list them',
    );
    const { train } = await openForTest(table('some-paths'));
    await expect(train.read(1)).rejects.toThrow('has no bytes in the Parquet file, only a path (images/1.jpg)');
  });

  it('without a clear column of images are an error that names the columns', async () => {
    expect(await problemOf(table('addresses'))).toContain('Column image holds text: paths or addresses of images');
    expect(await problemOf(table('two-columns'))).toContain(
      'Several hold bytes (photo, mask). Name the column of images image, in Python: pyarrow.parquet.write_table(table.rename_columns({"photo": "image"}), "images.parquet")',
    );
    expect(await problemOf(joined('cat-dog', 'other-column'))).toContain(
      'expected a column image as in train-0.parquet, got photo, label: train-1.parquet',
    );
  });

  it('of tables without images are left alone and counted', async () => {
    const folder = joined('cat-dog');
    copyFileSync(table('addresses'), join(folder, 'captions.parquet'));
    expect((await openForTest(folder)).description).toBe(
      'Parquet: 4 images in 2 classes, no test images, not read: 1 file (1 .parquet), such as captions.parquet',
    );
  });
});
