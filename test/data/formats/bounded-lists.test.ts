import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { npy } from '../numpy-files.ts';
import { folderOf } from '../temp-files.ts';
import { fixture } from '../torture.ts';

const IMAGES = { 'a.jpg': fixture('rgb-444.jpg') };

it('long texts are no classes, and are not told in full', async () => {
  const folder = folderOf({ ...IMAGES, 'list.csv': `path,label\na.jpg,${'7'.repeat(100_000)}\n` });
  const { description } = await openForTest(join(folder, 'list.csv'));
  expect(description).toContain('line 2 has a text of 100,000 characters, which is no class');
});

it('lists in JSON lines may be of any depth', async () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000);
  const folder = folderOf({ ...IMAGES, 'list.jsonl': `{"path": "a.jpg", "label": ${deep}}\n` });
  const { description } = await openForTest(join(folder, 'list.jsonl'));
  expect(description).toContain('line 1 has a list of labels');
});

it('a path that no file can have is refused before it is looked for', async () => {
  const folder = folderOf({ ...IMAGES, 'list.csv': `path\n${'x'.repeat(1e6)}\n` });
  const problem = await problemOf(join(folder, 'list.csv'));
  expect(problem.length).toBeLessThan(1000);
  expect(problem).toMatch(
    /^expected a path of at most 4096 characters, got "x+\.\.\.\([\d,]+ characters\)\.\.\.x+" in line 2/,
  );
});

it('more images than memory can number are refused', async () => {
  const count = 2 ** 31;
  const x = npy([count, 1, 1], new Uint8Array(0));
  const y = npy([count], new Uint8Array(0));
  const folder = folderOf({ 'x.npy': x, 'y.npy': y });
  truncateSync(join(folder, 'x.npy'), x.length + count);
  truncateSync(join(folder, 'y.npy'), y.length + count);
  expect(await problemOf(folder)).toContain(
    'expected at most 16,777,216 images, as many as 1.07 GB of memory can number, got 2,147,483,648: x',
  );
});
