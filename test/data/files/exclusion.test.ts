import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { createExclusion } from '../../../src/data/files/exclusion.ts';
import { folderOf, tempFolder } from '../temp-files.ts';

const empty = (...names: string[]): string => folderOf(Object.fromEntries(names.map((name) => [name, ''])));

const excluded = (pattern: string, ...paths: string[]): string[] => {
  const { excludes } = createExclusion([pattern]);
  return paths.filter(excludes);
};

async function describeWith(path: string, ...exclude: string[]): Promise<string> {
  const { description, close } = await openDataset(path, { exclude });
  await close();
  return description;
}

describe('patterns', () => {
  it('stop at slashes unless they are told not to, and name folders', () => {
    const paths = ['masks/a.png', 'masks/b/c.png', 'a_mask.png', 'x/a_mask.png', 'x/.y/z.png'];
    expect(excluded('masks/*', ...paths)).toEqual(['masks/a.png']);
    expect(excluded('masks/*.png', ...paths)).toEqual(['masks/a.png']);
    expect(excluded('masks/**', ...paths)).toEqual(['masks/a.png', 'masks/b/c.png']);
    expect(excluded('masks', ...paths)).toEqual(['masks/a.png', 'masks/b/c.png']);
    expect(excluded('./masks/', ...paths)).toEqual(['masks/a.png', 'masks/b/c.png']);
    expect(excluded('*_mask.png', ...paths)).toEqual(['a_mask.png']);
    expect(excluded('**/*_mask.png', ...paths)).toEqual(['a_mask.png', 'x/a_mask.png']);
    expect(excluded('{masks,x}/**', ...paths)).toEqual(['masks/a.png', 'masks/b/c.png', 'x/a_mask.png', 'x/.y/z.png']);
    expect(excluded('x/**', ...paths)).toEqual(['x/a_mask.png', 'x/.y/z.png']);
  });

  it('are names where brackets, braces and signs are part of one', () => {
    const paths = ['photo [1].jpg', 'a{b}/1.jpg', '!new/1.jpg', '+(old)/1.jpg', 'a (copy)/1.jpg', '(x|y).jpg'];
    for (const path of paths) expect(excluded(path, ...paths)).toEqual([path]);
    expect(excluded('!new', ...paths)).toEqual(['!new/1.jpg']);
    expect(excluded('a{b}/**', ...paths)).toEqual(['a{b}/1.jpg']);
  });
});

describe('data.exclude', () => {
  it('leaves files of a folder out before classes and splits are looked for, and counts them', async () => {
    const folder = empty('images/a.jpg', 'images/b.jpg', 'annotations/trimaps/a.png', 'annotations/trimaps/b.png');
    expect(await describeWith(folder, 'annotations/**')).toBe(
      'images without labels (flat): 2 images, no test images, excluded by data.exclude: 2 files, such as annotations/trimaps/a.png',
    );
  });

  it('leaves entries of archives and shards out', async () => {
    const folder = empty('s/cat/0.jpg', 's/dog/1.jpg', 's/masks/2.jpg');
    const out = tempFolder();
    execFileSync('tar', ['-cf', `${out}/one.tar`, '-C', `${folder}/s`, 'cat', 'dog', 'masks']);
    const note = 'excluded by data.exclude: 1 file, such as masks/2.jpg';
    expect(await describeWith(`${out}/one.tar`, 'masks/**')).toBe(
      `class folders: 2 images in 2 classes, no test images, ${note}`,
    );
    writeFileSync(`${folder}/s/cat/0.cls`, 'x');
    execFileSync('tar', ['-cf', `${out}/two.tar`, '-C', `${folder}/s`, 'cat', 'masks']);
    expect(await describeWith(out, 'masks/**')).toContain('excluded by data.exclude: 2 files, such as masks/2.jpg');
  });

  it('leaves lines of a list out by their paths', async () => {
    const folder = empty('a.jpg', 'b.jpg', 'x/c.jpg');
    writeFileSync(`${folder}/list.csv`, 'path\na.jpg\nb.jpg\nx/c.jpg\n');
    expect(await describeWith(`${folder}/list.csv`, 'x/**')).toBe(
      'images without labels (list): 2 images, no test images, excluded by data.exclude: 1 file, such as x/c.jpg',
    );
  });

  it('refuses a pattern that matches nothing: masks would be trained on', async () => {
    const folder = empty('images/a.jpg', 'annotations/a.png');
    await expect(describeWith(folder, 'images/a*', 'anotations/**')).rejects.toMatchObject({
      message: `expected paths of files in data.exclude, got "anotations/**", which match none in ${folder}`,
      exitCode: 2,
    });
    await expect(describeWith(folder, '**')).rejects.toMatchObject({ exitCode: 2 });
  });
});
