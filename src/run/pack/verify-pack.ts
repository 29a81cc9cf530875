import { MANIFEST, type Manifest, readManifest } from '../../data/files/pack-manifest.ts';
import { checkShards } from '../../data/pack/output.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { UserError } from '../../util/errors.ts';
import { writeText } from '../../util/write-text.ts';
import { packJson, packText } from './pack-text.ts';

/**
 * Reads all shards of a folder, compares their checksums with the manifest, and prints what there is.
 *
 * @throws UserError where shards are damaged, missing, or not all packed yet.
 */
export async function verifyPack(
  out: string,
  options: { readonly json: boolean; readonly quiet: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const manifest = await readManifest(out);
  if (manifest === undefined) {
    throw new UserError(`expected a folder of packed shards, got ${out} without ${MANIFEST}`, {
      hint: 'Name the folder that images were packed into: cl-data pack FOLDER OUT',
      exitCode: 2,
    });
  }
  const missing = await verifyShards(out, manifest, options.quiet, options.signal);
  if (missing.length > 0 || !manifest.isComplete) {
    const what = missing.length > 0 ? `${missing.join(', ')} missing` : 'an unfinished pack';
    throw new UserError(`expected all shards in ${out}, got ${what}`, {
      hint: 'Run the command that packed them again: it makes what is missing.',
    });
  }
  if (options.json) process.stdout.write(packJson(out, manifest));
  else writeText(process.stdout, packText(out, manifest, ', verified'));
}

/** Compares the checksums of all recorded shards and returns the names of those that are gone. */
export async function verifyShards(
  out: string,
  manifest: Manifest,
  quiet: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const task = createTaskProgress(process.stderr, { quiet });
  let done = 0;
  try {
    const onShard = (): void => {
      signal.throwIfAborted();
      task.count('verifying shards', ++done, manifest.shards.length);
    };
    return (await checkShards(out, manifest, true, onShard)).map(({ file }) => file);
  } finally {
    task.stop();
  }
}
