import { expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { folderOf } from '../temp-files.ts';

/** What opening empty files with these names warns of. */
async function warningsOf(...names: string[]): Promise<readonly string[]> {
  const { warnings, close } = await openDataset(folderOf(Object.fromEntries(names.map((name) => [name, '']))));
  await close();
  return warnings;
}

it('warns where all classes have the names of splits, or some', async () => {
  expect(await warningsOf('trainA/0.jpg', 'trainB/0.jpg', 'testA/0.jpg')).toEqual([
    'all classes have the names of splits (testA, trainA, trainB): if that is meant, --set data.train=trainA+trainB --set data.test=testA',
  ]);
  expect(await warningsOf('bus/0.jpg', 'car/0.jpg', 'train/0.jpg')).toEqual([
    'the class train has the name of a split: if that is meant, --set data.train=train',
  ]);
  expect(await warningsOf('bus/0.jpg', 'test tube/0.jpg', 'training shoes/0.jpg')).toEqual([]);
  expect(await warningsOf('Val set/0.jpg', 'test set/0.jpg')).toEqual([
    "all classes have the names of splits (Val set, test set): if that is meant, --set 'data.train=Val set' --set 'data.test=test set'",
  ]);
});

it('names images to train on beside those for tests', async () => {
  expect(await warningsOf('dev/0.jpg', 'eval/0.jpg')).toEqual([
    'all classes have the names of splits (dev, eval): if that is meant, --set data.train=dev --set data.test=eval',
  ]);
  const folder = folderOf({ 'entrainement/0.jpg': '', 'validation/1.jpg': '' });
  const { warnings, close } = await openDataset(folder);
  await close();
  expect(warnings).toEqual([
    'the class validation has the name of a split: if that is meant, --set data.train=entrainement --set data.test=validation',
  ]);
  const divided = await openDataset(folder, { train: 'entrainement', test: 'validation' });
  expect([divided.train.count, divided.test?.count]).toEqual([1, 1]);
  await divided.close();
  const names = ['a', 'b', 'c', 'd', 'test'].map((name) => `set/${name}/0.jpg`);
  expect(await warningsOf(...names)).toEqual([
    `the class test has the name of a split: if that is meant, leave it out by --set 'data.exclude=["set/test/**"]'`,
  ]);
  expect(await warningsOf('seg_train/0.jpg', 'seg_test/0.jpg', 'more/0.jpg')).toEqual([
    'some classes have the names of splits (seg_test, seg_train): if that is meant, --set data.train=seg_train --set data.test=seg_test',
  ]);
});

it('warns of folders that hold folders of the same names', async () => {
  const names = (...folders: string[]) => folders.flatMap((name) => [`${name}/cat/0.jpg`, `${name}/dog/1.jpg`]);
  expect(await warningsOf(...names('fold1', 'fold2', 'fold3'))).toEqual([
    'the folders fold1, fold2, fold3 are taken for classes and hold folders of the same names (cat, dog): if those are the classes, --set data.train=fold1+fold2 --set data.test=fold3',
  ]);
  expect(await warningsOf(...names('set/tr', 'set/te'))).toEqual([
    expect.stringContaining('(cat, dog): if those are the classes, --set data.train=tr --set data.test=te'),
  ]);
  expect(await warningsOf(...names('a', 'b'), 'c/cat/0.jpg')).toEqual([]);
  // Which of them is for tests is not guessed.
  expect(await warningsOf(...names('lab', 'field'))).toEqual([
    expect.stringContaining('--set data.train=field --set data.test=lab, or the other way round'),
  ]);
  expect(await warningsOf(...names('lab', 'field', 'web'))).toEqual([
    expect.stringContaining('--set data.train=field+lab --set data.test=web, or another one for tests'),
  ]);
  expect(await warningsOf(...names('lab', 'web', 'field'), 'lab/cat/2.jpg', 'web/cat/2.jpg')).toEqual([
    expect.stringContaining('--set data.train=lab+web --set data.test=field (which has the fewest images)'),
  ]);
});

it('warns of annotations beside the images that they belong to', async () => {
  expect(await warningsOf('pet/images/0.jpg', 'pet/annotations/trimaps/0.png')).toEqual([
    `classes have the names of parts of a data set (annotations, images): if annotations holds masks or the like, leave them out by --set 'data.exclude=["pet/annotations/**"]'`,
  ]);
  expect(
    await warningsOf('JPEGImages/0.jpg', 'SegmentationClass/0.png', 'SegmentationObject/0.png', 'Annotations/0.png'),
  ).toEqual([expect.stringContaining('"SegmentationClass/**","SegmentationObject/**"')]);
  expect(await warningsOf('train/0.jpg', 'train_masks/0.png')).toEqual([
    `classes have the names of parts of a data set (train, train_masks): if train_masks holds masks or the like, leave them out by --set 'data.exclude=["train_masks/**"]'`,
  ]);
  const birds = (folder: string) => [`CUB/${folder}/1.Albatross/0.jpg`, `CUB/${folder}/2.Auklet/0.jpg`];
  expect(await warningsOf(...birds('images'), ...birds('segmentations'))).toEqual([
    `classes have the names of parts of a data set (images, segmentations): if segmentations holds masks or the like, leave them out by --set 'data.exclude=["CUB/segmentations/**"]'`,
  ]);
  expect(await warningsOf('trainA/0.jpg', 'trainB/0.jpg', 'train_labels/0.png', 'testA/0.jpg')).toEqual([
    expect.stringContaining('if train_labels holds masks'),
    'all classes have the names of splits (testA, trainA, trainB): if that is meant, --set data.train=trainA+trainB --set data.test=testA',
  ]);
  // Faces with masks, and without.
  expect(await warningsOf('masks/0.jpg', 'without/0.jpg')).toEqual([]);
});

it('warns of splits inside of classes, with the patterns that leave them out', async () => {
  expect(await warningsOf('set/cat/train/0.jpg', 'set/cat/test/1.jpg', 'set/dog/train/2.jpg')).toEqual([
    `folders named as splits (test, train) lie in the folders that are taken for classes (cat, dog), and all are trained on: name the folder that holds the splits, or leave those for tests out by --set 'data.exclude=["set/*/test/**"]'`,
  ]);
});

it('names the folders below where classes may be too coarse', async () => {
  expect(await warningsOf('s/a/abbey/0.jpg', 's/a/airport/1.jpg', 's/b/bakery/shop/2.jpg', 's/b/bar/3.jpg')).toEqual([
    'classes are the first folders (a, b), and 4 folders such as a/abbey lie in them: if those are the classes, name them in a list (datasets.md#lists)',
  ]);
  // Tiny ImageNet, whose classes hold one folder each, and classes that hold images beside folders.
  expect(await warningsOf('n01/images/0.jpg', 'n02/images/0.jpg')).toEqual([]);
  expect(await warningsOf('cat/0.jpg', 'cat/a/1.jpg', 'cat/b/2.jpg', 'dog/c/3.jpg', 'dog/d/4.jpg')).toEqual([]);
});

it('warns of folders that only divide the files', async () => {
  expect(await warningsOf('00000/000000000.jpg', '00001/000010000.jpg')).toEqual([
    'classes are numbers of 5 digits (00000, 00001), as folders have that only divide the files: if they do, --set data.labels=none',
  ]);
  expect(await warningsOf('0/0.jpg', '1/0.jpg')).toEqual([]);
});

it.each([
  [['HAM10000_images_part_1', 'HAM10000_images_part_2']],
  [Array.from({ length: 12 }, (_, i) => `images_${String(i + 1).padStart(3, '0')}`)],
  [['batch9', 'batch10']],
  [['subset0', 'subset1', 'subset2']],
  [['ImagePart1', 'ImagePart2']],
])('warns of folders that differ in a number alone: %j', async (folders) => {
  const sorted = [...folders].sort();
  const named = `${sorted.slice(0, 5).join(', ')}${sorted.length > 5 ? ', ...' : ''}`;
  expect(await warningsOf(...folders.map((folder) => `set/${folder}/images/0.jpg`))).toEqual([
    `classes differ in a number alone (${named}), as folders do that only divide the files: if they do, --set data.labels=none`,
  ]);
});

it('warns of the folders of cameras', async () => {
  for (const folders of [
    ['100CANON', '101CANON', '102CANON'],
    ['100D3200', '101MSDCF'],
    ['100_PANA', '101_PANA'],
  ]) {
    expect(await warningsOf(...folders.map((folder) => `DCIM/${folder}/0.jpg`))).toEqual([
      `classes have the names of a camera's folders (${folders.join(', ')}), which only divide the files: if they do, --set data.labels=none`,
    ]);
  }
});

it.each([
  [['class_0', 'class_1']],
  [['c0', 'c1', 'c2']],
  [['n01440764', 'n01443537']],
  [['person1', 'person2']],
  [['images_1', 'image_cats_2']],
  [['batch_1', 'other']],
  [['100', '101']],
])('leaves numbered classes alone: %j', async (folders) => {
  expect(await warningsOf(...folders.map((folder) => `${folder}/0.jpg`))).toEqual([]);
});

it('warns of what other programs wrote beside class folders', async () => {
  const yolo = ['args.yaml', 'results.csv', 'weights/best.pt', 'train_batch0.jpg', 'val_batch0_pred.jpg'];
  expect(await warningsOf('cat/0.jpg', 'dog/0.jpg', ...yolo.map((name) => `runs/classify/train/${name}`))).toEqual([
    `the class runs looks like what a program wrote (runs/classify/train/train_batch0.jpg): if it is, leave it out by --set 'data.exclude=["runs/**"]'`,
  ]);
  expect(await warningsOf('s/cat/0.jpg', 's/dog/0.jpg', 's/outputs/2024-01-31/12-30-00/samples/0.png')).toEqual([
    `the class outputs looks like what a program wrote (s/outputs/2024-01-31/12-30-00/samples/0.png): if it is, leave it out by --set 'data.exclude=["s/outputs/**"]'`,
  ]);
  expect(await warningsOf('cat/0.jpg', 'dog/0.jpg', 'multirun/2024-01-31/0.png')).toHaveLength(1);
  expect(await warningsOf('jumps/0.jpg', 'runs/0.jpg', 'runs/1.jpg', 'outputs/a/0.jpg')).toEqual([]);
});

it('says how to train on unlabeled images too', async () => {
  const folder = folderOf({ 'labeled/cat/0.jpg': '', 'labeled/dog/1.jpg': '', 'unlabeled/2.jpg': '' });
  const { warnings, close } = await openDataset(folder);
  await close();
  expect(warnings).toEqual([
    'the class unlabeled has the name of a split: if that is meant, --set data.train=labeled+unlabeled',
  ]);
  const both = await openDataset(folder, { train: 'labeled+unlabeled' });
  expect(both.train.count).toBe(3);
  await both.close();
  expect(await warningsOf('set/cat/0.jpg', 'set/dog/0.jpg', 'set/extra/0.jpg')).toEqual([
    `the class extra has the name of a split: if that is meant, leave it out by --set 'data.exclude=["set/extra/**"]', or train on all images without labels by --set data.labels=none`,
  ]);
  expect(await warningsOf('cat/0.jpg', 'holdout/0.jpg')).toEqual([
    `the class holdout has the name of a split: if that is meant, leave it out by --set 'data.exclude=["holdout/**"]'`,
  ]);
});
