import { describe, expect, it } from 'vitest';
import { findSplits } from '../../../src/data/sources/split-folders.ts';
import { canonicalSplit, readSplitName, splitOf } from '../../../src/data/sources/splits.ts';

/** Paths of two images in two classes below each folder. */
const nested = (...folders: string[]): string[] =>
  folders.flatMap((folder) => [`${folder}/cat/0.jpg`, `${folder}/dog/1.jpg`]);

/** Paths of an image in each folder. */
const flat = (...folders: string[]): string[] => folders.map((folder) => `${folder}/0.jpg`);

const divisionOf = (paths: readonly string[]) => {
  const { train, tests } = findSplits(paths);
  return [train, ...tests];
};

describe('findSplits', () => {
  it.each([
    [['Training', 'Testing']],
    [['TRAIN', 'TEST']],
    [['train2017', 'val2017', 'test2017']],
    [['train_images', 'test_images']],
    [['images_train', 'images_val']],
    [['trainset', 'testset']],
    [['train_set', 'dev_set']],
    [['Training set', 'Validation set']],
    [['train', 'dev']],
    [['train', 'eval']],
    [['train', 'evaluation']],
    [['TrainImages', 'TestImages']],
    [['1_train', '2_test']],
    [['trainval', 'test']],
    [['训练集', '测试集', '验证集']],
    [['訓練資料', '測試資料']],
    [['训练图片', 'test']],
    [['1_训练集', '2_测试集']],
    [['訓練データ', 'テストデータ', '検証データ']],
    [['학습', '검증'].map((name) => name.normalize('NFD'))],
    [['훈련_데이터', '테스트_데이터']],
    [['Обучающая выборка', 'Тестовая выборка']],
    [['Training', 'Validierung']],
    [['entrenamiento', 'validación'.normalize('NFD'), 'prueba']],
  ])('takes %j for splits', (folders) => {
    const [train = '', ...tests] = folders;
    // Where there are several, `test` comes before `val`.
    const rank = (name: string): string => `${readSplitName(name)?.split} ${name}`;
    const ordered = tests.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
    const wanted = [`${train}/`, ...ordered.map((name) => `${name}/`)];
    expect(divisionOf(nested(...folders))).toEqual(wanted);
    expect(divisionOf(flat(...folders))).toEqual(wanted);
    const wrapped = divisionOf(nested(...folders.map((folder) => `set/${folder}`)));
    expect(wrapped).toEqual(wanted.map((prefix) => `set/${prefix}`));
  });

  it('takes longer names for splits where all say one, and for the rest the same', () => {
    expect(divisionOf([...nested('seg_train/seg_train', 'seg_test/seg_test'), 'seg_pred/seg_pred/0.jpg'])).toEqual([
      'seg_train/',
      'seg_test/',
    ]);
    expect(divisionOf(flat('training shoes', 'test tubes'))).toEqual(['']);
    expect(divisionOf(flat('training shoes', 'sandals', 'test tubes'))).toEqual(['']);
    expect(divisionOf(nested('trainA', 'trainB', 'testA', 'testB'))).toEqual(['']);
  });

  it("finds Market-1501's beside its queries", () => {
    const folders = ['bounding_box_train', 'bounding_box_test', 'query', 'gt_bbox'];
    expect(divisionOf(flat(...folders))).toEqual(['bounding_box_train/', 'bounding_box_test/']);
  });

  it('leaves a train among vehicles a class, and finds splits beside other folders', () => {
    expect(divisionOf(flat('bus', 'car', 'plane', 'train'))).toEqual(['']);
    expect(divisionOf(nested('bus', 'car', 'plane', 'ship', 'train'))).toEqual(['']);
    expect(divisionOf([...nested('train'), ...flat('masks')])).toEqual(['train/']);
    expect(divisionOf([...nested('train', 'valid'), ...flat('masks', 'train_masks')])).toEqual(['train/', 'valid/']);
    expect(divisionOf(nested('train'))).toEqual(['train/']);
    expect(divisionOf(nested('train/train', 'train/val'))).toEqual(['train/train/', 'train/val/']);
  });

  it('chooses none of several training folders', () => {
    expect(divisionOf(nested('train1', 'train2', 'val'))).toEqual([undefined, 'val/']);
    expect(divisionOf(nested('train', 'train2', 'val'))).toEqual(['train/', 'val/']);
  });
});

it('reads files, columns and folders by one table', () => {
  expect(splitOf('data/dev-00000-of-00001.parquet')).toBe('dev');
  expect(splitOf('training/part-0.tar')).toBe('train');
  expect(splitOf('eval_images.npy')).toBe('eval');
  expect(splitOf('x/t10k-images-idx3-ubyte')).toBe('test');
  expect(splitOf('unlabeled_X.bin')).toBe('unlabeled');
  expect(splitOf('data_batch_1.bin')).toBe('');
  expect(['Training', 'TEST', 'Dev', 'Validation set', 'fold1', 'train2', 'mine'].map(canonicalSplit)).toEqual([
    'train',
    'test',
    'dev',
    'validation',
    'fold1',
    'train2',
    'mine',
  ]);
  expect(readSplitName('latest')).toBeUndefined();
  expect(readSplitName('trainer')).toBeUndefined();
});
