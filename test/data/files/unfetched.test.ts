import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { contentProblem } from '../../../src/data/pixels/content.ts';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

const KEY = 'SHA256E-s52123--0123456789abcdef';
const DATA = ['images.tar', 'train.parquet', 'x_train.npy', 'list.csv'];

/** A folder whose only file is a link to what git-annex has not fetched. */
function linkedFolder(name: string): string {
  const folder = folderOf({ 'readme.md': 'x' });
  mkdirSync(join(folder, '.git/annex'), { recursive: true });
  symlinkSync(`.git/annex/objects/x0/y/${KEY}/${KEY}`, join(folder, name));
  return folder;
}

it.each(DATA)('says that %s is a git-annex pointer, and how to get the file', async (name) => {
  for (const pointer of [`/annex/objects/${KEY}\n`, `../.git/annex/objects/x0/y/${KEY}/${KEY}`]) {
    const folder = folderOf({ [name]: pointer });
    expect(await problemOf(folder)).toBe(
      `expected data, got a git-annex pointer: PATH/${name} | Fetch what the pointers stand for: git -C 'PATH' annex get .`,
    );
    expect(await problemOf(join(folder, name))).toContain('expected data, got a git-annex pointer: PATH | Fetch what');
  }
});

it.each(DATA)('says the same of the link %s to nothing', async (name) => {
  const folder = linkedFolder(name);
  const hint = `git-annex has not fetched it: git -C ${folder} annex get .`;
  expect(await problemOf(folder)).toContain(hint.replaceAll(folder, 'PATH'));
  expect(await problemOf(join(folder, name))).toContain(hint);
});

it('says it of images', async () => {
  const folder = linkedFolder('0.jpg');
  symlinkSync('../cache/files/md5/ab/cdef', join(folder, '1.jpg'));
  symlinkSync('/elsewhere/.dvc/cache/files/md5/ab/cdef', join(folder, '2.jpg'));
  expect(contentProblem(Buffer.from(`/annex/objects/${KEY}\n`))).toBe(
    'is a git-annex pointer, not a JPEG, PNG or WebP (git annex get fetches the image)',
  );
  const linked = await openForTest(folder);
  await expect(linked.train.read(0)).rejects.toThrow('is not there (git annex get fetches the image)');
  await expect(linked.train.read(1)).rejects.toThrow('does not exist (a dangling link?)');
  await expect(linked.train.read(2)).rejects.toThrow('is not there (dvc pull fetches the image)');
});

it('names the command that fetches what DVC tracks', async () => {
  const pointer = 'outs:\n- md5: 1f0.dir\n  size: 99\n  nfiles: 12\n  path: images\n';
  const folder = folderOf({ 'images.dvc': pointer, 'params.yaml': 'a: 1\n' });
  const hint = `Fetch what DVC tracks: cd ${folder} && dvc pull`;
  expect(await problemOf(folder)).toContain(hint.replaceAll(folder, 'PATH'));
  expect(await problemOf(join(folder, 'images.dvc'))).toContain(hint);
  expect(await problemOf(join(folder, 'images'))).toContain(hint);
});
