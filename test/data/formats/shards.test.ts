import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { openBriefly } from '../../../src/data/files/bytes.ts';
import { describeSource } from '../../../src/data/sources/describe-source.ts';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import { cifarFiles, folderOfFixtures, openForTest, problemOf, rowsOf, sourceFixture } from '../fixture-sources.ts';
import { folderOf, tempFolder, textOf } from '../temp-files.ts';

const TRAIN = ['train-000000.tar', 'train-000001.tar'];

/** A folder of tar shards of these files. */
async function shardsOf(shards: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<string> {
  const folder = tempFolder();
  for (const [name, files] of Object.entries(shards)) {
    const entries = Object.entries(files).map(([path, body]) => ({
      header: { name: path, size: Buffer.byteLength(body) },
      body,
    }));
    const tar = await packTar(entries);
    writeFileSync(join(folder, name), name.endsWith('z') ? gzipSync(tar) : tar);
  }
  return folder;
}

const labelsOf = (source: ImageSource): [string, string | undefined][] =>
  Array.from({ length: source.count }, (_, i) => [source.name(i), source.classes[source.labels?.[i] ?? -1]]);

describe('tar shards', () => {
  it('of webdataset have the pixels and labels of the files: as a folder, a brace range, and one alone', async () => {
    const files = await cifarFiles();
    const folder = await openForTest(folderOfFixtures(...TRAIN, 'test-000000.tar'));
    expect(folder.description).toBe('tar shards: 20 images in 10 classes, test 10, 3 shards');
    expect(await rowsOf(folder.train)).toEqual(files.train);
    expect(await rowsOf(folder.test as ImageSource)).toEqual(files.test);
    expect(folder.train.name(19)).toBe('train-000001.tar/000019.jpg');
    expect((await openForTest(sourceFixture('train-{000000..000000}.tar'))).train.count).toBe(10);
    const range = await openForTest(sourceFixture('train-{000000..000001}.tar'), {
      test: sourceFixture('test-000000.tar'),
    });
    expect(range.description).toBe('tar shards: 20 images in 10 classes, test 10, 2 shards');
    expect(await rowsOf(range.train)).toEqual(files.train);
    expect(await rowsOf(range.test as ImageSource)).toEqual(files.test);
  });

  it('take labels from .json, also gzipped, up to the memory', async () => {
    const path = sourceFixture('json-train-0.tar.gz');
    const { train, description } = await openForTest(path);
    expect(description).toBe('tar shards: 20 images in 10 classes, no test images');
    expect(await rowsOf(train)).toEqual((await cifarFiles()).train);
    const index = await openForTest(path, { labelField: 'index' });
    expect([index.train.classes.length, index.train.labels?.[19]]).toEqual([20, 19]);
    const folder = folderOfFixtures('json-train-0.tar.gz');
    copyFileSync(path, join(folder, 'json-test-0.tar.gz'));
    expect((await openForTest(folder)).description).toContain('20 images in 10 classes, test 20, 2 shards');
    // One fits, two don't.
    expect(await problemOf(folder, { archiveBytes: 100_000 })).toContain(
      'expected a compressed file of at most 0 MiB unpacked',
    );
  });

  it('pair files by all that stands before the first dot of their name', async () => {
    const folder = await shardsOf({
      '0.tar': {
        'x.y/a.jpg': 'a',
        'x.y/a.aux.png': 'mask',
        'x.y/a.cls': 'cat\n',
        'x.y/b.rgb.png': 'b',
        'x.y/b.cls': 'dog',
        'c.txt': 'no image',
      },
      '1.tar': { 'x.y/a.jpg': 'a too', 'x.y/a.cls': 'dog' },
    });
    const { train } = await openForTest(folder);
    expect(labelsOf(train)).toEqual([
      ['0.tar/x.y/a.jpg', 'cat'],
      ['0.tar/x.y/b.rgb.png', 'dog'],
      ['1.tar/x.y/a.jpg', 'dog'],
    ]);
    expect([await textOf(train.read(0)), await textOf(train.read(2))]).toEqual(['a', 'a too']);
  });

  it('without label files take the folders inside as classes and splits, or have none', async () => {
    const inside = await shardsOf({
      '0.tar': { 'set/train/cat/1.jpg': '', 'set/train/dog/1.jpg': '', 'set/val/dog/1.jpg': '' },
      '1.tgz': { 'set/train/cat/1.jpg': '', 'set/other/1.jpg': '' },
    });
    const { train, test, description } = await openForTest(inside);
    expect(description).toBe(
      'tar shards: 3 images in 2 classes, test 1 (without labels), not used: other (1 image), 2 shards',
    );
    expect(labelsOf(train).map(([, label]) => label)).toEqual(['cat', 'dog', 'cat']);
    expect(test?.name(0)).toBe('0.tar/set/val/dog/1.jpg');
    const flat = await openForTest(await shardsOf({ 'a-0.tar': { '1.jpg': '' }, 'a-1.tar': { '1.jpg': '' } }));
    expect(flat.description).toBe('images without labels (tar shards): 2 images, no test images, 2 shards');
  });

  it('have no labels where some image has none, and say which', async () => {
    const folder = await shardsOf({
      '0.tar': { 'a.jpg': '', 'a.cls': '0', 'b.jpg': '', 'c.jpg': '', 'c.json': '{"label": [1]}' },
    });
    expect(describeSource((await openForTest(folder)).train)).toBe(
      'images without labels (tar shards; 0.tar/b.jpg has none, and 1 more): 3 images',
    );
  });

  it('are not seen in an archive of class folders with other files', async () => {
    const folder = await shardsOf({
      'set.tar': { 'a/1.jpg': '', 'b/2.jpg': '', 'meta.json': '{"label": 1}', 'a/1.txt': '' },
    });
    expect((await openForTest(join(folder, 'set.tar'))).description).toBe(
      'class folders: 2 images in 2 classes, no test images, not read: 2 files (1 .json, 1 .txt), such as meta.json',
    );
  });

  it('say what is wrong', async () => {
    const folder = await shardsOf({ 'good.tar': { 'a.jpg': '' }, 'empty.tar': { 'a.txt': '' } });
    expect(await problemOf(join(folder, '{empty,missing}.tar'))).toContain('got nothing at');
    writeFileSync(join(folder, 'bad.tar'), 'not a tar');
    expect(await problemOf(folder)).toContain('expected a whole tar archive, but');
    const nested = folderOfFixtures('cifar-10-binary.tar.gz');
    expect(await problemOf(nested)).toBe(
      'expected tar shards with images, got 1 without in PATH | To use one of the archives, name it: PATH/cifar-10-binary.tar.gz',
    );
  });
});

it('a file that is opened for each read must stay as it is', async () => {
  const folder = folderOf({ 'a.tar': 'content' });
  const bytes = await openBriefly(join(folder, 'a.tar'));
  expect(Buffer.from(await bytes.readAt(3, 100)).toString()).toBe('tent');
  writeFileSync(join(folder, 'a.tar'), 'another content');
  await expect(bytes.readAt(0, 1)).rejects.toThrow('expected files that stay as they are during a run');
});
