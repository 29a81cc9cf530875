import { promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import type { SkippedImage } from '../sources/bad-images.ts';

/** The name of the manifest beside the shards. */
export const MANIFEST = 'pack.json';

const VERSION = 'cl-data pack 1';

/** Bytes; a million images in shards of a hundred, half of them bad, need less. */
const LARGEST_MANIFEST = 2 ** 28;

/** A finished shard. */
export interface ShardRecord {
  readonly file: string;
  readonly split: string;
  /** Its part of the split's order: from here to before `next`. */
  readonly first: number;
  readonly next: number;
  /** Images in it, which are fewer than its part where some are bad. */
  readonly images: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly skipped: readonly SkippedImage[];
}

/** What a split's images are, for noticing that they have changed. */
export interface SplitRecord {
  readonly name: string;
  /** Images of the source. */
  readonly images: number;
  readonly fingerprint: string;
}

/** What a folder of shards holds and how it was made. */
export interface Manifest {
  readonly isComplete: boolean;
  /** What shapes the bytes of the shards, as text. */
  readonly settings: Readonly<Record<string, string>>;
  /** Class names in the order of their indices; empty without labels. */
  readonly classes: readonly string[];
  readonly splits: readonly SplitRecord[];
  readonly shards: readonly ShardRecord[];
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isListOf = <T>(value: unknown, is: (item: unknown) => item is T): value is T[] =>
  Array.isArray(value) && value.every(is);

const isSkipped = (value: unknown): value is SkippedImage =>
  isFields(value) && isCount(value['index']) && isText(value['name']) && isText(value['reason']);
const isSplit = (value: unknown): value is SplitRecord =>
  isFields(value) && isText(value['name']) && isCount(value['images']) && isText(value['fingerprint']);
const isShard = (value: unknown): value is ShardRecord =>
  isFields(value) &&
  // A name alone: a manifest must not lead to files elsewhere.
  /^[a-z]+-\d+\.tar$/.test(String(value['file'])) &&
  isText(value['split']) &&
  ['first', 'next', 'images', 'bytes'].every((key) => isCount(value[key])) &&
  isText(value['sha256']) &&
  isListOf(value['skipped'], isSkipped);

function parseManifest(text: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isFields(value) || value['version'] !== VERSION) return undefined;
  const { complete, settings, classes, splits, shards } = value;
  const isWhole = typeof complete === 'boolean' && isFields(settings) && isListOf(Object.values(settings), isText);
  if (!isWhole || !isListOf(classes, isText) || !isListOf(splits, isSplit) || !isListOf(shards, isShard)) {
    return undefined;
  }
  return { isComplete: complete, settings: settings as Manifest['settings'], classes, splits, shards };
}

/**
 * The manifest in a folder; undefined where there is none.
 *
 * @throws UserError (exit code 2) for one that is damaged or of another tool.
 */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  const path = join(folder, MANIFEST);
  const found = await fs.stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  const isReadable = found.isFile() && found.size <= LARGEST_MANIFEST;
  const manifest = isReadable ? parseManifest(await fs.readFile(path, 'utf8')) : undefined;
  if (manifest !== undefined) return manifest;
  throw new UserError(`expected a manifest of cl-data pack, got another or a damaged file: ${path}`, {
    hint: 'Name a new folder, or delete this one if its shards can go.',
    exitCode: 2,
  });
}

/** The manifest beside shards that are to be read, where there is a good one that lists them all. */
export async function manifestOfShards(paths: readonly string[]): Promise<Manifest | undefined> {
  const [folder = '', ...others] = new Set(paths.map((path) => dirname(path)));
  const manifest = others.length === 0 ? await readManifest(folder).catch(() => undefined) : undefined;
  const known = new Set(manifest?.shards.map(({ file }) => file));
  return paths.every((path) => known.has(basename(path))) ? manifest : undefined;
}

/** Writes the manifest, whole or not at all. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const { isComplete: complete, ...rest } = manifest;
  await writeFileAtomic(
    join(folder, MANIFEST),
    `${JSON.stringify({ version: VERSION, complete, ...rest }, null, 2)}\n`,
  );
}
