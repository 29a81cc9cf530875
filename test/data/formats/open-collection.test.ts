import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, problemOf, sourceFixture, unpackedFixture } from '../fixture-sources.ts';
import { rawTar } from '../raw-tar.ts';
import { rawZip } from '../raw-zip.ts';
import { folderOf, patternPng } from '../temp-files.ts';

const PARQUET = 'train.parquet';
const fixtureBytes = (name: string): Buffer =>
  readFileSync(sourceFixture(name === PARQUET ? 'train-00000-of-00002.parquet' : name));

/** A tar archive of so many samples of webdataset. */
const samples = (count: number): Buffer =>
  rawTar(
    Array.from({ length: count }, (_, i) => [
      [`${i}.jpg`, `image ${i}`] as const,
      [`${i}.cls`, String(i % 2)] as const,
    ]).flat(),
  );

/** Class folders with so many files, which are no real images. */
const classFolders = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`photos/${i % 2 ? 'a' : 'b'}/p${i}.jpg`, `photo ${i}`]));

/** A .npy file of uint8. */
function npy(...shape: number[]): Buffer {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117);
  const head = Buffer.concat([
    Buffer.from('\x93NUMPY\x01\0', 'latin1'),
    Buffer.from([118, 0]),
    Buffer.from(`${header}\n`),
  ]);
  return Buffer.concat([head, Buffer.alloc(shape.reduce((a, b) => a * b, 1))]);
}

describe('the most images win', () => {
  it('over a stray picture: Parquet, arrays, shards, CIFAR', async () => {
    const places: [Record<string, Uint8Array | string>, string][] = [
      [{ [`data/${PARQUET}`]: fixtureBytes(PARQUET) }, 'Parquet: 11 images'],
      [{ 'cifar10.npz': fixtureBytes('cifar10.npz') }, 'NumPy arrays: 20 images'],
      [{ '0.tar': samples(3), '1.tar': samples(4) }, 'tar shards: 7 images'],
      [
        { 'train.zip': rawZip([{ name: '1.jpg' }, { name: '2.jpg' }]) },
        'images without labels (zip archives): 2 images',
      ],
    ];
    for (const [files, wanted] of places) {
      const folder = folderOf({ ...files, ...classFolders(1), 'README.md': '' });
      const { description } = await openForTest(folder);
      expect(description).toContain(wanted);
      expect(description).toContain('not read: 2 files (1 .jpg, 1 .md), such as photos/b/p0.jpg');
      expect(description).toContain(
        `not taken: 1 image of another format (image files) (--data ${folder}/photos takes them)`,
      );
      expect((await openForTest(join(folder, 'photos'))).train.count).toBe(1);
    }
    const cifar = unpackedFixture('cifar-10-binary.tar.gz');
    writeFileSync(join(cifar, 'montage.png'), await patternPng(4, 4));
    const { description } = await openForTest(cifar);
    expect(description).toContain('CIFAR-10 binary: 20 images');
    expect(description).toContain('(image files) (move them into a folder of their own to take them)');
  });

  it('over a few others of another format, which are counted and can be named', async () => {
    const folder = folderOf({ ...classFolders(12), [PARQUET]: fixtureBytes(PARQUET), '0.tar': samples(3) });
    const { description } = await openForTest(folder);
    expect(description).toContain('class folders: 12 images in 2 classes');
    expect(description).toContain('not read: 2 files (1 .tar, 1 .parquet)');
    expect(description).toContain(
      `not taken: 11 images of another format (Parquet) (--data ${join(folder, PARQUET)} takes them)`,
    );
    expect((await openForTest(join(folder, PARQUET))).train.count).toBe(11);
    expect(description).toContain(`not opened: 1 archive beside them (--data ${folder}/0.tar takes them)`);
    expect((await openForTest(join(folder, '0.tar'))).train.count).toBe(3);
  });

  it('by a range where several files are to be named', async () => {
    const folder = folderOf({ ...classFolders(12), 'a 0.tar': samples(2), 'a 1.tar': samples(3) });
    const { description } = await openForTest(folder);
    const [, range = ''] = /--data '([^']+)'/.exec(description) ?? [];
    expect((await openForTest(range)).train.count).toBe(5);
  });

  it('and files without images take nothing away: tables, features, code', async () => {
    const folder = folderOf({
      ...classFolders(6),
      'columns.parquet': fixtureBytes('text.parquet'),
      'features.npy': npy(60, 512),
      'masks.npy': npy(60, 8, 8),
      'code.tar': rawTar(Array.from({ length: 20 }, (_, i) => [`${i}.py`, ''])),
    });
    expect((await openForTest(folder)).description).toContain('class folders: 6 images in 2 classes');
  });
});

