import { copyFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../util/errors.ts';
import { hashFile } from '../util/hash-file.ts';
import { isSystemError } from '../util/system-error.ts';
import { checksumMismatch, download, reasonOf } from './download.ts';
import { askPip, downloadWithPip } from './pip.ts';
import type { SetupProgress } from './progress.ts';
import type { PipQuery } from './run-pip.ts';
import type { Wheel } from './wheels.ts';

/** One wheel to bring into a folder. */
export interface WheelJob {
  readonly wheel: Wheel;
  readonly folder: string;
  readonly label: string;
  readonly tags: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: SetupProgress;
}

/**
 * Brings a wheel into the folder and gives its path: from where the user's package index keeps it, by a download that
 * can be continued; by pip itself where that does not get through (a proxy, a private index or
 * certificate).
 *
 * @throws UserError without network, python3 or pip, and when the content is not the pinned one; the system's error
 *   where the disk is full or the like.
 */
export async function fetchWheel(job: WheelJob): Promise<string> {
  const { wheel, progress } = job;
  const path = join(job.folder, wheel.file);
  if ((await stat(path).catch(() => undefined)) !== undefined) {
    if ((await hashFile(path)) === wheel.sha256) return path;
    await rm(path);
  }
  const query = { requirement: wheel.requirement, tags: job.tags, environment: job.environment };
  const found = await askPip(query);
  // fetch takes no names and passwords in addresses, and quotes them where it says so.
  if (found === undefined || new URL(found.url).username !== '') return fetchWithPip(job, query, path);
  if (found.sha256 !== undefined && found.sha256 !== wheel.sha256) {
    throw checksumMismatch(wheel.file, wheel.sha256, found.sha256);
  }
  if (found.url.startsWith('file:')) {
    await copyFile(fileURLToPath(found.url), path);
    return checked(path, wheel);
  }
  progress.begin(job.label, wheel.bytes, 0);
  try {
    const onRetry = (why: string): void => progress.say(`The download of ${wheel.file} ${why}`);
    await download({ url: found.url, path, sha256: wheel.sha256, onProgress: progress.advance, onRetry });
    return path;
  } catch (error) {
    if (error instanceof UserError || isSystemError(error)) throw error;
    progress.end();
    progress.say(`The direct download of ${wheel.file} failed (${reasonOf(error)}); pip downloads it instead.`);
    return await fetchWithPip(job, query, path);
  } finally {
    progress.end();
  }
}

async function fetchWithPip(job: WheelJob, query: PipQuery, path: string): Promise<string> {
  await downloadWithPip(query, job.folder, job.progress.say);
  await rm(`${path}.part`, { force: true });
  return checked(path, job.wheel);
}

async function checked(path: string, { sha256, file }: Wheel): Promise<string> {
  const found = await hashFile(path).catch(() => 'no such file');
  if (found === sha256) return path;
  await rm(path, { force: true });
  throw checksumMismatch(file, sha256, found);
}
