import type { HostTensor } from '../runtime/host-tensor.ts';
import { UserError } from '../util/errors.ts';
import { formatCount } from '../util/format-count.ts';
import { quote } from '../util/shorten.ts';
import { valueEnd } from './json-entries.ts';
import { notFiniteNote } from './not-finite.ts';
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

const ANOTHER = 'Take another checkpoint of its run: `cl-doctor checkpoint DIR` says which are good.';

/** Characters of the progress, which holds all settings: a list of 100,000 classes fits. */
const LONGEST_PROGRESS = 2 ** 22;

/** How a checkpoint is read. */
export interface ReadOptions {
  /** Take NaN and infinite values as they are, to describe them; otherwise they are refused. */
  readonly allowNotFinite?: boolean | undefined;
}

/**
 * Writes a checkpoint as one safetensors file: atomic, checksummed, readable by any safetensors library.
 *
 * @throws UserError when the file can't be written, for example when the disk is full.
 */
export async function writeCheckpoint(path: string, { tensors, progress, toolVersion }: Checkpoint): Promise<void> {
  const text = JSON.stringify(progress);
  if (text.length > LONGEST_PROGRESS) throw new RangeError(`The progress has ${text.length} characters.`);
  await writeSafetensors(path, tensors, { formatVersion: String(FORMAT_VERSION), toolVersion, progress: text });
}

/**
 * Reads a checkpoint and checks all of it: header, sizes, checksum, progress, and that every value is a number.
 *
 * @throws UserError naming the file and what is wrong.
 */
export async function readCheckpoint(path: string, options: ReadOptions = {}): Promise<Checkpoint> {
  const { tensors, metadata, checked, converted } = await readSafetensors(path);
  const { formatVersion, toolVersion = 'unknown', progress } = metadata;
  if (formatVersion === undefined || progress === undefined) {
    throw new UserError(
      `Cannot read ${path}: a safetensors file, but not a checkpoint of this tool (no progress in it).`,
      { hint: '--weights FILE evaluates it; cl-train PRESET FOLDER --init FILE starts from it.' },
    );
  }
  if (Number(formatVersion) !== FORMAT_VERSION) {
    const got = quote(formatVersion).slice(1, -1);
    throw new UserError(`Cannot read ${path}: expected format version ${FORMAT_VERSION}, got ${got}.`, {
      hint: `It was written by version ${quote(toolVersion).slice(1, -1)} of this tool: use that version or newer.`,
    });
  }
  if (!checked) throw new UserError(`Cannot read ${path}: damaged, its checksum is missing.`, { hint: ANOTHER });
  const [foreign] = Object.entries(converted);
  if (foreign !== undefined) {
    const [name, dtype] = foreign;
    throw new UserError(
      `Cannot read ${path}: tensor ${quote(name)}: expected dtype F32, I32, I64, U8, got "${dtype}".`,
      { hint: ANOTHER },
    );
  }
  const notFinite = options.allowNotFinite === true ? undefined : notFiniteNote(tensors);
  if (notFinite !== undefined) {
    throw new UserError(`Cannot read ${path}: ${notFinite}.`, {
      hint: 'Training had diverged: take an earlier checkpoint. --weights FILE evaluates the values as they are.',
    });
  }
  return { tensors, progress: parseProgress(progress, path), toolVersion };
}

function parseProgress(json: string, path: string): Progress {
  const value = parseJson(json, path);
  const { step, epoch, seed, configHash } = value;
  if (isCount(step) && isCount(epoch) && Number.isSafeInteger(seed) && typeof configHash === 'string') {
    return value as Progress;
  }
  throw new UserError(
    `Cannot read ${path}: expected step, epoch, seed and configHash as progress, got ${quote(json, 200)}.`,
    { hint: ANOTHER },
  );
}

function parseJson(json: string, path: string): Partial<Progress> {
  try {
    if (json.length > LONGEST_PROGRESS) throw new RangeError(`it has ${formatCount(json.length)} characters`);
    // Parsing what lies deep in itself takes a second a megabyte.
    valueEnd(json, 0);
    return JSON.parse(json) ?? {};
  } catch (cause) {
    throw new UserError(`Cannot read ${path}: its progress is not JSON text (${(cause as Error).message}).`, {
      hint: ANOTHER,
      cause,
    });
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