describe('an archive beside what it holds', () => {
  it('is left alone: of binary files, class folders, and where some images were removed', async () => {
    const stl = unpackedFixture('stl10_binary.tar.gz');
    copyFileSync(sourceFixture('stl10_binary.tar.gz'), join(stl, 'stl10_binary.tar.gz'));
    const { description } = await openForTest(stl);
    expect(description).toMatch(/^STL-10 binary: 4 images .*not read: 1 file \(1 \.gz\)/);
    expect(description).not.toContain('not taken');
    const tiny = folderOf({
      'photos/a.jpg': 'x',
      'code.tar': rawTar(['a', 'b', 'c'].map((name) => [`${name}.py`, ''])),
    });
    expect((await openForTest(tiny)).description).toMatch(/not read: 1 file \(1 \.tar\), such as code\.tar$/);
    const cifar = unpackedFixture('cifar-10-binary.tar.gz');
    copyFileSync(sourceFixture('cifar-10-binary.tar.gz'), join(cifar, 'cifar-10-binary.tar.gz'));
    expect((await openForTest(cifar)).description).toMatch(/^CIFAR-10 binary: 20 images/);
    for (const options of ['-cf photos.tar', '-czf photos.tgz', '-cf photos.zip']) {
      const folder = folderOf(classFolders(10));
      const [flag, name] = options.split(' ') as [string, string];
      if (name.endsWith('zip')) execFileSync('zip', ['-qr', name, 'photos'], { cwd: folder });
      else execFileSync('tar', [flag, name, 'photos'], { cwd: folder });
      const wanted = 'class folders: 10 images in 2 classes, no test images, not read: 1 file';
      expect((await openForTest(folder)).description).toContain(wanted);
      execFileSync('rm', ['photos/a/p1.jpg', 'photos/a/p3.jpg', 'photos/b/p0.jpg'], { cwd: folder });
      expect((await openForTest(folder)).description).toContain('class folders: 7 images in 2 classes');
    }
  });

  it('is taken where only some pictures of it lie unpacked', async () => {
    const folder = folderOf({ '0.tar': samples(30), 'samples/0.jpg': 'x', 'samples/1.jpg': 'x' });
    expect((await openForTest(folder)).description).toContain('tar shards: 30 images');
  });

  it('is not unpacked when it is large and no richer', async () => {
    const folder = folderOf(classFolders(300));
    const path = join(folder, 'large.tar');
    // Entries of a megabyte, of which only the first is there: reading on would fail.
    writeFileSync(
      path,
      rawTar(
        [
          ['0.jpg', Buffer.alloc(2 ** 20)],
          ['1.jpg', Buffer.alloc(2 ** 20)],
        ],
        Buffer.alloc(0),
      ),
    );
    truncateSync(path, 200 * 2 ** 20 + 512);
    const { description } = await openForTest(folder);
    expect(description).toContain('class folders: 300 images in 2 classes');
    expect(description).toContain('not opened: 1 archive beside them');
  });
});

