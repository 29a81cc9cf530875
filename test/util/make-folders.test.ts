import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolders } from '../../src/util/make-folders.ts';
import { tempFolder } from '../data/temp-files.ts';

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  );

test('folders are made with their parents, and the outermost new one is told', async () => {
  const folder = tempFolder();
  expect(await makeFolders(join(folder, 'a/b/c'))).toBe(join(folder, 'a'));
  expect(await makeFolders(join(folder, 'a/b/c'))).toBeUndefined();
  expect(await makeFolders(join(folder, 'a/b/d'))).toBe(join(folder, 'a/b/d'));
  expect(existsSync(join(folder, 'a/b/c'))).toBe(true);
});

test('many may make the same folders at once', async () => {
  const folder = tempFolder();
  await Promise.all(Array.from({ length: 20 }, (_, i) => makeFolders(join(folder, 'a/b', String(i % 3), 'c'))));
  expect(existsSync(join(folder, 'a/b/2/c'))).toBe(true);
});

test('links to folders are followed; what stands in the way is an error', async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'real'));
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  expect(await makeFolders(join(folder, 'link'))).toBeUndefined();
  await makeFolders(join(folder, 'link/x'));
  expect(existsSync(join(folder, 'real/x'))).toBe(true);
  writeFileSync(join(folder, 'file'), '');
  expect(await codeOf(makeFolders(join(folder, 'file')))).toBe('EEXIST');
  expect(await codeOf(makeFolders(join(folder, 'file/x')))).toBe('ENOTDIR');
  rmSync(join(folder, 'real'), { recursive: true });
  expect(await codeOf(makeFolders(join(folder, 'link')))).toBe('EEXIST');
});

test('where the system makes no folders at all it ends', async () => {
  expect(await codeOf(makeFolders('/proc/x'))).toBe('ENOENT');
  expect(await codeOf(makeFolders('/proc/x/y/z'))).toBe('ENOENT');
});
