import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { explainWriteError, freeBytes } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { hashFile } from '../../util/hash-file.ts';
import { withLock } from '../../util/lock.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { nearestThere } from '../../util/nearest-there.ts';
import { isDiskFull, isSystemError } from '../../util/system-error.ts';
import { installFolder, TENSORFLOW_VERSION } from '../../util/tensorflow-folder.ts';
import { makeCache } from '../make-cache.ts';
import { assertPlatform, describeMachine, type Machine } from '../platform.ts';
import type { SetupProgress } from '../progress.ts';
import { type ArchivedFile, type Bundle, readBundle, sumBytes, TOOL, tensorflowFolder } from './bundle-manifest.ts';
import { checkParts } from './check-parts.ts';
import { finishTensorflow, tensorflowStands } from './place-tensorflow.ts';
import { assertToolPlace, finishTool } from './place-tool.ts';
import { type UnpackJob, unpackArchive } from './unpack-archive.ts';

/** What to install from where. */
export interface BundleInstall {
  /** The folder of the bundle. */
  readonly from: string;
  /** Where the tool goes; undefined to install TensorFlow alone. */
  readonly tool?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: SetupProgress;
  /** Hash the files of a TensorFlow that is there too, and install it again when one differs. */
  readonly verify?: boolean | undefined;
  readonly machine?: Machine | undefined;
}

/** What was installed. */
export interface InstalledBundle {
  readonly bundle: Bundle;
  /** Where TensorFlow lies. */
  readonly tensorflow: string;
  /** Bytes that were written; 0 where all was there. */
  readonly added: number;
}

/**
 * Installs from a bundle what is not there yet, without a network: the tool into a folder, TensorFlow into the user's
 * cache folder. Parts are checked first. Killed half-way, the next goes on; two at once wait for each other.
 *
 * @throws UserError for a folder that is no bundle, one of another platform or release, missing and damaged parts, a
 *   place that holds something else, a full disk.
 */
export async function installBundle(install: BundleInstall): Promise<InstalledBundle> {
  const { environment, progress } = install;
  const bundle = await readBundle(install.from);
  assertMachine(bundle, install.machine ?? describeMachine());
  const tool = install.tool === undefined ? undefined : resolve(install.tool);
  const folder = installFolder(bundle.tensorflow.variant, environment);
  if (tool !== undefined) await assertToolPlace(tool, bundle);
  const onWait = (owner: string): void => progress.say(`Waiting for another set-up (${owner}) ...`);
  await makeCache(dirname(folder));
  try {
    const added = await withLock(`${folder}.lock`, onWait, () => add({ ...install, tool }, bundle, folder));
    return { bundle, tensorflow: folder, added };
  } catch (error) {
    progress.end();
    if (!isSystemError(error)) throw error;
    const { message, hint } = (await explainWriteError(error, error.path ?? folder)) as UserError;
    const mend = isDiskFull(error.code) ? ELSEWHERE : (hint ?? ELSEWHERE);
    throw new UserError(message, { hint: `${mend} What was installed is kept: run the command again.`, cause: error });
  }
}

const SMALL_BYTES = 1e6;

const ELSEWHERE = 'Free some space, or name another folder; XDG_CACHE_HOME names the one for TensorFlow.';

async function add(install: BundleInstall, bundle: Bundle, folder: string): Promise<number> {
  const { from, tool, progress, verify = false } = install;
  const staging = `${folder}.from-bundle`;
  const wanted = [
    ...(tool === undefined ? [] : jobsOf(bundle, TOOL, tool)),
    ...((await tensorflowStands(bundle, folder, verify, progress))
      ? []
      : jobsOf(bundle, tensorflowFolder(bundle), staging)),
  ];
  const missing = await missingOf(wanted, progress);
  await tellOthers(folder, progress);
  if (missing.length > 0) {
    await checkParts(from, bundle, progress);
    await assertSpace(missing);
    for (const root of new Set(missing.map((job) => job.root))) await makeFolders(root);
    if (tool !== undefined) await assertToolPlace(tool, bundle, 'begin');
    const total = sumBytes(missing.map(({ file }) => file));
    progress.begin('installing', total, 0);
    const jobs = new Map(missing.map((job) => [job.file.path, job]));
    await unpackArchive(from, bundle, jobs, progress.advance);
    progress.end();
  }
  if (tool !== undefined) await finishTool(tool, bundle);
  if (wanted.some(({ root }) => root === staging)) await finishTensorflow(bundle, staging, folder);
  return sumBytes(missing.map(({ file }) => file));
}

