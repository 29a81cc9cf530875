import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { type RawEntry, rawTar } from '../raw-tar.ts';
import { rawZip } from '../raw-zip.ts';
import { folderOf } from '../temp-files.ts';

/** Files that are listed whatever the memory. */
const MOST = 60_000;

const entries = (count: number, from = 0): RawEntry[] =>
  Array.from({ length: count }, (_, i) => [`images/${from + i}.jpg`, '']);

const tarOf = (count: number): Buffer => rawTar(entries(count));

const zipOf = (count: number): Buffer => rawZip(entries(count).map(([name, body]) => ({ name, body })));

const LITTLE = { archiveBytes: 1000 };

it.each([
  ['a.tar', tarOf, 'more', LITTLE],
  ['a.zip', zipOf, '60,001', LITTLE],
  ['a.tar.gz', (count: number) => gzipSync(tarOf(count)), 'more', { archiveBytes: 2 ** 25 }],
] as const)('%s of more files than memory can list is refused', async (name, make, got, memory) => {
  const path = join(folderOf({ [name]: make(MOST + 1) }), name);
  expect(await problemOf(path, memory)).toBe(
    `expected archives of at most 60,000 files, as many as 27.0 MB of memory can list, got ${got}: PATH | Raise data.memoryBudget, if there is so much memory; or name a part of the data.`,
  );
});

it('as many files as memory can list are opened', async () => {
  const path = join(folderOf({ 'a.tar': tarOf(MOST) }), 'a.tar');
  expect((await openForTest(path, LITTLE)).train.count).toBe(MOST);
});

it('an archive that begins with large files is refused when it turns out to hold many', async () => {
  const large = Array.from({ length: 200 }, (_, i): RawEntry => [`images/0-${i}.jpg`, Buffer.alloc(50_000)]);
  const path = join(folderOf({ 'a.tar': rawTar([...large, ...entries(MOST)]) }), 'a.tar');
  expect(await problemOf(path, LITTLE)).toContain('expected archives of at most 60,000 files');
});

it('files of several archives are counted together', async () => {
  const half = MOST / 2;
  const shards = folderOf({ '0.tar': rawTar(entries(half)), '1.tar': rawTar(entries(half + 1, half)) });
  expect(await problemOf(shards, LITTLE)).toContain('expected archives of at most 60,000 files');
});

it('links and what else is left out of an archive count too', async () => {
  const links = Array.from({ length: MOST }, (_, i): RawEntry => [`images/link${i}.jpg`, '', '2']);
  const path = join(folderOf({ 'a.tar': rawTar([...entries(1), ...links]) }), 'a.tar');
  expect(await problemOf(path, LITTLE)).toContain('expected archives of at most 60,000 files');
});
