import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../util/errors.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { formatPlural } from '../util/format-count.ts';
import { cacheFolder, locateTensorflow, readManifest, TENSORFLOW_VERSION } from '../util/tensorflow-folder.ts';
import { damagedFiles } from './damaged-files.ts';
import { type Finding, fine } from './finding.ts';

/** The cache folder, and the TensorFlow that a run would load; with `verify` its files are hashed too. */
export async function inspectTensorflow(verify: boolean, environment = process.env): Promise<Finding[]> {
  return [inspectCache(environment), await inspectLibrary(verify, environment)];
}

function inspectCache(environment: NodeJS.ProcessEnv): Finding {
  const folder = cacheFolder(environment);
  let nearest = folder;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  const { bavail, bsize } = statfsSync(nearest);
  return fine('Cache', `${folder}, ${formatBytes(bavail * bsize)} free`);
}

async function inspectLibrary(verify: boolean, environment: NodeJS.ProcessEnv): Promise<Finding> {
  const name = 'TensorFlow';
  try {
    const { folder, version, variant } = locateTensorflow(environment);
    const found = `${version} (${variant}) in ${folder}`;
    if (variant === 'user') return judgeVersion(version, found);
    const manifest = verify ? readManifest(dirname(folder)) : undefined;
    if (manifest === undefined) return fine(name, found);
    const damaged = await damagedFiles(dirname(folder), manifest);
    if (damaged.length === 0) return fine(name, `${found}; ${formatPlural(manifest.files.length, 'file')} verified`);
    const hint = 'Run `cl-doctor --install --verify` to fetch it again.';
    return { name, status: 'broken', found: `${found}; damaged: ${damaged.join(', ')}`, hint };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, status: 'broken', found: error.message, hint: error.hint ?? '' };
  }
}

function judgeVersion(version: string, found: string): Finding {
  if (version === TENSORFLOW_VERSION || version === 'unknown') return fine('TensorFlow', found);
  const hint = `Tested with ${TENSORFLOW_VERSION}: unset CL_TENSORFLOW to use that.`;
  return { name: 'TensorFlow', status: 'warning', found, hint };
}
