import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explainWriteError, freeBytes, writeFileAtomic } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { withLock } from '../../util/lock.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { packageVersion } from '../../util/package-info.ts';
import { isSystemError } from '../../util/system-error.ts';
import { installFolder, readManifest, TENSORFLOW_VERSION } from '../../util/tensorflow-folder.ts';
import { ensureTensorflow } from '../ensure.ts';
import type { SetupProgress } from '../progress.ts';
import { PACKAGE_ROOT, tensorflowFiles, toolFiles } from './bundle-contents.ts';
import {
  BUNDLE_FILE,
  type Bundle,
  type BundledFile,
  formatBundle,
  readBundle,
  sumBytes,
  tensorflowFolder,
} from './bundle-manifest.ts';
import { readmeText } from './bundle-readme.ts';
import { installerFiles } from './installer-files.ts';
import { listPlace } from './list-place.ts';
import { isPartName } from './part-writer.ts';
import { writeArchive } from './write-archive.ts';

/** What to bundle, and where. */
export interface BundleJob {
  readonly folder: string;
  readonly variant: 'cpu' | 'gpu';
  /** The most bytes of a part. */
  readonly partBytes: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: SetupProgress;
}

/** The folder inside that of a bundle where it is made; what is in it is not complete. */
const UNFINISHED = 'unfinished';
const LOCK = '.bundle.lock';
const INSTALLER = 'installer';

/** Of the bytes that go in, those that come out, rounded up: 19 % with the CPU build, 44 % with that for GPUs. */
const PACKED_SHARE = { cpu: 0.25, gpu: 0.5 };

/**
 * Writes a bundle: the tool, the packages that it needs and a TensorFlow, which is fetched first unless it is there, as
 * parts with checksums, beside the script that installs them without a network.
 *
 * @returns what was bundled.
 * @throws UserError where the folder holds anything else, a bundle too; on a full disk; where the tool is not compiled.
 */
export async function writeBundle(job: BundleJob): Promise<Bundle> {
  const { folder, variant, progress } = job;
  await assertPlace(folder);
  await ensureTensorflow({ environment: { ...job.environment, CL_TENSORFLOW: variant }, progress });
  try {
    await makeFolders(folder);
    const onWait = (owner: string): void => progress.say(`Waiting for another one that writes here (${owner}) ...`);
    return await withLock(join(folder, LOCK), onWait, async () => {
      await assertPlace(folder);
      return await write(job);
    });
  } catch (error) {
    progress.end();
    if (!isSystemError(error)) throw error;
    const { message, hint } = (await explainWriteError(error, error.path ?? join(folder, UNFINISHED))) as UserError;
    throw new UserError(message, { hint: `${hint} Then run the command again: it begins anew.`, cause: error });
  }
}

/** A place may be new or empty, or hold what was left of a bundle that was not finished. */
async function assertPlace(folder: string): Promise<void> {
  const names = await listPlace(folder, '--bundle: expected a folder, new or empty');
  if (names.includes(BUNDLE_FILE)) {
    const { version, tensorflow } = await readBundle(folder);
    throw new UserError(
      `${folder} holds a bundle already: cl-train ${version} with TensorFlow ${tensorflow.version} (${tensorflow.variant}). Nothing was written.`,
      { hint: `Name another folder, or remove this one first: rm -r ${folder}`, exitCode: 2 },
    );
  }
  const strange = names.filter(
    (name) => name !== LOCK && !name.startsWith(`${LOCK}.`) && !name.startsWith(`.${LOCK}.`),
  );
  if (strange.length > 0 && !names.includes(UNFINISHED)) {
    throw new UserError(`--bundle: expected a new or empty folder, got ${folder}, which holds ${strange[0]}`, {
      hint: 'Name another folder.',
      exitCode: 2,
    });
  }
}

async function write(job: BundleJob): Promise<Bundle> {
  const { folder, variant, partBytes, progress } = job;
  await removeUnfinished(folder, progress);
  const source = installFolder(variant, job.environment);
  const manifest = readManifest(source);
  if (manifest === undefined) throw new Error(`${source} is not whole although it was fetched`);
  const tensorflow = { version: TENSORFLOW_VERSION, variant };
  const library = tensorflowFiles(source, tensorflowFolder({ tensorflow }), manifest);
  const sources = [...(await toolFiles()), ...library.files];
  await assertSpace(folder, PACKED_SHARE[variant] * sumBytes(sources));
  const staging = join(folder, UNFINISHED);
  await makeFolders(staging);
  const total = sumBytes(sources);
  progress.begin('bundling', total, 0);
  const { parts, files } = await writeArchive(sources, { folder: staging, partBytes, onProgress: progress.advance });
  progress.end();
  const installer = await writeInstaller(staging);
  const { platform, arch: architecture } = process;
  const { leftOut } = library;
  const bundle: Bundle = {
    version: packageVersion(),
    tensorflow,
    platform,
    architecture,
    parts,
    installer,
    files,
    leftOut,
  };
  await writeFile(join(staging, 'README.txt'), readmeText(bundle));
  for (const name of await readdir(staging)) await rename(join(staging, name), join(folder, name));
  await writeFileAtomic(join(folder, BUNDLE_FILE), formatBundle(bundle));
  await rm(staging, { recursive: true });
  return bundle;
}

/** Beside a folder of what is unfinished, what has the names of a bundle's files is unfinished too. */
async function removeUnfinished(folder: string, progress: SetupProgress): Promise<void> {
  const names = await readdir(folder);
  if (!names.includes(UNFINISHED)) return;
  progress.say(`${folder} holds a bundle that was not finished: it is made anew.`);
  const own = ['README.txt', 'install.mjs', INSTALLER];
  const left = names.filter((name) => own.includes(name) || isPartName(name));
  for (const name of [...left, UNFINISHED]) await rm(join(folder, name), { recursive: true });
}

async function writeInstaller(staging: string): Promise<BundledFile[]> {
  const written: BundledFile[] = [];
  for (const [path, content] of await installerFiles()) {
    const place = join(staging, INSTALLER, path);
    await makeFolders(dirname(place));
    await writeFile(place, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    written.push({ path: `${INSTALLER}/${path}`, size: content.length, sha256 });
  }
  await writeFile(join(staging, 'install.mjs'), await readFile(join(PACKAGE_ROOT, 'setup/install-bundle.mjs')));
  return written;
}

async function assertSpace(folder: string, needed: number): Promise<void> {
  const free = await freeBytes(join(folder, UNFINISHED));
  if (free === undefined || free >= needed) return;
  throw new UserError(
    `A bundle needs about ${formatBytes(needed)} in ${folder}, but that disk has ${formatBytes(free)} free.`,
    { hint: 'Free some space, or name a folder on a larger disk.' },
  );
}
