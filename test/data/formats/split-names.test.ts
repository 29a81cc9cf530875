import { expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { folderOf } from '../temp-files.ts';

const describe = async (path: string, options = {}): Promise<string> => {
  const { description, close } = await openDataset(path, options);
  await close();
  return description;
};

const empty = (...names: string[]): string => folderOf(Object.fromEntries(names.map((name) => [name, ''])));

it('trains on Training and tests on Testing, and tells of images that are used for neither', async () => {
  const folder = empty('Training/a/0.jpg', 'Training/b/1.jpg', 'Testing/a/2.jpg', 'Other/3.jpg', '4.jpg');
  expect(await describe(folder)).toBe(
    'class folders: 2 images in 2 classes, test 1, not used: Other (1 image), not read: 1 file (1 .jpg), such as 4.jpg',
  );
  const seg = empty(
    'seg_train/seg_train/a/0.jpg',
    'seg_train/seg_train/b/1.jpg',
    'seg_test/seg_test/a/2.jpg',
    'seg_pred/3.jpg',
  );
  expect(await describe(seg)).toBe('class folders: 2 images in 2 classes, test 1, not used: seg_pred (1 image)');
});

it('asks where several folders are named for training', async () => {
  const folder = empty('train2014/0.jpg', 'train2017/1.jpg', 'val2017/2.jpg');
  await expect(describe(folder)).rejects.toMatchObject({
    message: `expected images named train, got train2014, train2017, val2017 in ${folder}`,
    hint: 'Say which to train on: --set data.train=train2014+train2017',
    exitCode: 2,
  });
  expect(await describe(folder, { train: 'train2014+train2017' })).toBe(
    'images without labels (flat): 2 images, test 1',
  );
});

it('knows the splits of a list by the same words, and tells of those that are not used', async () => {
  const lines = ['path,split', 'a.jpg,Training', 'b.jpg,Training', 'c.jpg,dev', 'd.jpg,extra', 'e.jpg,'];
  const folder = folderOf({
    'list.csv': lines.join('\n'),
    ...Object.fromEntries([...'abcde'].map((name) => [`${name}.jpg`, ''])),
  });
  expect(await describe(`${folder}/list.csv`)).toBe(
    'images without labels (list): 2 images, test 1, not used: extra (1 image), files that name no split (1 image), no split in line 6',
  );
  expect(await describe(`${folder}/list.csv`, { train: 'extra', test: 'training' })).toContain('1 image, test 2');
});
