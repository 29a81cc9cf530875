import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isTemporaryName, writeFileAtomic } from '../../src/util/atomic-write.ts';
import { UserError } from '../../src/util/errors.ts';

const CHILD = [...['--import', 'tsx'], join(import.meta.dirname, 'atomic-write-child.ts')];
const isRoot = process.getuid?.() === 0;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-write-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function failure(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

function startChild(...args: string[]): ChildProcess {
  return spawn(process.execPath, [...CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('writeFileAtomic', () => {
  it('writes text, bytes and pieces, and replaces what was there', async () => {
    const path = join(folder, 'a.txt');
    await writeFileAtomic(path, 'größer');
    expect(await readFile(path, 'utf8')).toBe('größer');
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
    await writeFileAtomic(path, [Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)]);
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
    await writeFileAtomic(path, '');
    expect(await readdir(folder)).toEqual(['a.txt']);
    expect(await readFile(path, 'utf8')).toBe('');
  });

  it('follows a link and keeps it', async () => {
    await writeFile(join(folder, 'real'), 'old');
    await symlink('real', join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
    expect(
      (await readdir(folder, { withFileTypes: true })).find((entry) => entry.name === 'link')?.isSymbolicLink(),
    ).toBe(true);
  });

  it('leaves the old file and nothing else when the producer of the pieces fails', async () => {
    const path = join(folder, 'a');
    await writeFile(path, 'old');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100_000);
      throw new RangeError('producer');
    }
    await expect(writeFileAtomic(path, failing())).rejects.toThrow(new RangeError('producer'));
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('refuses folders, devices and missing folders with a message', async () => {
    await mkdir(join(folder, 'sub'));
    expect((await failure(writeFileAtomic(join(folder, 'sub'), ''))).message).toBe(
      `Cannot write ${join(folder, 'sub')}: expected a file or nothing there, got a folder.`,
    );
    expect((await failure(writeFileAtomic('/dev/null', ''))).message).toContain('got a device or pipe');
    const missing = await failure(writeFileAtomic(join(folder, 'no', 'a'), ''));
    expect(missing.message).toBe(`Cannot write ${join(folder, 'no', 'a')}: its folder does not exist.`);
    expect(missing.hint).toBe('Create the folder first.');
    await writeFile(join(folder, 'file'), '');
    expect((await failure(writeFileAtomic(join(folder, 'file', 'a'), ''))).message).toContain(
      'is a file, not a folder',
    );
    expect((await failure(writeFileAtomic(join(folder, 'x'.repeat(300)), ''))).message).toContain('name is too long');
  });

  it('says how much is needed and free before it makes the first piece', async () => {
    const path = join(folder, 'huge');
    let made = 0;
    function* pieces(): Generator<Uint8Array> {
      made++;
      yield new Uint8Array(1);
    }
    const error = await failure(writeFileAtomic(path, pieces(), { bytes: 2 ** 52 }));
    expect(error.message).toContain(`Cannot write ${path}: no space left in its folder (4.50 PB needed, `);
    expect(error.message).toMatch(/, [\d.]+ \w+ free\)/);
    expect(made).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  it('reports a file that outgrows the limit of the process and leaves the old one', async () => {
    const path = join(folder, 'a');
    await writeFile(path, 'old');
    const shell = `ulimit -f 100; exec "$@"`;
    const { stdout } = await promisify(execFile)(
      'bash',
      ['-c', shell, 'bash', process.execPath, ...CHILD, path, '1000000'],
      {
        // tsx keeps compiled sources in a cache that may hold larger files than the limit.
        env: { ...process.env, TSX_DISABLE_CACHE: '1' },
      },
    );
    expect(stdout).toBe(`UserError: Cannot write ${path}: the file would be larger than this process may write.`);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('reports a folder without write permission', async () => {
    const path = join(folder, 'a');
    await chmod(folder, 0o555);
    if (isRoot) process.seteuid?.(65534); // root may write anywhere
    try {
      expect((await failure(writeFileAtomic(path, ''))).message).toBe(`Cannot write ${path}: permission denied.`);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it.skipIf(!isRoot)('reports a full disk and a read-only one (real mounts, root only)', async (test) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      return test.skip('mounting a tmpfs is not permitted here');
    }
    try {
      const path = join(folder, 'a');
      await writeFileAtomic(path, 'old');
      const pieces = Array.from({ length: 40 }, () => new Uint8Array(65_536));
      const full = await failure(writeFileAtomic(path, pieces));
      expect(full.message).toMatch(/no space left in its folder \(more bytes needed, [\d.]+ k?B free\)/);
      const known = await failure(writeFileAtomic(path, new Uint8Array(2_000_000)));
      expect(known.message).toMatch(/\(2\.00 MB needed, 1\.0\d MB free\)/);
      expect(known.hint).toContain('Free some space');
      expect(await readFile(path, 'utf8')).toBe('old');
      expect(await readdir(folder)).toEqual(['a']);
      execFileSync('mount', ['-o', 'remount,ro', folder]);
      expect((await failure(writeFileAtomic(path, 'new'))).message).toContain('the file system is read-only');
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  it.each([0, 8, 16])('leaves the old file when killed after %i of 16 pieces', async (pieces) => {
    const path = join(folder, 'a');
    await writeFile(path, 'old');
    const child = startChild(path, String(16 * 65_536), String(pieces));
    await once(child.stdout ?? child, 'data');
    await kill(child);
    expect(await readFile(path, 'utf8')).toBe('old');
    const left = (await readdir(folder)).filter((name) => name !== 'a');
    expect(left).toHaveLength(1);
    expect(left.every(isTemporaryName)).toBe(true);
  });

  it('leaves one complete file whenever it is killed', async () => {
    const path = join(folder, 'a');
    for (let round = 0; round < 6; round++) {
      const child = startChild(path, '300000', 'forever');
      await once(child.stdout ?? child, 'data');
      await new Promise((resolve) => setTimeout(resolve, 3 + 7 * round));
      await kill(child);
      const bytes = await readFile(path);
      expect(bytes.length).toBe(300_000);
      expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
    }
  });
});
