import { readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explainWriteError } from '../util/atomic-write.ts';
import { UserError } from '../util/errors.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { withLock } from '../util/lock.ts';
import { makeFolders } from '../util/make-folders.ts';
import { isSystemError } from '../util/system-error.ts';
import {
  type ManifestFile,
  readManifest,
  TENSORFLOW_VERSION,
  type TensorflowManifest,
} from '../util/tensorflow-folder.ts';
import { damagedFiles } from './damaged-files.ts';
import { fetchWheel } from './fetch-wheel.ts';
import { makeCache } from './make-cache.ts';
import type { SetupProgress } from './progress.ts';
import { unpack } from './unpack.ts';
import { isKept, type Wheel } from './wheels.ts';

/** What to install where. */
export interface InstallJob {
  /** The folder that appears, whole, at the end. */
  readonly folder: string;
  readonly variant: 'cpu' | 'gpu';
  readonly wheels: readonly Wheel[];
  /** Wheel tags for pip. */
  readonly tags: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: SetupProgress;
  /** Hash the files of a finished install too, and fetch again when one differs. */
  readonly verify?: boolean | undefined;
  /** Free bytes of the disk that holds a folder. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
}

const ANOTHER_DISK = 'Free some space, or set XDG_CACHE_HOME to a folder on a larger disk.';

interface UnpackedWheel {
  readonly wheel: { readonly name: string; readonly sha256: string };
  readonly files: readonly ManifestFile[];
}

/**
 * Fetches the wheels and unpacks what is needed of them, unless that was done before.
 *
 * Two at once: one works, the other waits and finds it done. Killed half-way: the next goes on. The folder is renamed
 * into place when complete, so nobody ever sees a part of it.
 *
 * @throws UserError for an unwritable cache, a full disk, no network, no pip, or a wrong checksum.
 */
export async function installTensorflow(job: InstallJob): Promise<TensorflowManifest> {
  await makeCache(dirname(job.folder));
  const onWait = (owner: string) => job.progress.say(`Waiting for another set-up (${owner}) ...`);
  try {
    return await withLock(`${job.folder}.lock`, onWait, async () => {
      const manifest = await finished(job);
      return manifest ?? (await fetchAndUnpack(job));
    });
  } catch (error) {
    throw isSystemError(error) ? await explainDisk(error, job) : error;
  }
}

/** What stopped an install amid its work: a disk that others filled meanwhile, that was taken away, and so on. */
async function explainDisk(error: NodeJS.ErrnoException, { folder, progress }: InstallJob): Promise<UserError> {
  progress.end();
  const { message } = (await explainWriteError(error, error.path ?? `${folder}.partial`)) as Error;
  return new UserError(message, {
    hint: `${ANOTHER_DISK} What was downloaded is kept: run the command again.`,
    cause: error,
  });
}

async function finished({ folder, verify, progress }: InstallJob): Promise<TensorflowManifest | undefined> {
  const manifest = readManifest(folder);
  if (manifest === undefined || !verify) return manifest;
  const damaged = await damagedFiles(folder, manifest);
  if (damaged.length === 0) return manifest;
  progress.say(`Fetching again: ${damaged.join(', ')} changed since it was unpacked.`);
  return undefined;
}

async function fetchAndUnpack(job: InstallJob): Promise<TensorflowManifest> {
  const staging = `${job.folder}.partial`;
  await makeFolders(staging);
  const done = await readSteps(staging);
  const left = job.wheels.filter(({ sha256 }) => !done.some(({ wheel }) => wheel.sha256 === sha256));
  announce(job, left);
  await assertSpace(job, staging, left);
  for (const wheel of left) {
    const place = job.wheels.length > 1 ? `${job.wheels.indexOf(wheel) + 1}/${job.wheels.length} ` : '';
    const archive = await fetchWheel({ ...job, wheel, folder: staging, label: `${place}${wheel.requirement}` });
    job.progress.begin(`${place}unpacking`, wheel.unpacked, 0);
    const files = await unpack(archive, staging, { keep: isKept, onProgress: job.progress.advance });
    job.progress.end();
    done.push({ wheel: { name: wheel.file, sha256: wheel.sha256 }, files });
    await writeFile(join(staging, 'steps.json.tmp'), JSON.stringify(done));
    await rename(join(staging, 'steps.json.tmp'), join(staging, 'steps.json'));
    await rm(archive, { force: true });
  }
  return putInPlace(job, staging, done);
}

function announce({ variant, folder, progress }: InstallJob, left: readonly Wheel[]): void {
  const bytes = left.reduce((total, wheel) => total + wheel.bytes, 0);
  const build = variant === 'gpu' ? 'for NVIDIA GPUs (CUDA 12)' : 'for CPUs';
  progress.say(
    `Fetching TensorFlow ${TENSORFLOW_VERSION} ${build}, once: ${formatBytes(bytes)} to download, into ${folder}`,
  );
}

async function putInPlace(
  { folder, variant }: InstallJob,
  staging: string,
  done: readonly UnpackedWheel[],
): Promise<TensorflowManifest> {
  const manifest: TensorflowManifest = {
    version: TENSORFLOW_VERSION,
    variant,
    wheels: done.map(({ wheel }) => wheel),
    files: done.flatMap(({ files }) => files),
  };
  await writeFile(join(staging, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await rm(join(staging, 'steps.json'));
  const old = `${folder}.old`;
  await rm(old, { recursive: true, force: true });
  await rename(folder, old).catch(() => {});
  await rename(staging, folder);
  await rm(old, { recursive: true, force: true });
  return manifest;
}

/** The wheels that an interrupted set-up had unpacked whole. */
async function readSteps(staging: string): Promise<UnpackedWheel[]> {
  try {
    const steps = JSON.parse(await readFile(join(staging, 'steps.json'), 'utf8')) as UnpackedWheel[];
    for (const { path, size } of steps.flatMap(({ files }) => files)) {
      if ((await stat(join(staging, path))).size !== size) return [];
    }
    return steps;
  } catch {
    return [];
  }
}

async function assertSpace(job: InstallJob, staging: string, left: readonly Wheel[]): Promise<void> {
  const unpacked = left.reduce((total, wheel) => total + wheel.unpacked, 0);
  const largest = Math.max(0, ...left.map(({ bytes }) => bytes));
  const needed = unpacked + largest - Math.min(largest, await downloadedBytes(staging));
  const free = await (job.freeBytes ?? freeBytes)(staging);
  if (free >= needed) return;
  throw new UserError(
    `TensorFlow needs ${formatBytes(needed)} in ${dirname(job.folder)}, but that disk has ${formatBytes(free)} free.`,
    { hint: ANOTHER_DISK },
  );
}

async function downloadedBytes(staging: string): Promise<number> {
  const names = (await readdir(staging)).filter((name) => /\.whl(\.part)?$/.test(name));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(staging, name))).size));
  return sizes.reduce((total, size) => total + size, 0);
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize, blocks } = await statfs(folder);
  return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
}
