import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { download } from '../../src/setup/download.ts';
import { UserError } from '../../src/util/errors.ts';
import { type ServerOptions, serveWheel, temporaryFolder, type WheelServer } from './wheel-server.ts';

let server: WheelServer | undefined;
afterEach(() => server?.close());

async function prepare(options: ServerOptions = {}) {
  server = await serveWheel(options);
  const path = join(temporaryFolder(), 'file.whl');
  return { server, path, job: { url: server.url, path, sha256: server.wheel.sha256, pauseMs: 1 } };
}

describe('download', () => {
  it('brings the whole file and tells how far it is', async () => {
    const { server, path, job } = await prepare();
    const told: number[] = [];
    await download({ ...job, onProgress: (done) => told.push(done) });
    expect(readFileSync(path).equals(server.content)).toBe(true);
    expect(existsSync(`${path}.part`)).toBe(false);
    expect(told.at(-1)).toBe(server.content.length);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });

  it('goes on after a broken connection where it broke', async () => {
    const { server, path, job } = await prepare({ cutAfter: 1_000_000 });
    await download(job);
    expect(readFileSync(path).equals(server.content)).toBe(true);
    expect(server.requests).toHaveLength(2);
    const resumedAt = Number(server.requests[1]?.match(/^bytes=(\d+)-$/)?.[1]);
    expect(resumedAt).toBeGreaterThan(0);
    expect(resumedAt).toBeLessThanOrEqual(1_000_000);
  });

  it('goes on as long as something comes, and gives up where nothing does', async () => {
    const slow = await prepare({ cutAfter: 300_000, cuts: Number.POSITIVE_INFINITY });
    const told: string[] = [];
    await download({ ...slow.job, onRetry: (message) => void told.push(message) });
    expect(readFileSync(slow.path).equals(slow.server.content)).toBe(true);
    expect(told).toHaveLength(slow.server.requests.length - 1);
    expect(told[0]).toMatch(/^stopped at \d+ kB \(.+\): it goes on there, attempt 2 of at most 100$/);
    slow.server.close();
    const dead = await prepare({ cutAfter: 0, cuts: Number.POSITIVE_INFINITY });
    await expect(download(dead.job)).rejects.toThrow(/fetch failed|terminated/);
    expect(dead.server.requests).toHaveLength(5);
  });

  it('goes on with the part that a killed process left', async () => {
    const { server, path, job } = await prepare();
    writeFileSync(`${path}.part`, server.content.subarray(0, 2_000_000));
    await download(job);
    expect(readFileSync(path).equals(server.content)).toBe(true);
    expect(server.requests).toEqual(['bytes=2000000-']);
  });

  it('takes a part that is already whole, and replaces one that is too long', async () => {
    const { server, path, job } = await prepare();
    writeFileSync(`${path}.part`, server.content);
    await download(job);
    expect(readFileSync(path).equals(server.content)).toBe(true);
    writeFileSync(`${path}.part`, Buffer.concat([server.content, Buffer.from('more')]));
    await download(job);
    expect(readFileSync(path).equals(server.content)).toBe(true);
  });

  it('starts again when the part is of another file, or the server knows no ranges', async () => {
    const first = await prepare();
    writeFileSync(`${first.path}.part`, Buffer.alloc(1_000_000));
    await download(first.job);
    expect(readFileSync(first.path).equals(first.server.content)).toBe(true);
    first.server.close();
    const second = await prepare({ ignoresRange: true });
    writeFileSync(`${second.path}.part`, second.server.content.subarray(0, 500_000));
    await download(second.job);
    expect(readFileSync(second.path).equals(second.server.content)).toBe(true);
  });

  it('refuses a file with another checksum and leaves nothing of it', async () => {
    const { path, job } = await prepare();
    const failure = await download({ ...job, sha256: '0'.repeat(64) }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).toContain(`should have SHA-256 ${'0'.repeat(64)}`);
    expect(existsSync(path) || existsSync(`${path}.part`)).toBe(false);
  });

  it('says what the server answered, without trying again', async () => {
    const { server, job } = await prepare();
    await expect(download({ ...job, url: `${server.url}.missing` })).rejects.toThrow('the server answered 404');
    expect(server.requests).toEqual([]);
  });
});
