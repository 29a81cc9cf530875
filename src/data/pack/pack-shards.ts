import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { spreadEvenly } from '../../util/spread-evenly.ts';
import { type Manifest, type ShardRecord, writeManifest } from '../files/pack-manifest.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { describeImageSupport } from '../pixels/image-support.ts';
import { type SkippedImage, trackBadImages } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { fingerprintSource } from './fingerprint-source.ts';
import { removeTemporaries } from './output.ts';
import type { PackSettings } from './pack-settings.ts';
import type { Packers } from './packers.ts';
import { createSampleCursor, packOrder } from './sample-cursor.ts';
import { writeShard } from './shard.ts';

/** The images of a split under the name that its shards get. */
export interface PackSplit {
  readonly name: string;
  readonly source: ImageSource;
}

function describeSettings(settings: PackSettings): Readonly<Record<string, string>> {
  const { sharp, libvips } = describeImageSupport();
  return {
    size: String(settings.size),
    resize: 'bicubic',
    format: settings.format,
    ...(settings.format === 'jpeg' && { quality: String(settings.quality), chroma: '4:4:4' }),
    shardBytes: String(settings.shardBytes),
    order: settings.shuffleSeed === undefined ? 'of the images' : `shuffled by seed ${settings.shuffleSeed}`,
    names: settings.hasNames ? 'yes' : 'no',
    coder: `sharp ${sharp} with libvips ${libvips}`,
  };
}

/** The manifest of a pack that is to begin. */
export async function beginManifest(splits: readonly PackSplit[], settings: PackSettings): Promise<Manifest> {
  const records: Manifest['splits'][number][] = [];
  for (const { name, source } of splits) {
    records.push({ name, images: source.count, fingerprint: await fingerprintSource(source) });
  }
  const classes = splits.find(({ source }) => source.labels !== undefined)?.source.classes ?? [];
  return { isComplete: false, settings: describeSettings(settings), classes, splits: records, shards: [] };
}

/** Images of each split that are packed to learn how large all will be. */
const PROBES = 32;

/** About how many bytes the shards of a split will take, from images spread evenly over it. */
export async function estimateBytes(source: ImageSource, packers: Packers): Promise<number> {
  const sizes = await Promise.all(
    Array.from(spreadEvenly(source.count, PROBES), async (index) => {
      try {
        return [(await packers.pack(source, index)).length];
      } catch (error) {
        if (error instanceof DecodeProblem) return [];
        throw error;
      }
    }),
  );
  const good = sizes.flat();
  const sum = good.reduce((total, size) => total + size, 0);
  return good.length === 0 ? 0 : Math.round((sum / good.length) * source.count);
}

/** Images of a split that finished shards have dealt with. */
export function packedImages({ shards }: Manifest, split: string): number {
  return Math.max(0, ...shards.filter((shard) => shard.split === split).map(({ next }) => next));
}

export interface PackOptions {
  readonly folder: string;
  readonly splits: readonly PackSplit[];
  readonly settings: PackSettings;
  /** What has been packed already. */
  readonly manifest: Manifest;
  /** Recorded shards that are to be made anew. */
  readonly missing: readonly ShardRecord[];
  readonly packers: Packers;
  /** Share of bad images of a split from which packing fails. */
  readonly maxBadShare: number;
  readonly signal: AbortSignal;
  readonly onImage: () => void;
  readonly onBad: (skipped: SkippedImage) => void;
  readonly onShard: (shard: ShardRecord) => void;
}

/**
 * Packs what is not packed yet, shard by shard, and returns the complete manifest. Each finished shard is recorded, so
 * that a later call goes on behind it; the bytes depend on images and settings alone.
 *
 * @throws UserError where too many images are bad, a shard can't be written, or a missing one comes out differently;
 * the signal's reason when it is stopped.
 */
export async function packShards(options: PackOptions): Promise<Manifest> {
  const { folder } = options;
  await makeFolders(folder);
  await removeTemporaries(folder);
  let { manifest } = options;
  await writeManifest(folder, manifest);
  for (const split of options.splits) manifest = await packSplit(split, manifest, options);
  manifest = { ...manifest, isComplete: true };
  await writeManifest(folder, manifest);
  return manifest;
}

async function packSplit({ name, source }: PackSplit, begun: Manifest, options: PackOptions): Promise<Manifest> {
  const { folder, settings, signal, packers } = options;
  const known = begun.shards.filter((shard) => shard.split === name);
  const skipped = new Map(known.flatMap((shard) => shard.skipped.map((image) => [image.index, image] as const)));
  const bad = trackBadImages(source, options.maxBadShare, (image) => {
    if (skipped.has(image.index)) return;
    skipped.set(image.index, image);
    options.onBad(image);
  });
  for (const { index, reason } of skipped.values()) bad.note(index, new DecodeProblem(reason));
  const order = packOrder(source.count, settings.shuffleSeed);
  const cursorOf = (first: number, end: number) =>
    createSampleCursor({ source, order, first, end, bad, packers, signal });
  const base = {
    folder,
    split: name,
    skippedImage: (index: number) => skipped.get(index) as SkippedImage,
    onImage: options.onImage,
  };

  for (const record of options.missing.filter((shard) => shard.split === name)) {
    const { first, next, file } = record;
    const cursor = cursorOf(first, next);
    try {
      const again = await writeShard({ ...base, file, first, cursor, mostBytes: Number.POSITIVE_INFINITY });
      if (again.sha256 !== record.sha256) {
        await rm(join(folder, file));
        throw new UserError(`expected ${file} to come out as before, got other bytes`, {
          hint: 'The images have changed since it was packed: pack all of them into another folder.',
        });
      }
      options.onShard(again);
    } finally {
      await cursor.close();
    }
  }

  let manifest = begun;
  const from = packedImages(begun, name);
  const cursor = cursorOf(from, source.count);
  try {
    for (let number = known.length, first = from; (await cursor.peek()) !== undefined; number++) {
      const file = `${name}-${String(number).padStart(6, '0')}.tar`;
      const shard = await writeShard({ ...base, file, first, cursor, mostBytes: settings.shardBytes });
      manifest = { ...manifest, shards: [...manifest.shards, shard] };
      await writeManifest(folder, manifest);
      first = shard.next;
      options.onShard(shard);
    }
  } finally {
    await cursor.close();
  }
  return manifest;
}