/** Builds of other releases stay; they take gigabytes. */
async function tellOthers(folder: string, progress: SetupProgress): Promise<void> {
  const own = basename(folder).replace(/-[cg]pu$/, '-');
  const isOther = (name: string): boolean => /^tensorflow-[\d.]+-[cg]pu$/.test(name) && !name.startsWith(own);
  const others = (await readdir(dirname(folder))).filter(isOther);
  if (others.length > 0) progress.say(`${dirname(folder)} also holds ${others.join(', ')}, of other releases: unused.`);
}

function jobsOf({ files }: Bundle, name: string, root: string): UnpackJob[] {
  return files
    .filter(({ path }) => path.startsWith(`${name}/`))
    .map((file) => ({ file, root, path: join(root, file.path.slice(name.length + 1)) }));
}

/** The files that are not there, or not as they should be; those that an install before this one wrote are hashed. */
async function missingOf(jobs: readonly UnpackJob[], progress: SetupProgress): Promise<UnpackJob[]> {
  const missing: UnpackJob[] = [];
  progress.begin('looking at what is there', sumBytes(jobs.map(({ file }) => file)), 0);
  let done = 0;
  for (const job of jobs) {
    if (!(await isThere(job.path, job.file))) missing.push(job);
    done += job.file.size;
    progress.advance(done);
  }
  progress.end();
  return missing;
}

async function isThere(path: string, { size, sha256, executable }: ArchivedFile): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size !== size || (executable && (found.mode & 0o100) === 0)) return false;
  return (await hashOf(path, size).catch(() => '')) === sha256;
}

/** Most files are small: read at once they take a third of the time. */
async function hashOf(path: string, size: number): Promise<string> {
  if (size > SMALL_BYTES) return hashFile(path);
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

function assertMachine(bundle: Bundle, machine: Machine): void {
  const { platform, architecture, tensorflow } = bundle;
  if (platform !== machine.platform || architecture !== machine.arch) {
    throw new UserError(
      `The bundle is for ${platform} ${architecture}, but this machine is ${machine.platform} ${machine.arch}.`,
      { hint: 'Make one on a machine of this kind: cl-doctor --bundle DIR.' },
    );
  }
  assertPlatform(machine);
  if (tensorflow.version === TENSORFLOW_VERSION) return;
  throw new UserError(
    `The bundle has TensorFlow ${tensorflow.version}, but this release of cl-train uses ${TENSORFLOW_VERSION}.`,
    { hint: "Use the bundle's own install.mjs, which installs its cl-train too, or make a bundle with this release." },
  );
}

/** Asks each disk once for all that goes there. */
async function assertSpace(jobs: readonly UnpackJob[]): Promise<void> {
  const disks = new Map<number, { place: string; needed: number }>();
  for (const { root, file } of jobs) {
    const { at: place, found } = await nearestThere(root);
    const { dev } = found;
    const disk = disks.get(dev) ?? { place, needed: 0 };
    disks.set(dev, { ...disk, needed: disk.needed + file.size });
  }
  for (const { place, needed } of disks.values()) {
    const free = await freeBytes(join(place, 'x'));
    if (free === undefined || free >= needed) continue;
    throw new UserError(
      `The bundle needs ${formatBytes(needed)} in ${place}, but that disk has ${formatBytes(free)} free.`,
      { hint: ELSEWHERE },
    );
  }
}
