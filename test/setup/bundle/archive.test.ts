import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { writeArchive } from '../../../src/setup/bundle/write-archive.ts';
import { fakeSources, makeFakeBundle, temporaryFolder } from './fake-bundle.ts';

const partsOf = (folder: string): Buffer[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith('part-'))
    .sort()
    .map((name) => readFileSync(join(folder, name)));

it('is a tar archive, compressed by Brotli and cut, with nothing of the machine in it', async () => {
  const { folder, bundle } = await makeFakeBundle();
  const parts = partsOf(folder);
  expect(parts).toHaveLength(bundle.parts.length);
  expect(parts.length).toBeGreaterThan(5);
  expect(parts.slice(0, -1).every(({ length }) => length === 40_000)).toBe(true);
  const tar = join(folder, 'all.tar');
  writeFileSync(tar, brotliDecompressSync(Buffer.concat(parts)));
  const listed = execFileSync('tar', ['--quoting-style=literal', '--numeric-owner', '-tvf', tar], { encoding: 'utf8' });
  const lines = listed.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/ 1970-01-01 \d\d:\d\d /)[1])).toEqual(bundle.files.map(({ path }) => path));
  for (const line of lines) expect(line).toMatch(line.includes('/bin/') ? /^-rwxr-xr-x 0\/0 / : /^-rw-r--r-- 0\/0 /);
});

it('has the same bytes for the same files', async () => {
  const [a, b] = [await makeFakeBundle(), await makeFakeBundle()];
  expect(partsOf(a.folder)).toEqual(partsOf(b.folder));
  expect(readFileSync(join(a.folder, 'bundle.json'))).toEqual(readFileSync(join(b.folder, 'bundle.json')));
});

it.each([
  ['shorter', 4],
  ['longer', 6],
])('refuses a file that has become %s than it was', async (_, size) => {
  const folder = temporaryFolder();
  const from = join(folder, 'a');
  writeFileSync(from, '12345');
  const source = { path: 'cl-train/a', from, size, executable: false };
  const failure = writeArchive([source], { folder, partBytes: 1e6, onProgress() {} });
  await expect(failure).rejects.toThrow(
    `${from} changed while it was bundled, or is damaged: it had ${size} bytes when`,
  );
});

it("refuses a file of TensorFlow that is not what set-up's manifest says", async () => {
  const folder = temporaryFolder();
  const sources = fakeSources().map((source) => ({ ...source, sha256: '0'.repeat(64) }));
  const failure = writeArchive(sources, { folder, partBytes: 1e6, onProgress() {} });
  await expect(failure).rejects.toMatchObject({
    message: expect.stringMatching(/^cl-train\/package\.json changed .*SHA-256 0{64} was expected, not 44136fa3/),
    hint: expect.stringContaining('cl-doctor --install --verify'),
  });
});

it('ends with the error of a disk that takes no more', async () => {
  const folder = join(temporaryFolder(), 'not-there');
  const failure = writeArchive(fakeSources(), { folder, partBytes: 1e6, onProgress() {} });
  await expect(failure).rejects.toMatchObject({ code: 'ENOENT' });
  expect(() => statSync(folder)).toThrow();
});
