import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOf } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

/** A folder of empty files. */
const filesOf = (...names: string[]): string => folderOf(Object.fromEntries(names.map((name) => [name, 'x'])));

const CIFAR10 = 'fetch the binary version: curl -O https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz';
const CIFAR100 = 'fetch the binary version: curl -O https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz';

describe('pickles are never loaded, and the hint says what to fetch', () => {
  it.each([
    ['CIFAR-10', ['cifar-10-batches-py/data_batch_1', 'cifar-10-batches-py/batches.meta'], CIFAR10],
    ['CIFAR-10 without its folder', ['data_batch_1', 'test_batch'], CIFAR10],
    ['CIFAR-100', ['cifar-100-python/train', 'cifar-100-python/test', 'cifar-100-python/meta'], CIFAR100],
    ['CIFAR-100 without its folder', ['train', 'test', 'meta', 'file.txt~'], CIFAR100],
    ['MNIST', ['mnist.pkl.gz'], 'numpy.savez("images.npz", images=images, labels=labels)'],
    ['PyTorch', ['processed/training.pt'], 'numpy.savez("images.npz", images=images, labels=labels)'],
  ])('%s', async (_, names, hint) => {
    const problem = await problemOf(filesOf(...names));
    expect(problem).toContain('| Python pickles are never loaded: ');
    expect(problem).toContain(hint);
  });

  it('also where one file is named', async () => {
    expect(await problemOf(join(filesOf('cifar-100-python/train'), 'cifar-100-python/train'))).toContain(CIFAR100);
    expect(await problemOf(join(filesOf('data_batch_3'), 'data_batch_3'))).toContain(CIFAR10);
  });
});

describe('what datasets leaves on the disk', () => {
  it('of all splits is written as Parquet', async () => {
    const split = (name: string) => [
      `ds/${name}/state.json`,
      `ds/${name}/dataset_info.json`,
      `ds/${name}/data-0.arrow`,
    ];
    const folder = filesOf('ds/dataset_dict.json', ...split('train'), ...split('test'));
    expect(await problemOf(folder)).toContain(
      `python3 -c 'import datasets; d = datasets.load_from_disk("PATH/ds"); [d[s].to_parquet(s + ".parquet") for s in d]', and use --data '{test,train}.parquet'`,
    );
  });

  it('of one split is written as Parquet', async () => {
    const problem = await problemOf(filesOf('state.json', 'dataset_info.json', 'data-00000-of-00001.arrow'));
    expect(problem).toContain(
      `d = datasets.load_from_disk("PATH"); d.to_parquet("images.parquet")', and use --data 'images.parquet'`,
    );
  });

  it('is written by a command that a shell reads back', async () => {
    const problem = await problemOf(filesOf("it's/state.json", "it's/dataset_info.json", "it's/data-0.arrow"));
    expect(problem).toContain(String.raw`d = datasets.load_from_disk("PATH/it'\''s"); d.to_parquet`);
  });

  it('in its cache is written as Parquet', async () => {
    expect(await problemOf(filesOf('pets/default/0.0.0/pets-train.arrow'))).toContain(
      'datasets.Dataset.from_file("PATH/pets/default/0.0.0/pets-train.arrow").to_parquet("images.parquet")',
    );
  });
});
