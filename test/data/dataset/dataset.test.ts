import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { describeSource } from '../../../src/data/sources/describe-source.ts';
import { UserError } from '../../../src/util/errors.ts';
import { folderOf, textOf } from '../temp-files.ts';

const filesOf = (...names: string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, name]));

async function errorOf(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(2);
  return error as UserError;
}

describe('openDataset', () => {
  it('takes the first folder as the class, in sorted order, with train and test splits', async () => {
    const folder = folderOf(
      filesOf(
        'train/zebra/b.jpg',
        'train/zebra/a.jpg',
        'train/Ant/x/y/1.png',
        'train/bee/2.webp',
        'test/bee/1.jpg',
        'test/zebra/2.jpg',
      ),
    );
    const { train, test, description } = await openDataset(folder);
    expect(train.classes).toEqual(['Ant', 'bee', 'zebra']);
    expect([0, 1, 2, 3].map((i) => [train.name(i), train.labels?.[i]])).toEqual([
      ['train/Ant/x/y/1.png', 0],
      ['train/bee/2.webp', 1],
      ['train/zebra/a.jpg', 2],
      ['train/zebra/b.jpg', 2],
    ]);
    expect(await textOf(train.read(3))).toBe('train/zebra/b.jpg');
    expect(test?.labels).toEqual(Int32Array.of(1, 2));
    expect(test?.classes).toEqual(train.classes);
    expect(description).toBe('class folders: 4 images in 3 classes, test 2');
  });

  it('gives a flat folder no labels', async () => {
    const { train, test, description } = await openDataset(folderOf(filesOf('cat.1.jpg', 'dog.1.jpg')));
    expect([train.labels, train.classes, train.count, test]).toEqual([undefined, [], 2, undefined]);
    expect(description).toBe('images without labels (flat): 2 images, no test images');
  });

  it('sees one folder as a wrapping, not as a class', async () => {
    const flat = await openDataset(folderOf(filesOf('photos/2020/1.jpg', 'photos/2020/2.jpg')));
    expect(flat.train.labels).toBeUndefined();
    const wrapped = await openDataset(
      folderOf(filesOf('set/train/a/1.jpg', 'set/train/b/1.jpg', 'set/val/b/1.jpg', 'set/README.txt')),
    );
    expect(wrapped.train.classes).toEqual(['a', 'b']);
    expect(wrapped.test?.labels).toEqual(Int32Array.of(1));
  });

  it('guesses no labels where images lie beside folders, and says so', async () => {
    const { train } = await openDataset(folderOf(filesOf('montage.png', 'a/1.jpg', 'b/1.jpg')));
    expect([train.count, train.labels]).toEqual([3, undefined]);
    expect(describeSource(train)).toBe(
      'images without labels (files; some lie beside folders, such as montage.png): 3 images',
    );
  });

  it('prefers a labelled test split, keeps to the training classes and takes named splits', async () => {
    const folder = folderOf(
      filesOf('train/a/1.jpg', 'train/b/1.jpg', 'test/1.jpg', 'val/b/1.jpg', 'unlabeled/1.jpg', 'unlabeled/2.jpg'),
    );
    expect((await openDataset(folder)).test?.name(0)).toBe('val/b/1.jpg');
    const named = await openDataset(folder, { train: 'unlabeled', test: 'test' });
    expect([named.train.count, named.train.labels, named.test?.name(0)]).toEqual([2, undefined, 'test/1.jpg']);
    const other = folderOf(filesOf('b/7.jpg', 'a/8.jpg'));
    expect((await openDataset(folder, { test: other })).test?.labels).toEqual(Int32Array.of(0, 1));
    const split = folderOf(filesOf('train/a/1.jpg', 'train/b/1.jpg', 'test/b/1.jpg'));
    expect((await openDataset(folder, { test: split })).test?.name(0)).toBe('test/b/1.jpg');
    const { message } = await errorOf(
      openDataset(folderOf(filesOf('train/a/1.jpg', 'train/b/1.jpg', 'test/c/1.jpg', 'test/a/1.jpg'))),
    );
    expect(message).toBe('expected classes of the training images, got another, "c" (test/c/1.jpg)');
    expect((await errorOf(openDataset(folder, { train: 'unlabelled' }))).hint).toContain('Did you mean unlabeled?');
  });

  it('does not test on a split that it trains on, and joins splits', async () => {
    const folder = folderOf(
      filesOf('set/train/a/1.jpg', 'set/train/b/1.jpg', 'set/val/a/2.jpg', 'set/val/b/2.jpg', 'set/more/9.jpg'),
    );
    expect((await openDataset(folder, { train: 'val' })).description).toBe(
      'class folders: 2 images in 2 classes, no test images, not used: set/more (1 image), set/train (2 images)',
    );
    const both = await openDataset(folder, { train: 'train+val' });
    expect(both.description).toBe('class folders: 4 images in 2 classes, no test images, not used: set/more (1 image)');
    expect([both.train.labels, both.train.name(2)]).toEqual([Int32Array.of(0, 1, 0, 1), 'set/val/a/2.jpg']);
    const more = await openDataset(folder, { train: 'train+more' });
    expect(more.description).toBe('images without labels (class folders): 3 images, test 2');
    expect((await errorOf(openDataset(folder, { train: 'train+mor' }))).message).toContain('expected images in mor');
    const other = folderOf(filesOf('train/a/1.jpg', 'train/b/1.jpg', 'val/a/1.jpg', 'val/c/2.jpg'));
    expect((await errorOf(openDataset(other, { train: 'train+val' }))).message).toBe(
      'expected classes of the training images, got another, "c" (val/c/2.jpg)',
    );
  });

  it('takes the first images of each class by sorted name', async () => {
    const folder = folderOf(
      filesOf('train/a/2.jpg', 'train/a/1.jpg', 'train/a/10.jpg', 'train/b/1.jpg', 'test/a/1.jpg', 'test/a/2.jpg'),
    );
    const { train, test } = await openDataset(folder, { subset: 2 });
    expect([0, 1, 2].map(train.name)).toEqual(['train/a/1.jpg', 'train/a/10.jpg', 'train/b/1.jpg']);
    expect(train.labels).toEqual(Int32Array.of(0, 0, 1));
    expect(test?.count).toBe(2);
    expect((await openDataset(folder, { testSubset: 1 })).test?.count).toBe(1);
  });

  it('says what is wrong with a path, once, and what may have been meant', async () => {
    const folder = folderOf({
      ...filesOf('pictures/a/1.jpg', 'texts/a.txt', 'texts/b.txt', 'texts/c.bmp', 'file.jpg'),
      'empty/.keep': '',
    });
    const missing = await errorOf(openDataset(`${folder}/picturs/a`));
    expect(missing.message).toBe(`expected a folder or archive of images, got nothing at ${folder}/picturs/a`);
    expect(missing.hint).toBe(`Did you mean ${folder}/pictures?`);
    expect((await errorOf(openDataset(`${folder}/texts`))).message).toBe(
      `expected images (.jpg .jpeg .png .webp .ppm), got only other files (2 .txt, 1 .bmp) in ${folder}/texts`,
    );
    expect((await errorOf(openDataset(`${folder}/empty`))).message).toContain('got no files');
    expect((await errorOf(openDataset(`${folder}/file.jpg`))).message).toContain('archive');
  });
});

it('says how to take pictures of kinds that are not read, beside those that are', async () => {
  const folder = folderOf({ 'cat/0.jpg': '', 'dog/1.jpg': '', 'cat/2.gif': 'x', 'dog/3.gif': 'x', 'dog/4.BMP': 'x' });
  const warningsOf = async (exclude: readonly string[]): Promise<readonly string[]> => {
    const { warnings, close } = await openDataset(folder, { exclude });
    await close();
    return warnings.map((warning) => warning.replaceAll(folder, 'PATH'));
  };
  const convert = (extension: string, them = 'them'): string =>
    `Convert ${them} with ImageMagick, which writes .png files beside them: find PATH -name '*${extension}' -exec mogrify -format png {} +`;
  expect(await warningsOf([])).toEqual([
    `2 .gif pictures are not read. ${convert('.gif', 'all 2 files')}; or leave them out: --set 'data.exclude=["**/*.gif"]'`,
    `1 .BMP picture is not read. ${convert('.BMP')}; or leave them out: --set 'data.exclude=["**/*.BMP"]'`,
  ]);
  expect(await warningsOf(['**/*.gif', '**/*.BMP'])).toEqual([]);
});
