import { promises as fs, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { openFile } from '../../../src/data/files/bytes.ts';
import { listFolder } from '../../../src/data/files/image-folder.ts';
import { createImageRetry } from '../../../src/data/loading/retry-reads.ts';
import { DecodeProblem } from '../../../src/data/pixels/decode-problem.ts';
import { UserError } from '../../../src/util/errors.ts';
import type { Retry } from '../../../src/util/retry.ts';
import { folderOf } from '../temp-files.ts';

/** A retry whose time goes by only while it waits; `act` is what happens then. */
async function createWaiting(root: string, act: (waits: readonly number[]) => void = () => {}, limitSeconds = 600) {
  const waits: number[] = [];
  const said: string[] = [];
  const retry = await createImageRetry([root], {
    ...{ limitSeconds, say: (message) => void said.push(message) },
    now: () => waits.reduce((sum, seconds) => sum + seconds, 0),
    async sleep(seconds) {
      waits.push(seconds);
      act(waits);
    },
  });
  return { retry, waits, said };
}

/** What work is rejected with. */
const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A read that fails so often, each time as the system would. */
function failing(times: number, code: string, cause = true): () => Promise<string> {
  let left = times;
  return async () => {
    const error = Object.assign(new Error(code), { code });
    if (left-- > 0)
      throw cause ? new UserError(`expected images that can be read, got ${code}`, { cause: error }) : error;
    return 'read';
  };
}

it.each(['EIO', 'ESTALE', 'ETIMEDOUT', 'ENOTCONN', 'EHOSTDOWN', 'EAGAIN'])(
  'waits longer and longer while a disk answers %s',
  async (code) => {
    const { retry, waits, said } = await createWaiting(folderOf({ a: '' }));
    expect(await retry(failing(8, code, code === 'EIO'))).toBe('read');
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(said).toEqual([
      `images can't be read for now (${code}): trying again for up to 10 minutes`,
      'images can be read again, after 183 s',
    ]);
  },
);

it('gives up after the limit, which is told; reads that fail together are told of once', async () => {
  const { retry, said } = await createWaiting(folderOf({ a: '' }), undefined, 90);
  const errors = await Promise.all([1, 2].map(() => rejection(retry(failing(99, 'ESTALE')))));
  for (const error of errors) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toBe('expected images that can be read, got ESTALE for 90 seconds');
  }
  expect(said).toEqual(["images can't be read for now (ESTALE): trying again for up to 90 seconds"]);
});

it('throws at once what will not pass, and everything without a limit', async () => {
  const root = folderOf({ a: '' });
  const { retry, waits } = await createWaiting(root);
  for (const code of ['EMFILE', 'EACCES', 'ENOENT']) {
    expect((await rejection(retry(failing(1, code, false)))) as Error).toHaveProperty('code', code);
  }
  expect(await rejection(retry(async () => Promise.reject(new DecodeProblem('is cut short'))))).toBeInstanceOf(
    DecodeProblem,
  );
  const never = await createWaiting(root, undefined, 0);
  expect((await rejection(never.retry(failing(1, 'EIO')))) as Error).toHaveProperty(
    'message',
    'expected images that can be read, got EIO',
  );
  expect([...waits, ...never.waits]).toEqual([]);
});

it('a read that fails while others do not is no outage', async () => {
  let retry: Retry | undefined;
  const waiting = await createWaiting(folderOf({ a: '' }), () => void retry?.(failing(0, '')));
  ({ retry } = waiting);
  expect((await rejection(retry(failing(99, 'EIO')))) as Error).toHaveProperty(
    'message',
    'expected images that can be read, got EIO',
  );
  expect(waiting.waits).toEqual([1, 2, 4]);
});

it('waits for a folder that vanishes as a whole or becomes an empty mount point, and for no single image', async () => {
  for (const leaveEmpty of [false, true]) {
    const above = folderOf({ 'images/1.png': 'a', 'images/2.png': 'b' });
    const root = join(above, 'images');
    const away = join(above, 'away');
    const tree = await listFolder(root);
    const { retry, said } = await createWaiting(root, (waits) => {
      if (waits.length < 3) return;
      if (leaveEmpty) rmSync(root, { recursive: true });
      renameSync(away, root);
    });
    renameSync(root, away);
    if (leaveEmpty) mkdirSync(root);
    expect(Buffer.from((await retry(() => tree.read('1.png'))) as Uint8Array).toString()).toBe('a');
    expect(said).toHaveLength(2);
    expect(said[0]).toContain(`nothing at ${root}`);
    rmSync(join(root, '2.png'));
    expect(await rejection(retry(() => tree.read('2.png')))).toBeInstanceOf(DecodeProblem);
  }
});

it('ends the wait by the signal, with its reason', async () => {
  const stop = new AbortController();
  const say = (): void => void setImmediate(() => stop.abort('SIGINT'));
  const retry = await createImageRetry(['.'], { limitSeconds: 600, signal: stop.signal, say });
  expect(await rejection(retry(failing(99, 'EIO')))).toBe('SIGINT');
  expect(await rejection(retry(failing(99, 'EIO')))).toBe('SIGINT');
});

it('opens a file again whose disk was away; another one under its name is refused', async () => {
  const path = join(folderOf({ archive: 'some bytes' }), 'archive');
  const bytes = await openFile(path);
  const handle = await fs.open(path);
  const read = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'read');
  await handle.close();
  const stale = Object.assign(new Error('ESTALE'), { code: 'ESTALE' });
  read.mockRejectedValueOnce(stale);
  expect(Buffer.from(await bytes.readAt(5, 5)).toString()).toBe('bytes');
  await fs.writeFile(`${path}.new`, 'other bytes');
  await fs.rename(`${path}.new`, path);
  read.mockRejectedValueOnce(stale);
  expect(String(await rejection(bytes.readAt(0, 4)))).toContain('this one changed');
  read.mockRestore();
  await bytes.close();
});
