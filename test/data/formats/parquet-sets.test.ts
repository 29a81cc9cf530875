import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, problemOf, sourceFixture } from '../fixture-sources.ts';
import { tempFolder } from '../temp-files.ts';

/** A folder of Parquet files: by its place, each a fixture; a name with another ending is its text. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (name.endsWith('.parquet')) copyFileSync(sourceFixture(`${content}.parquet`), path);
    else writeFileSync(path, content);
  }
  return folder;
}

const describeFolder = async (files: Readonly<Record<string, string>>): Promise<string> =>
  (await openForTest(folderWith(files))).description;

describe('configurations side by side are never joined', () => {
  it.each([
    ['folders', { 'full/train-00000-of-00001.parquet': 'cat-dog', 'small/train-00000-of-00001.parquet': 'dog-cat' }],
    ['folders by split', { 'full/train/0.parquet': 'cat-dog', 'small/train/0.parquet': 'dog-cat' }],
    ['folders without splits', { 'full/0000.parquet': 'cat-dog', 'small/0000.parquet': 'dog-cat' }],
  ])('%s', async (_, files) => {
    const problem = await problemOf(folderWith(files));
    expect(problem).toBe(
      "expected one data set, got 2 that would be mixed up: full, small in PATH | Choose one: --data 'PATH/full' or --data 'PATH/small'",
    );
    const { train } = await openForTest(join(folderWith(files), 'small'));
    expect([train.count, train.classes]).toEqual([4, ['dog', 'cat']]);
  });

  it.each([
    ['data/full-train-0.parquet', 'data/small-train-0.parquet', 'data/full, data/small'],
    ['train_full.parquet', 'train_small.parquet', 'full, small'],
    ['cifar10-test.parquet', 'cifar100-test.parquet', 'cifar10, cifar100'],
    ['10/train.parquet', '100/train.parquet', '10, 100'],
    ['train.parquet', 'extra/train.parquet', 'train.parquet, extra'],
  ])('names %s and %s', async (a, b, names) => {
    const folder = folderWith({ [a]: 'cat-dog', [b]: 'dog-cat' });
    const problem = await problemOf(folder);
    expect(problem.split(' would be mixed up: ')[1]?.split(' in PATH')[0]?.split(', ').sort()).toEqual(
      names.split(', ').sort(),
    );
    const [, path = ''] = /--data 'PATH([^']*)'/.exec(problem) ?? [];
    expect((await openForTest(folder + path)).train.count).toBe(4);
  });

  it('and a name with several files is chosen by a brace range', async () => {
    const folder = folderWith({
      'full-train.parquet': 'cat-dog',
      'full-test.parquet': 'cat-dog',
      'small-train.parquet': 'dog-cat',
    });
    const problem = await problemOf(folder);
    expect(problem).toContain("--data 'PATH/{full-test.parquet,full-train.parquet}'");
    const { description } = await openForTest(`${folder}/{full-test.parquet,full-train.parquet}`);
    expect(description).toBe('Parquet: 4 images in 2 classes, test 4');
  });

  it('but splits, numbers, fingerprints and partitions are no configurations', async () => {
    const parts = (...names: string[]) =>
      Object.fromEntries(names.map((name, i) => [name, i % 2 === 0 ? 'cat-dog' : 'dog-cat']));
    const joined = 'Parquet: 8 images in 2 classes, no test images';
    expect(
      await describeFolder(
        parts('train-00000-of-00002-a09b74b3ef9c3b56.parquet', 'train-00001-of-00002-b19b74b3ef9c3b56.parquet'),
      ),
    ).toBe(joined);
    expect(await describeFolder(parts('train/0000.parquet', 'train/0001.parquet'))).toBe(joined);
    expect(await describeFolder(parts('train_a.parquet', 'train_b.parquet'))).toBe(joined);
    expect(await describeFolder(parts('year=1/part-0.parquet', 'year=2/part-0.parquet'))).toBe(joined);
    const spark = [
      'train/part-00000-1b4e28ba-2fa1-11d2-883f-0016d3cca427-c000.snappy.parquet',
      'test/part-00000-6ba7b810-9dad-11d1-80b4-00c04fd430c8-c000.snappy.parquet',
    ];
    expect(await describeFolder(parts(...spark))).toBe('Parquet: 4 images in 2 classes, test 4');
    expect(await describeFolder(parts('cats.parquet', 'dogs.parquet'))).toBe(
      `${joined}, files of 2 names joined (cats, dogs)`,
    );
  });
});

describe('README.md of the hub', () => {
  const CONFIGS = (more = ''): string => `---
license: mit
configs:
- config_name: full
  data_files:
  - {split: train, path: a/*.parquet}
  - {split: validation, path: [v/b.parquet]}${more}
- config_name: small
  data_dir: s
---
# Pets
`;
  const FILES = { 'a/x.parquet': 'cat-dog', 'v/b.parquet': 'cat-dog', 's/y.parquet': 'dog-cat' };

  it('names configurations, of which one is asked for', async () => {
    expect(await problemOf(folderWith({ ...FILES, 'README.md': CONFIGS() }))).toBe(
      "expected one configuration, got 2 that would be mixed up: full, small in PATH | Choose one: --data 'PATH/{a/x.parquet,v/b.parquet}' or --data 'PATH/s'",
    );
  });

  it('names a default and its splits', async () => {
    expect(await describeFolder({ ...FILES, 'README.md': CONFIGS('\n  default: true') })).toBe(
      'Parquet: 4 images in 2 classes, test 4, not read: 2 files (1 .md, 1 .parquet), such as README.md, configuration full, the default of README.md (others: small)',
    );
  });

  it('joins files of several names, parts of folders, and other data sets', async () => {
    const readme = (...splits: string[]): string =>
      ['---', 'configs:', '- data_files:', ...splits.map((split) => `  - {split: ${split}}`), '---', ''].join('\n');
    const cats = { 'cats.parquet': 'cat-dog', 'dogs.parquet': 'dog-cat', 'train-mixed.parquet': 'cat-dog' };
    expect(await describeFolder({ ...cats, 'README.md': readme('train, path: [cats.parquet, dogs.parquet]') })).toBe(
      'Parquet: 8 images in 2 classes, no test images, not read: 2 files (1 .md, 1 .parquet), such as README.md, files of 2 names joined (cats, dogs)',
    );
    const lost = await describeFolder({ ...cats, 'README.md': readme('train, path: [./cats.parquet, birds.parquet]') });
    expect(lost).toContain('Parquet: 4 images in 2 classes');
    expect(lost).toContain('1 file of README.md not found (birds.parquet)');
    const series = {
      'a/x-00000-of-00002.parquet': 'cat-dog',
      'a/x-00001-of-00002.parquet': 'dog-cat',
      'b/y-00000-of-00001.parquet': 'no-rows',
      'c/test.parquet': 'cat-dog',
    };
    const both = readme('train, path: "[ab]/*.parquet"', 'test, path: c/*');
    expect(await describeFolder({ ...series, 'README.md': both })).toContain('Parquet: 8 images in 2 classes, test 4');
    const { 'a/x-00001-of-00002.parquet': _, ...lacking } = series;
    expect(await problemOf(folderWith({ ...lacking, 'README.md': both }))).toContain(
      'expected 2 parts of train, got 1: missing are x-00001-of-00002.parquet in PATH/a/',
    );
  });

  it('is ignored where it declares nothing', async () => {
    for (const text of ['---\ntitle: *my\n---\n', '', '---\n: [\n---\n', '---\nconfigs: 3\n---\n', '<html><body>']) {
      expect(await describeFolder({ 'data/train.parquet': 'cat-dog', 'README.md': text })).toContain('4 images');
    }
  });
});

describe('parts of -of-N', () => {
  it('that are missing of the tests are not gone on without by training on the tests', async () => {
    const folder = folderWith({
      'train-00000-of-00001.parquet': 'cat-dog',
      'test-00000-of-00002.parquet': 'cat-dog',
    });
    expect(await problemOf(folder)).toContain(
      "--data 'PATH/{test-00000-of-00002.parquet,train-00000-of-00001.parquet}'",
    );
  });

  it('that are missing are an error, which names them and how to go on', async () => {
    const folder = folderWith({
      'data/train-00000-of-00003.parquet': 'cat-dog',
      'data/train-00002-of-00003.parquet': 'dog-cat',
    });
    expect(await problemOf(folder)).toBe(
      "expected 3 parts of train, got 2: missing are train-00001-of-00003.parquet in PATH/data/ | Fetch the missing files. To go on without them, name those that are there: --data 'PATH/data/{train-00000-of-00003.parquet,train-00002-of-00003.parquet}'",
    );
    const named = await openForTest(`${folder}/data/train-{00000-of-00003,00002-of-00003}.parquet`);
    expect(named.description).toBe('Parquet: 8 images in 2 classes, no test images, 2 of 3 parts of train');
  });

  it('are counted in each split, from 0 or 1, with empty ones', async () => {
    const [a, b] = ['train-00001-of-00002.parquet', 'train-00002-of-00002.parquet'];
    expect(await describeFolder({ [a]: 'cat-dog', [b]: 'no-rows' })).toContain('Parquet: 4 images in 2 classes');
    expect(await problemOf(folderWith({ [a]: 'cat-dog', 'test-00000-of-00001.parquet': 'cat-dog' }))).toContain(
      'expected 2 parts of train, got 1: missing are train-00000-of-00002.parquet',
    );
  });

  it.each([
    ['two series', 'train-00000-of-00001.parquet', 'train-00000-of-00002.parquet', '...-of-1, ...-of-2'],
    ['a part and a whole', 'train-00000-of-00001.parquet', 'train.parquet', '...-of-1, ...-of-none'],
    [
      'one part twice',
      'train-00000-of-00001-a09b74b3ef9c3b56.parquet',
      'train-00000-of-00001-b19b74b3ef9c3b56.parquet',
      'train-00000-of-00001-a09b74b3ef9c3b56.parquet, train-00000-of-00001-b19b74b3ef9c3b56.parquet',
    ],
  ])('%s are told apart', async (_, a, b, names) => {
    expect(await problemOf(folderWith({ [a]: 'cat-dog', [b]: 'dog-cat' }))).toContain(
      `got 2 that would be mixed up: ${names} in PATH`,
    );
  });

  it('are those of FER2013, whose halves of tests are two splits', async () => {
    const halves = {
      'Training.parquet': 'cat-dog',
      'PublicTest.parquet': 'cat-dog',
      'PrivateTest.parquet': 'dog-cat',
    };
    expect(await describeFolder(halves)).toContain('Parquet: 4 images in 2 classes, test 4');
  });

  it('with the same bytes are read once', async () => {
    const files = { 'train-00000-of-00001.parquet': 'cat-dog', 'train-00000-of-00001 (1).parquet': 'cat-dog' };
    expect(await describeFolder(files)).toBe(
      'Parquet: 4 images in 2 classes, no test images, not read: 1 file (1 .parquet), such as train-00000-of-00001.parquet, 1 copy of other files left out',
    );
  });
});

describe('a cache of the hub', () => {
  const [A, B] = ['a'.repeat(40), 'b'.repeat(40)];
  const repository = (name: string, main = B) => ({
    [`${name}/snapshots/${A}/data/train-00000-of-00001.parquet`]: 'cat-dog',
    [`${name}/snapshots/${B}/data/train-00000-of-00001.parquet`]: 'dog-cat',
    [`${name}/refs/main`]: main,
    [`${name}/blobs/0123`]: 'x',
  });

  it.each(['', '/datasets--me--pets'])('gives the revision of refs/main (PATH%s)', async (below) => {
    const { train, description } = await openForTest(folderWith(repository('datasets--me--pets')) + below);
    expect(train.classes).toEqual(['dog', 'cat']);
    expect(description).toBe(
      'Parquet: 4 images in 2 classes, no test images, revision bbbbbbb of refs/main (left out: aaaaaaa)',
    );
  });

  it('asks where refs/main says none, or there are several data sets', async () => {
    const folder = folderWith(repository('datasets--me--pets', 'c'.repeat(40)));
    const revision = `datasets--me--pets/snapshots/${A}`;
    expect(await problemOf(folder)).toContain(`Choose one: --data 'PATH/${revision}'`);
    expect(await problemOf(join(folder, 'datasets--me--pets/snapshots'))).toContain(
      `expected one revision, got 2 of a Hugging Face cache: ${A}, ${B} in PATH | Choose one: --data 'PATH/${A}'`,
    );
    expect((await openForTest(join(folder, revision))).train.count).toBe(4);
    const two = folderWith({ ...repository('datasets--me--pets'), ...repository('datasets--me--cars') });
    expect(await problemOf(two)).toContain("Choose one: --data 'PATH/datasets--me--cars'");
  });

  it('holds for images in class folders too', async () => {
    const image = (revision: string, name: string) => `datasets--me--pets/snapshots/${revision}/${name}.jpg`;
    const folder = folderWith({
      [image(A, 'cat/0')]: 'x',
      [image(B, 'cat/0')]: 'x',
      [image(B, 'dog/0')]: 'x',
      'datasets--me--pets/refs/main': B,
    });
    expect((await openForTest(folder)).train.classes).toEqual(['cat', 'dog']);
  });
});
