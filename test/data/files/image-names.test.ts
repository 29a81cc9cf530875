import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { inRepository } from '../../cli/run-command.ts';
import { folderOf, patternPng, tempFolder } from '../temp-files.ts';

const jpeg = readFileSync(inRepository('test/fixtures/images/grey.jpg'));

async function open(path: string) {
  const { train, description, close } = await openDataset(path);
  const names = Array.from({ length: train.count }, (_, i) => train.name(i));
  await close();
  return { names, description };
}

it('reads the other names of JPEG', async () => {
  const names = ['0.jfif', '1.JPE', '2.jif', '3.pjpeg', '4.pjp', '5.jpg_large', '6.jpg:orig', '7.jfi'].map(
    (n) => `a/${n}`,
  );
  const folder = folderOf(Object.fromEntries([...names, 'b/8.jpg'].map((name) => [name, jpeg])));
  expect((await open(folder)).names).toEqual([...names, 'b/8.jpg']);
});

it('looks into files without a suffix, in folders and archives, and takes those that are images', async () => {
  const ppm = 'P6\n1 1\n255\nabc';
  const files = {
    'a/0001': jpeg,
    'a/n.0002': await patternPng(8, 8),
    'b/0003': ppm,
    'b/0004.jpg': jpeg,
    'a/README': 'text',
    LICENSE: '',
    'b/5.dat': jpeg,
  };
  const folder = folderOf(files);
  const wanted = {
    names: ['a/0001', 'a/n.0002', 'b/0003', 'b/0004.jpg'],
    description:
      'class folders: 4 images in 2 classes, no test images, not read: 3 files (2 without suffix, 1 .dat), such as LICENSE',
  };
  expect(await open(folder)).toEqual(wanted);
  const archive = join(tempFolder(), 'all.tar');
  execFileSync('tar', ['-cf', archive, '-C', folder, 'a', 'b', 'LICENSE']);
  expect(await open(archive)).toEqual(wanted);
});

it('does not open many files without a suffix for nothing', async () => {
  const texts = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`notes/${i}`, 'text']));
  const { description } = await open(folderOf({ 'a/0.jpg': jpeg, 'b/1.jpg': jpeg, ...texts }));
  expect(description).toContain('2 images in 2 classes, no test images, not read: 100 files (100 without suffix)');
});
