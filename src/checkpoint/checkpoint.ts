import type { HostTensor } from '../runtime/host-tensor.ts';
import { UserError } from '../util/errors.ts';
import { readSafetensors } from './safetensors-read.ts';
import { writeSafetensors } from './safetensors-write.ts';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Where training stood when the state was saved. */
export interface Progress {
  /** Completed optimizer updates. */
  readonly step: number;
  /** Completed epochs. */
  readonly epoch: number;
  readonly seed: number;
  /** Identifies the settings that the state depends on; resuming under others is refused by the caller. */
  readonly configHash: string;
  /** Whatever else resuming or evaluating needs, such as the resolved configuration. */
  readonly [extra: string]: Json;
}

/** Everything that changes during training, and where training stood. */
export interface Checkpoint {
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly progress: Progress;
  /** The version of this package that wrote the file. */
  readonly toolVersion: string;
}

/** Raised when older versions could no longer read what is written. */
const FORMAT_VERSION = 1;

/**
 * Writes a checkpoint as one safetensors file: atomic, checksummed, readable by any safetensors library.
 *
 * @throws UserError when the file can't be written, for example when the disk is full.
 */
export async function writeCheckpoint(path: string, { tensors, progress, toolVersion }: Checkpoint): Promise<void> {
  await writeSafetensors(path, tensors, {
    formatVersion: String(FORMAT_VERSION),
    toolVersion,
    progress: JSON.stringify(progress),
  });
}

/**
 * Reads a checkpoint and checks all of it: header, sizes, checksum, progress.
 *
 * @throws UserError naming the file and what is wrong.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata, checked, converted } = await readSafetensors(path);
  const { formatVersion, toolVersion = 'unknown', progress } = metadata;
  if (formatVersion === undefined || progress === undefined) {
    throw new UserError(
      `Cannot read ${path}: a safetensors file, but not a checkpoint of this tool (no progress in it).`,
    );
  }
  if (Number(formatVersion) !== FORMAT_VERSION) {
    throw new UserError(`Cannot read ${path}: expected format version ${FORMAT_VERSION}, got ${formatVersion}.`, {
      hint: `It was written by version ${toolVersion} of this tool: use that version or newer.`,
    });
  }
  if (!checked) throw new UserError(`Cannot read ${path}: damaged, its checksum is missing.`);
  const [foreign] = Object.entries(converted);
  if (foreign !== undefined) {
    const [name, dtype] = foreign;
    throw new UserError(`Cannot read ${path}: tensor "${name}": expected dtype F32, I32, I64, U8, got "${dtype}".`);
  }
  return { tensors, progress: parseProgress(progress, path), toolVersion };
}

function parseProgress(json: string, path: string): Progress {
  let value: Partial<Progress> | null;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new UserError(`Cannot read ${path}: its progress is not JSON text.`, { cause });
  }
  const { step, epoch, seed, configHash } = value ?? {};
  if (isCount(step) && isCount(epoch) && Number.isSafeInteger(seed) && typeof configHash === 'string') {
    return value as Progress;
  }
  throw new UserError(
    `Cannot read ${path}: expected step, epoch, seed and configHash as progress, got ${json.slice(0, 200)}.`,
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
