import { rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DataConfig } from '../../config/run-config.ts';
import { MANIFEST, type Manifest } from '../../data/files/pack-manifest.ts';
import { assertOutside, checkShards, openOutput, PACK_LOCK } from '../../data/pack/output.ts';
import type { PackSettings } from '../../data/pack/pack-settings.ts';
import { beginManifest, estimateBytes, packedImages, packShards } from '../../data/pack/pack-shards.ts';
import { createPackers, type Packers } from '../../data/pack/packers.ts';
import { createRateProgress, type RateProgress } from '../../report/rate-progress.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { freeBytes } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { nearestThere } from '../../util/nearest-there.ts';
import { tell } from '../../util/notices.ts';
import { terminalText } from '../../util/terminal-text.ts';
import { writeText } from '../../util/write-text.ts';
import { checkPlace } from '../folder/check-place.ts';
import { withOutput } from '../folder/output-lock.ts';
import { decodingOf } from '../images/decoding.ts';
import type { OpenedSplits } from '../images/open-splits.ts';
import { openPackedSplits } from './pack-splits.ts';
import { packJson, packText } from './pack-text.ts';
import { verifyShards } from './verify-pack.ts';

export interface PackRunOptions {
  /** The folder of the shards. */
  readonly out: string;
  readonly settings: PackSettings;
  /** Names of the splits to pack; undefined: all that are found. */
  readonly splits: readonly string[] | undefined;
  /** Reads all finished shards and compares their checksums before anything else. */
  readonly verify: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** Bad images that are told one by one. */
const MOST_TOLD = 10;

/**
 * Packs the images that settings name into tar shards, or goes on where an earlier call was stopped, and prints what
 * there is.
 *
 * @throws UserError for what a user can mend; the signal's reason when it is stopped.
 */
export async function packImages(data: DataConfig, options: PackRunOptions): Promise<void> {
  const { out, settings, quiet } = options;
  for (const path of [data.path, data.test ?? '']) if (path.startsWith('/')) await assertOutside(out, path);
  await checkPlace(resolve(out), { what: 'a folder for shards', hint: 'Name another folder.' });
  const images = await openPackedSplits(data, options.splits, options.signal);
  const packers = createPackers(decodingOf(data).workers, settings);
  const task = createTaskProgress(process.stderr, { quiet });
  try {
    if (options.dryRun) return await tellPlan(images, packers, options);
    tell(images.description);
    task.say('looking at the images');
    const wanted = await beginManifest(images.splits, settings);
    const begun = await openOutput(out, wanted);
    const isDone = begun.isComplete && (await checkShards(out, begun, false)).length === 0;
    task.stop();
    if (options.verify) await verifyShards(out, begun, quiet, options.signal);
    const manifest = isDone
      ? begun
      : await withShards(options, () => packMissing(data, images, wanted, packers, options));
    const remark = isDone ? `, packed before${options.verify ? ' and verified' : ''}` : '';
    if (options.json) process.stdout.write(packJson(out, manifest));
    else writeText(process.stdout, packText(out, manifest, remark));
  } finally {
    task.stop();
    await packers.close();
    await images.close();
  }
}

async function tellPlan(
  { description, splits }: OpenedSplits,
  packers: Packers,
  { json, settings }: PackRunOptions,
): Promise<void> {
  const plan: { name: string; images: number; bytes: number }[] = [];
  for (const { name, source } of splits) {
    plan.push({ name, images: source.count, bytes: await estimateBytes(source, packers) });
  }
  const lines = plan.map(
    ({ name, images, bytes }) =>
      `${name}: ${formatPlural(images, 'image')}, about ${formatBytes(bytes)} in ${formatPlural(Math.max(1, Math.ceil(bytes / settings.shardBytes)), 'shard')}`,
  );
  if (json) process.stdout.write(`${JSON.stringify({ splits: plan }, null, 2)}\n`);
  else writeText(process.stdout, `${[description, ...lines].map(terminalText).join('\n')}\n`);
}

async function assertFits({ splits }: OpenedSplits, begun: Manifest, packers: Packers, out: string): Promise<void> {
  let needed = 0;
  for (const { name, source } of splits) {
    const share = source.count === 0 ? 0 : 1 - packedImages(begun, name) / source.count;
    if (share > 0) needed += share * (await estimateBytes(source, packers));
  }
  const free = await freeBytes(join((await nearestThere(resolve(out))).at, 'x'));
  if (free === undefined || free >= needed) return;
  throw new UserError(
    `expected room for about ${formatBytes(needed)} of shards in ${out}, got ${formatBytes(free)} free`,
    {
      hint: 'Free some space, choose another folder, or pack smaller: --size, --quality.',
    },
  );
}

/** Runs `work` while this process alone packs into the folder, which is made where it is missing. */
async function withShards<T>({ out, signal }: PackRunOptions, work: () => Promise<T>): Promise<T> {
  const lock = join(out, PACK_LOCK);
  const isNew = (await makeFolders(out)) !== undefined;
  try {
    return await withOutput({ output: out, lock, elsewhere: 'name another folder', onWatch: tell, signal }, work);
  } finally {
    // Nothing is left of a folder that nothing came into.
    if (isNew) await rmdir(out).catch(() => {});
  }
}

async function packMissing(
  data: DataConfig,
  images: OpenedSplits,
  wanted: Manifest,
  packers: Packers,
  options: PackRunOptions,
): Promise<Manifest> {
  const { out, quiet } = options;
  // Looked at anew: another process may have packed more until this one owned the folder.
  const begun = await openOutput(out, wanted);
  const missing = await checkShards(out, begun, false);
  await assertFits(images, begun, packers, out);
  const before = images.splits.reduce((sum, { name }) => sum + packedImages(begun, name), 0);
  const again = missing.reduce((sum, { first, next }) => sum + next - first, 0);
  const total = images.splits.reduce((sum, { source }) => sum + source.count, 0);
  let kept = before - again;
  let done = kept;
  if (before > 0) {
    const shards = formatPlural(begun.shards.length - missing.length, 'shard');
    tell(`there already: ${shards} with ${formatCount(kept)} of ${formatPlural(total, 'image')}`);
  }
  const progress = createRateProgress(process.stderr, { quiet, noun: 'images', total, done });
  if (!quiet) images.tellOutages((message) => progress.note(`warning: ${message}`));
  const tellBad = createBadTeller(progress);
  try {
    return await packShards({
      folder: out,
      splits: images.splits,
      settings: options.settings,
      manifest: begun,
      missing,
      packers,
      maxBadShare: data.maxBadShare,
      signal: options.signal,
      onImage: () => progress.update(++done),
      onBad: tellBad,
      onShard({ file, first, next, images: count, bytes }) {
        kept += next - first;
        progress.note(`${file}: ${formatPlural(count, 'image')}, ${formatBytes(bytes)}`);
      },
    });
  } catch (error) {
    if (options.signal.aborted && !quiet) {
      progress.note(
        `stopped with ${formatCount(kept)} of ${formatPlural(total, 'image')} packed; the same command goes on`,
      );
    }
    throw error;
  } finally {
    progress.stop();
  }
}

function createBadTeller({ note }: RateProgress): (bad: { readonly name: string; readonly reason: string }) => void {
  let count = 0;
  return ({ name, reason }) => {
    count++;
    if (count <= MOST_TOLD) note(`warning: left out ${name}, which ${reason}`);
    if (count === MOST_TOLD + 1) note(`warning: more bad images are only listed in ${MANIFEST}`);
  };
}
