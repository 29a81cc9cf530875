import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest } from '../fixture-sources.ts';
import { npy } from '../numpy-files.ts';
import { rawTar } from '../raw-tar.ts';
import { folderOf } from '../temp-files.ts';

const images = (folder: string, count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${folder}/${i % 2 ? 'a' : 'b'}/${i}.jpg`, `${i}`]));

/** What is said of images that are not taken, and how many images the command takes that it names. */
async function takenBy(folder: string): Promise<[said: string, taken: number | undefined]> {
  const { description } = await openForTest(folder);
  const [said = ''] = /not (?:taken|opened): .*$/.exec(description) ?? [];
  const [, quoted, plain] = /--data (?:'([^']+)'|(\S+)) takes/.exec(said) ?? [];
  const place = quoted ?? plain;
  return [said.replaceAll(folder, 'PATH'), place === undefined ? undefined : (await openForTest(place)).train.count];
}

it('names the archive with images alone, in the layout of Caltech101', async () => {
  const folder = folderOf({ ...images('101_ObjectCategories', 80), 'Annotations/a/1.mat': 'x' });
  execFileSync('tar', ['-czf', '101_ObjectCategories.tar.gz', '101_ObjectCategories/a'], { cwd: folder });
  execFileSync('tar', ['-cf', 'Annotations.tar', 'Annotations'], { cwd: folder });
  expect(await takenBy(folder)).toEqual([
    'not opened: 2 archives beside them (--data PATH/101_ObjectCategories.tar.gz takes 1 of them)',
    40,
  ]);
});

it('names no archive without images, and opens no large one to see', async () => {
  const folder = folderOf({ ...images('photos', 80), 'code.tar': rawTar([['a.py', '']]) });
  expect((await openForTest(folder)).description).not.toContain('--data');
  const path = join(folder, 'large.tar');
  writeFileSync(path, rawTar([['0.jpg', Buffer.alloc(2 ** 20)]], Buffer.alloc(0)));
  truncateSync(path, 70 * 2 ** 20);
  const [said] = await takenBy(folder);
  expect(said).toContain(' archives beside them (to look into one: --data PATH/');
});

it('names the files where their folder gives others', async () => {
  const array = npy([3, 4, 4], new Uint8Array(48));
  const folder = folderOf({ ...images('data', 8), 'data/arrays/x.npy': array });
  expect(await takenBy(folder)).toEqual([
    'not taken: 3 images of another format (NumPy) (--data PATH/data/arrays/x.npy takes them)',
    3,
  ]);
  const split = folderOf({ ...images('data', 20), 'data/x_train.npy': array, 'data/x_test.npy': array });
  expect(await takenBy(split)).toEqual([
    "not taken: 6 images of another format (NumPy) (--data 'PATH/{data/x_test.npy,data/x_train.npy}' takes them)",
    3,
  ]);
});

it('says how many a command takes that does not take all', async () => {
  const array = npy([3, 4, 4], new Uint8Array(48));
  const parts = { 'more/x,train.npy': array, 'more/x,test.npy': array };
  const folder = folderOf({ ...images('more', 20), ...parts });
  expect((await takenBy(folder))[0]).toBe(
    'not taken: 6 images of another format (NumPy) (--data PATH/more/x,test.npy takes 3 of them)',
  );
});

it('names no folder that gives other images than those that are meant', async () => {
  const array = npy([30, 4, 4], new Uint8Array(480));
  const folder = folderOf({ 'data/x.npy': array, 'data/0.jpg': 'a', 'data/1.jpg': 'b' });
  expect((await takenBy(folder))[0]).toBe(
    'not taken: 2 images of another format (image files) (move them into a folder of their own to take them)',
  );
});
