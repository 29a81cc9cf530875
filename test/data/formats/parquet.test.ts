import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Bytes, openFile } from '../../../src/data/files/bytes.ts';
import { createAllowance } from '../../../src/data/files/memory-allowance.ts';
import { openTree } from '../../../src/data/files/open-tree.ts';
import { openParquetFile } from '../../../src/data/files/parquet-file.ts';
import { openParquet } from '../../../src/data/formats/parquet.ts';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import { cifarFiles, folderOfFixtures, openForTest, problemOf, rowsOf, sourceFixture } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

const TRAIN = ['train-00000-of-00002.parquet', 'train-00001-of-00002.parquet'];
const TEST = 'test-00000-of-00001.parquet';
const LABELS = 'columns.parquet';

describe('Parquet files', () => {
  it('of pyarrow have the pixels and labels of the files, whatever their compression', async () => {
    const { train, test, description } = await openForTest(folderOfFixtures(...TRAIN, TEST));
    expect(description).toBe('Parquet: 20 images in 10 classes, test 10');
    expect(train.classes[3]).toBe('cat');
    const files = await cifarFiles();
    expect(await rowsOf(train)).toEqual(files.train);
    expect(await rowsOf(test as ImageSource)).toEqual(files.test);
    expect([train.name(0), train.name(11)]).toEqual([`${TRAIN[0]}[0]`, `${TRAIN[1]}[0]`]);
    const range = await openForTest(sourceFixture('train-{00000..00001}-of-00002.parquet'), {
      test: sourceFixture(TEST),
    });
    expect(range.description).toBe('Parquet: 20 images in 10 classes, test 10');
  });

  it('can hold bytes alone, labels as names, no label in one split, several labels, and other compressions', async () => {
    const { train, description } = await openForTest(sourceFixture(LABELS));
    expect(description).toBe('Parquet: 4 images in 2 classes, no test images');
    expect([train.classes, train.labels]).toEqual([['cat', 'dog'], Int32Array.of(1, 0, 1, 0)]);
    const coarse = await openForTest(sourceFixture(LABELS), { labelField: 'coarse_label' });
    expect([coarse.train.classes, coarse.train.labels]).toEqual([['0', '7'], Int32Array.of(1, 1, 0, 0)]);
    const unlabelled = await openForTest(sourceFixture(LABELS), { labelField: 'unknown' });
    expect(unlabelled.description).toBe(
      'images without labels (Parquet; columns.parquet[2] has none (-1)): 4 images, no test images',
    );
    await expect(train.read(3)).rejects.toThrow('has no bytes in the Parquet file');
    expect(await problemOf(sourceFixture(LABELS), { labelField: 'fine' })).toContain(
      'expected a column fine (data.labelField), got jpeg, label, coarse_label, unknown: columns.parquet',
    );
  });

  it('are read page by page where they exceed the memory, and need an index for that', async () => {
    const indexed = sourceFixture('train-00001-of-00002.parquet');
    const { train, description } = await openForTest(indexed, { archiveBytes: 1000 });
    expect(description).toBe(
      'Parquet: 9 images in 10 classes, no test images, 1 of 2 parts of train, read page by page',
    );
    const whole = await openForTest(indexed);
    expect(await rowsOf(train)).toEqual(await rowsOf(whole.train));
    expect(await problemOf(folderOfFixtures(...TRAIN), { archiveBytes: 2000 })).toMatch(
      /expected Parquet files with a page index, or at most 2.00 kB of images \(then they are held in memory\), got [\d.]+ kB without: PATH \| Raise data.memoryBudget/,
    );
  });

  it('touch only the pages that are needed', async () => {
    const bytes = await openFile(sourceFixture('pages.parquet'));
    let read = 0;
    const counted: Bytes = {
      ...bytes,
      readAt: (offset, length) => {
        read += length;
        return bytes.readAt(offset, length);
      },
    };
    const file = await openParquetFile('pages.parquet', counted, createAllowance(2 ** 20));
    read = 0;
    const [value] = await file.read('image', 150, 151);
    expect(value).toEqual(new Uint8Array(100).fill(150));
    expect(read).toBeLessThan(bytes.size / 4);
    await bytes.close();
  });

  it('read each row group once when they are held in memory', async () => {
    const tree = await openTree(sourceFixture(TRAIN[0] as string), { memoryBytes: 2 ** 20 });
    let reads = 0;
    const counted = {
      ...tree,
      open: async (path: string) => {
        const bytes = await tree.open(path);
        const readAt = (offset: number, length: number): Promise<Uint8Array> => {
          reads++;
          return bytes.readAt(offset, length);
        };
        return { ...bytes, readAt };
      },
    };
    const collection = await openParquet(counted, { memoryBytes: 2 ** 20 });
    const table = await collection?.open('train', []);
    reads = 0;
    await Promise.all(Array.from({ length: 33 }, (_, i) => table?.read(i % 11)));
    // Three groups, at most a read for each of the two columns below img.
    expect(reads).toBeLessThanOrEqual(6);
    await tree.close();
  });

  it('say what is wrong', async () => {
    const good = readFileSync(sourceFixture(TEST));
    const problemWith = async (content: Uint8Array): Promise<string> => problemOf(folderOf({ 'a.parquet': content }));
    expect(await problemWith(good.subarray(0, 2000))).toContain(
      'expected a whole Parquet file, got a damaged one (parquet file invalid',
    );
    expect(await problemWith(Buffer.from('tiny'))).toContain('got a damaged one');
    const footer = Buffer.from(good);
    footer.fill(0xff, good.length - 200, good.length - 8);
    expect(await problemWith(footer)).toContain('got a damaged one');
    expect(await problemOf(sourceFixture('lz4.parquet'))).toContain('or not at all, got LZ4_RAW: lz4.parquet');
    expect(await problemOf(sourceFixture('text.parquet'))).toBe(
      'expected a column of encoded images (bytes, or a structure with bytes), got text, label: text.parquet | Write the JPEG or PNG files into a column named image.',
    );
  });

  it('with a damaged row group lose its images, not the run', async () => {
    const content = readFileSync(sourceFixture(TRAIN[0] as string));
    content.fill(0xff, 4, 1000);
    const path = join(folderOf({}), 'train.parquet');
    writeFileSync(path, content);
    const { train } = await openForTest(path);
    await expect(train.read(1)).rejects.toMatchObject({ name: 'DecodeProblem' });
    expect(await train.read(10)).toBeInstanceOf(Uint8Array);
  });
});
