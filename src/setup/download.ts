import { open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../util/errors.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { hashFile } from '../util/hash-file.ts';
import { isSystemError } from '../util/system-error.ts';

/** Attempts in a row that bring nothing, and in all, after which a download is given up. */
const [FRUITLESS, ATTEMPTS] = [5, 100];
const STALLED_MS = 30_000;

/** A file to download, and who is told how far it is. */
export interface Download {
  readonly url: string;
  /** Where the whole file goes; `PATH.part` holds what came so far. */
  readonly path: string;
  /** Expected checksum, in hexadecimal. */
  readonly sha256: string;
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Hears why it stopped, and that it goes on. */
  readonly onRetry?: ((message: string) => void) | undefined;
  /** Pause before the n-th attempt is n times this; milliseconds. */
  readonly pauseMs?: number | undefined;
}

/**
 * Downloads a file, going on where an earlier attempt (of this process or a killed one) stopped, and checks its
 * SHA-256. A connection that is cut is made again, a bounded number of times.
 *
 * @throws UserError when the content is not the expected one; the system's error when the disk is full or the like; a
 *   plain Error when the server cannot be reached or refuses.
 */
export async function download(job: Download): Promise<void> {
  const part = `${job.path}.part`;
  const resumed = (await sizeOf(part)) > 0;
  await fetchAll(job, part);
  let found = await hashFile(part);
  if (found !== job.sha256 && resumed) {
    await rm(part, { force: true });
    await fetchAll(job, part);
    found = await hashFile(part);
  }
  if (found !== job.sha256) {
    await rm(part, { force: true });
    throw checksumMismatch(job.url, job.sha256, found);
  }
  await rename(part, job.path);
}

/** The message for a file that is not the expected one. */
export function checksumMismatch(origin: string, expected: string, found: string): UserError {
  const name = origin.split('/').pop();
  return new UserError(`${name} should have SHA-256 ${expected}, but what was downloaded has ${found}.`, {
    hint: 'Run the command again. If it stays, the mirror or a proxy changes the file: check `python3 -m pip config list`.',
  });
}

async function fetchAll(job: Download, part: string): Promise<void> {
  let fruitless = 0;
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(part);
    try {
      return await fetchRest(job, part);
    } catch (error) {
      if (error instanceof UserError || isSystemError(error) || isFinal(error)) throw error;
      const done = await sizeOf(part);
      fruitless = done > before ? 0 : fruitless + 1;
      if (fruitless === FRUITLESS || attempt === ATTEMPTS) throw error;
      job.onRetry?.(
        `stopped at ${formatBytes(done)} (${reasonOf(error)}): it goes on there, attempt ${attempt + 1} of at most ${ATTEMPTS}`,
      );
      await sleep(Math.min(attempt, FRUITLESS) * (job.pauseMs ?? 1000));
    }
  }
}

/** The innermost message: Node's fetch says only `fetch failed` and hides why in its cause. */
export function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
}

async function fetchRest(job: Download, part: string): Promise<void> {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(new Error('the server sent nothing for 30 seconds')), STALLED_MS);
  const offset = await sizeOf(part);
  const headers = { 'accept-encoding': 'identity', ...(offset > 0 && { range: `bytes=${offset}-` }) };
  const response = await fetch(job.url, { headers, signal: abort.signal }).finally(() => clearTimeout(timer));
  if (response.status === 416 && offset > 0) return settleWhole(response, part, offset);
  if (!response.ok || response.body === null) {
    throw Object.assign(new Error(`the server answered ${response.status} ${response.statusText}`), {
      final: response.status >= 400 && response.status < 500,
    });
  }
  const kept = response.status === 206 ? offset : 0;
  const expected = kept + Number(response.headers.get('content-length') ?? Number.NaN);
  const file = await open(part, kept > 0 ? 'a' : 'w');
  let done = kept;
  job.onProgress?.(done);
  try {
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(new Error('the server sent nothing for 30 seconds')), STALLED_MS);
      await file.writeFile(chunk);
      done += chunk.byteLength;
      job.onProgress?.(done);
    }
  } finally {
    clearTimeout(timer);
    await file.close();
  }
  if (done < expected) throw new Error(`the connection closed after ${done} of ${expected} bytes`);
}

/** The server has nothing after our offset: the part is whole, or longer than the file and useless. */
async function settleWhole(response: Response, part: string, offset: number): Promise<void> {
  await response.body?.cancel();
  const total = Number(response.headers.get('content-range')?.split('/')[1] ?? Number.NaN);
  if (total === offset) return;
  await rm(part, { force: true });
  throw new Error('the part on the disk is longer than the file');
}

function isFinal(error: unknown): boolean {
  return error instanceof Error && 'final' in error && error.final === true;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
