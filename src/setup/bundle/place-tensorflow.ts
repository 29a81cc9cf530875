import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { readManifest } from '../../util/tensorflow-folder.ts';
import { damagedFiles } from '../damaged-files.ts';
import type { SetupProgress } from '../progress.ts';
import { type Bundle, tensorflowFolder } from './bundle-manifest.ts';

/** Processors in names of wheels, by Node's names. */
const IN_WHEELS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/**
 * Whether the build of a bundle is installed already, whole.
 *
 * @throws UserError where the folder has it for another processor, as a home folder that several machines share may.
 */
export async function tensorflowStands(
  { architecture }: Bundle,
  folder: string,
  verify: boolean,
  progress: SetupProgress,
): Promise<boolean> {
  const manifest = readManifest(folder);
  if (manifest === undefined) return false;
  const wheel = manifest.wheels[0]?.name ?? '';
  const [other] = Object.entries(IN_WHEELS).filter(([name, word]) => name !== architecture && wheel.includes(word));
  if (other !== undefined) {
    throw new UserError(`${folder} holds TensorFlow for ${other[0]}, but this machine is ${architecture}.`, {
      hint: 'Set XDG_CACHE_HOME to a folder for machines of this kind.',
    });
  }
  if (!verify) return true;
  const damaged = await damagedFiles(folder, manifest);
  if (damaged.length === 0) return true;
  progress.say(`Installing again: ${damaged.join(', ')} changed since it was installed.`);
  return false;
}

/** Moves a TensorFlow that is whole into its place, where others find it; what was there goes. */
export async function finishTensorflow(bundle: Bundle, staging: string, folder: string): Promise<void> {
  const name = tensorflowFolder(bundle);
  const wanted = new Set(bundle.files.map(({ path }) => path));
  // An install from another bundle may have been killed here.
  const entries = await readdir(staging, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => !each.isDirectory())) {
    const path = join(entry.parentPath, entry.name);
    if (!wanted.has(`${name}${path.slice(staging.length)}`)) await rm(path);
  }
  const old = `${folder}.old`;
  await rm(old, { recursive: true, force: true });
  await rename(folder, old).catch(() => {});
  await rename(staging, folder);
  await rm(old, { recursive: true, force: true });
}
