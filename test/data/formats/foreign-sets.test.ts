import { execFileSync, execSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf, textOf } from '../temp-files.ts';

/** A record of MXNet's RecordIO. */
function record(image: string, label: number, more: readonly number[] = []): Buffer {
  const head = Buffer.alloc(24 + 4 * more.length);
  head.writeUInt32LE(more.length, 0);
  head.writeFloatLE(label, 4);
  for (const [i, value] of more.entries()) head.writeFloatLE(value, 24 + 4 * i);
  const body = Buffer.concat([head, Buffer.from(image)]);
  const begin = Buffer.alloc(8);
  begin.writeUInt32LE(0xced7230a, 0);
  begin.writeUInt32LE(body.length, 4);
  return Buffer.concat([begin, body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
}

describe('several files of other programs', () => {
  it.each([
    [['a/train.h5', 'a/test.hdf5'], "\\( -iname '*.h5' -o -iname '*.hdf5' \\) -exec python3 -c "],
    [['train_32x32.mat', 'test_32x32.mat', 'extra_32x32.mat'], "-iname '*.mat' -exec python3 -c "],
    [['x/data.mdb', 'x/lock.mdb', 'y/data.mdb'], "-iname 'data.mdb' -exec python3 -c "],
    [['t.tfrecord-00000-of-00002', 't.tfrecord-00001-of-00002'], "-iname '*.tfrecord*' -exec python3 -c "],
    [['a.rec', 'a.idx', 'B.REC'], "-iname '*.rec' -exec python3 -c "],
    [['a.mp4', 'b.MP4'], "-iname '*.mp4' -exec sh -c "],
    [['a.tif', 'b.TIF'], "\\( -name '*.tif' -o -name '*.TIF' \\) -exec mogrify -format png {} +"],
    [['a.arrow', 'b/c.arrow', 'cache-1.arrow'], "-iname '*.arrow' ! -name 'cache-*' -exec python3 -c "],
  ])('%s are counted, and get a command for all', async (names, command) => {
    const problem = await problemOf(folderOf(Object.fromEntries(names.map((name) => [name, 'x']))));
    expect(problem).toContain(command);
    const files = names.filter((name) => !/lock|idx|cache/.test(name)).length;
    expect(problem).toMatch(new RegExp(`\\ball ${files} (Arrow )?files\\b`));
  });

  it('that can not be converted are counted', async () => {
    const problem = await problemOf(folderOf({ 'train.beton': 'x', 'val.beton': 'x' }));
    expect(problem).toContain("FFCV can't write images out of all 2 files");
  });

  it('that the user names are named in the command', async () => {
    const folder = folderOf({ 'a b.mat': 'x', 'c.mat': 'x', 'd.mat': 'x' });
    expect(await problemOf(join(folder, '{a b,c}.mat'))).toContain(` '${folder}/a b.mat' ${folder}/c.mat (then`);
  });

  it('of MXNet become images in folders of splits', async () => {
    const folder = folderOf({
      'train.rec': Buffer.concat([record('one', 3), record('three', 4, [1, 2])]),
      'val.rec': record('test image', 3),
    });
    const problem = (await problemOf(folder)).replaceAll('PATH', folder);
    execSync(/: (find .*) \(then/.exec(problem)?.[1] ?? 'false', { cwd: folder });
    const { train, test } = await openForTest(join(folder, 'images'));
    const texts = async (source: typeof train) => {
      const images = await Promise.all(Array.from({ length: source.count }, (_, i) => textOf(source.read(i))));
      return images.map((text) => text.replace(/\0+$/, ''));
    };
    expect([await texts(train), await texts(test as typeof train)]).toEqual([['one', 'three'], ['test image']]);
  });

  it.for([
    ['MATLAB', 'scipy.io', 'mat', 'scipy.io.savemat(p, {"X": x.transpose(1, 2, 3, 0), "y": y[:, None]})'],
    ['HDF5', 'h5py', 'h5', '(lambda f: (f.update({"images": x, "labels": y}), f.close()))(h5py.File(p, "w"))'],
  ])('of %s become arrays', async ([, module, extension, write], { skip }) => {
    if (spawnSync('python3', ['-c', `import numpy, ${module}`]).status !== 0) skip(`Python has no ${module}`);
    const folder = folderOf({});
    const names = ['train_1', 'train_2', 'test'].map((name) => join(folder, `${name}.${extension}`));
    const code = `import numpy, sys, ${module}; x = numpy.arange(2 * 4 * 5 * 3, dtype="uint8").reshape(2, 4, 5, 3); y = numpy.array([1, 2]); [${write} for p in sys.argv[1:]]`;
    execFileSync('python3', ['-c', code, ...names]);
    const problem = (await problemOf(folder)).replaceAll('PATH', folder);
    execSync(/: (find .*) \(then/.exec(problem)?.[1] ?? 'false', { cwd: folder });
    expect((await openForTest(join(folder, 'images.npz'))).description).toBe(
      'NumPy arrays: 4 images of 5 x 4 in 2 classes, test 2',
    );
  });
});

it("MATLAB's CIFAR gets the command that fetches the binary version", async () => {
  const folder = folderOf({ 'data_batch_1.mat': 'x', 'test_batch.mat': 'x' });
  expect(await problemOf(folder)).toContain('curl -O https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz');
  const hundred = folderOf({ 'cifar-100-matlab/train.mat': 'x', 'cifar-100-matlab/test.mat': 'x' });
  expect(await problemOf(hundred)).toContain('curl -O https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz');
});