describe('files that can not be read', () => {
  it('are an error beside a few pictures, with the way to take those', async () => {
    const damaged = fixtureBytes(PARQUET).subarray(0, 3000);
    const cut = samples(20).subarray(0, 4200);
    const files: [string, Uint8Array, string][] = [
      [PARQUET, damaged, 'Parquet'],
      ['0.tar', cut, 'expected a whole tar archive'],
      ['x_train.npy', npy(4, 8, 8).subarray(0, 200), 'x_train.npy'],
    ];
    for (const [name, bytes, message] of files) {
      const problem = await problemOf(folderOf({ [name]: bytes, ...classFolders(3) }));
      expect(problem).toContain(message);
      expect(problem).toContain('To take the 3 images (image files) beside it instead, move it elsewhere.');
    }
  });

  it('are told beside a few images where they are too small to hold any', async () => {
    const folder = folderOf({ '0.tar': Buffer.alloc(0), '00000.parquet': Buffer.from('PAR1'), ...classFolders(3) });
    const { description } = await openForTest(folder);
    expect(description).toContain('class folders: 3 images in');
    expect(description).toContain('not taken: Parquet (expected a whole Parquet file');
    expect(description).toContain('0.tar is empty (0 bytes)');
  });

  it('are told beside many images that are more than they', async () => {
    const folder = folderOf({
      ...Object.fromEntries(Object.entries(classFolders(120)).map(([name]) => [name, 'x'.repeat(100)])),
      [PARQUET]: fixtureBytes(PARQUET).subarray(0, 3000),
    });
    const { description } = await openForTest(folder);
    expect(description).toContain('class folders: 120 images in 2 classes');
    expect(description).toContain('not taken: Parquet (expected a whole Parquet file');
  });

  it('throw their own error where there is nothing else', async () => {
    expect(await problemOf(folderOf({ 'code.tar': rawTar([['a.py', '']]), 'README.md': '' }))).toContain(
      'expected tar shards with images, got 1 without in PATH',
    );
    const both = folderOf({ 'code.tar': rawTar([['a.py', '']]), [PARQUET]: fixtureBytes(PARQUET).subarray(0, 3000) });
    expect(await problemOf(both)).toContain('Parquet');
  });
});

it('counts the files of shards in folders, with their manifest', async () => {
  const shard = samples(2);
  const place = folderOf({ 'set/train-000000.tar': shard, 'set/pack.json': '{}', 'set/notes.txt': '' });
  expect((await openForTest(place)).description).toContain(
    'not read: 2 files (1 .txt, 1 .json), such as set/notes.txt',
  );
});

describe('a few pictures beside a data set that is not read', () => {
  it.each([
    [{ 'cifar-10-batches-py/data_batch_1': 9000 }, 'cifar-10-binary.tar.gz'],
    [{ 'train_32x32.mat': 9000 }, 'scipy.io.loadmat'],
    [
      { 'train/data-0.arrow': 9000, 'train/state.json': 2, 'train/dataset_info.json': 2 },
      'load_from_disk("PATH/train")',
    ],
    [{ 'images.h5': 9000 }, 'h5py'],
  ] as const)('are an error with the way to read it: %o', async (files, hint) => {
    const contents = Object.entries(files).map(([name, size]) => [name, Buffer.alloc(size)]);
    const folder = folderOf({ 'preview.png': await patternPng(8, 8), ...Object.fromEntries(contents) });
    const problem = await problemOf(folder);
    expect(problem).toContain('expected a data set of images, got 1 image beside 1 file that are not read');
    expect(problem).toContain(hint);
    expect(problem).toContain('To take the 1 image instead, move the other files elsewhere.');
  });

  it('are taken where they are more', async () => {
    const folder = folderOf({ ...classFolders(12), 'labels.mat': 'x' });
    expect((await openForTest(folder)).train.count).toBe(12);
  });
});

it('extensions in capitals are the same', async () => {
  expect((await openForTest(folderOf({ 'TRAIN.PARQUET': fixtureBytes(PARQUET) }))).train.count).toBe(11);
  const arrays = folderOf({ 'CIFAR10.NPZ': readFileSync(sourceFixture('cifar10.npz')) });
  expect((await openForTest(arrays)).train.count).toBeGreaterThan(0);
});
