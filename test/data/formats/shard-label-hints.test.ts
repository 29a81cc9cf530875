import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeSource } from '../../../src/data/sources/describe-source.ts';
import { openForTest } from '../fixture-sources.ts';
import { rawTar } from '../raw-tar.ts';
import { rawZip } from '../raw-zip.ts';
import { folderOf } from '../temp-files.ts';

/** An archive of two images. */
function archiveOf(name: string): Buffer {
  const entries = [0, 1].map((i) => [`${name}_${i}.jpg`, `${name} ${i}`] as const);
  return name.endsWith('.zip') ? rawZip(entries.map(([path, body]) => ({ name: path, body }))) : rawTar(entries);
}

it.each<[string, readonly string[]]>([
  ['tar', ['n01440764.tar', 'n01443537.tar']],
  ['tar, in folders of splits', ["it's/train/cat.tar", "it's/train/dog.tar", "it's/val/cat.tar", "it's/val/dog.tar"]],
  ['zip', ['cat.zip', 'dog.zip']],
])('one %s a class gets the command that makes folders of them', async (_, names) => {
  const folder = folderOf(Object.fromEntries(names.map((name) => [name, archiveOf(name.replaceAll('/', '_'))])));
  const { unlabelled } = (await openForTest(folder)).train;
  const [, command] = /^names of archives are no classes; if each holds one, unpack each into its folder: (.*)$/.exec(
    unlabelled ?? '',
  ) as RegExpExecArray;
  execFileSync('sh', ['-c', command as string]);
  expect((await openForTest(folder)).description).toMatch(/^class folders: 4 images in 2 classes, /);
});

it.each<[string, readonly string[]]>([
  ['numbers', ['a-0.tar', 'a-1.tar']],
  ['parts', ['pets-part1.tar', 'pets-part2.tar']],
  ['one', ['pets.tar']],
])('names that are %s are not taken for classes', async (_, names) => {
  const folder = folderOf(Object.fromEntries(names.map((name) => [name, archiveOf(name)])));
  expect((await openForTest(folder)).train.unlabelled).toBeUndefined();
});

it('label files in another archive than the images are told', async () => {
  const folder = folderOf({
    'images-000000.tar': rawTar([
      ['0.jpg', 'a'],
      ['1.jpg', 'b'],
    ]),
    'labels-000000.tar': rawTar([
      ['0.cls', '0'],
      ['1.cls', '1'],
      ['stats.json', '{}'],
    ]),
  });
  expect(describeSource((await openForTest(folder)).train)).toBe(
    'images without labels (tar shards; 2 label files have no image of the same name in the same archive, such as labels-000000.tar/0.cls: pack each beside its image): 2 images',
  );
});

it('files in shards that are not read are counted, and .txt beside images is no label', async () => {
  const folder = folderOf({
    'train-0.tar': rawTar([
      ['0.jpg', 'a'],
      ['0.txt', 'cat'],
      ['1.jpg', 'b'],
      ['1.txt', 'dog'],
    ]),
  });
  expect((await openForTest(folder)).description).toBe(
    'images without labels (tar shards; labels are read from .cls and .json files, not from train-0.tar/0.txt): 2 images, no test images, 2 files in them not read, such as train-0.tar/0.txt',
  );
});
