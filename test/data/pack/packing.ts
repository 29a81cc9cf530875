import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { DatasetOptions } from '../../../src/data/dataset/dataset.ts';
import { type Manifest, readManifest } from '../../../src/data/files/pack-manifest.ts';
import { checkShards, openOutput } from '../../../src/data/pack/output.ts';
import type { PackSettings } from '../../../src/data/pack/pack-settings.ts';
import { beginManifest, type PackSplit, packShards } from '../../../src/data/pack/pack-shards.ts';
import { createPackers } from '../../../src/data/pack/packers.ts';
import { UserError } from '../../../src/util/errors.ts';
import { openForTest } from '../fixture-sources.ts';

export const SETTINGS: PackSettings = {
  size: 256,
  format: 'raw',
  quality: 95,
  shardBytes: 22_000,
  shuffleSeed: 0,
  hasNames: false,
};

export interface Packing {
  readonly settings?: Partial<PackSettings>;
  readonly dataset?: DatasetOptions;
  readonly workers?: number;
  readonly maxBadShare?: number;
  readonly signal?: AbortSignal;
  readonly onShard?: (file: string) => void;
}

/** Packs the training images, and the test images where there are any, as `cl-data pack` does. */
export async function packFolder(path: string, folder: string, packing: Packing = {}): Promise<Manifest> {
  const { train, test } = await openForTest(path, packing.dataset);
  const splits: PackSplit[] = [{ name: 'train', source: train }, ...(test ? [{ name: 'test', source: test }] : [])];
  const settings = { ...SETTINGS, ...packing.settings };
  const manifest = await openOutput(folder, await beginManifest(splits, settings));
  const packers = createPackers(packing.workers ?? 2, settings);
  onTestFinished(() => packers.close());
  return packShards({
    folder,
    splits,
    settings,
    manifest,
    missing: await checkShards(folder, manifest, false),
    packers,
    maxBadShare: packing.maxBadShare ?? 0.01,
    signal: packing.signal ?? new AbortController().signal,
    onImage: () => {},
    onBad: () => {},
    onShard: ({ file }) => packing.onShard?.(file),
  });
}

/** All files of a folder, also hidden ones, with their bytes. */
export function filesOf(folder: string): Record<string, string> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]));
}

/** The message and the hint of a UserError, with OUT for the folder. */
export async function refusal(work: Promise<unknown>, folder: string): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  const { message, hint } = error as UserError;
  return `${message} | ${hint}`.replaceAll(folder, 'OUT');
}

/** The manifest that must be there. */
export async function manifestIn(folder: string): Promise<Manifest> {
  return (await readManifest(folder)) as Manifest;
}
