import { existsSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { notFiniteNote } from '../../checkpoint/not-finite.ts';
import { readSafetensors } from '../../checkpoint/safetensors-read.ts';
import { type Bytes, openFile } from '../../data/files/bytes.ts';
import { nearestPath } from '../../data/files/nearest-path.ts';
import { indexZip, isZip, ZipProblem } from '../../data/files/zip-index.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import { localPath } from '../../util/foreign-path.ts';
import { formatPlural } from '../../util/format-count.ts';
import { readTorchFile } from '../torch/torch-file.ts';
import { type ForeignFile, foreignFile, foreignZip, READABLE } from './foreign-weights.ts';
import { addressHint, nameHint } from './weights-address.ts';
import { weightsInFolder } from './weights-folder.ts';

/** Named tensors of a file, whatever tool wrote it. */
export interface WeightsFile {
  readonly path: string;
  /** A checkpoint of a run, an export of this tool, safetensors of others, or PyTorch's zip format. */
  readonly kind: 'checkpoint' | 'export' | 'safetensors' | 'torch';
  /** How filters and matrices are arranged: `tensorflow` in checkpoints of runs, `torch` elsewhere. */
  readonly layout: 'tensorflow' | 'torch';
  /** By their names in the file; keys of nested dictionaries are joined by dots. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** What a user should know, such as float16 that was read as float32, or values that are not numbers. */
  readonly notes: readonly string[];
}

/** A checkpoint that was read already, as a file of weights; the settings of its run are in its progress. */
export function weightsOfCheckpoint(path: string, { tensors, progress }: Checkpoint): WeightsFile {
  const metadata = { progress: JSON.stringify(progress) };
  return { path, kind: 'checkpoint', layout: 'tensorflow', tensors, metadata, notes: [] };
}

/** Bytes of a file's beginning and end that tell what it is. */
const HEAD = 4096;
const TAIL = 64;

/**
 * Reads the tensors of a file, or of the one file in a folder: a checkpoint of a run, an export, safetensors, or
 * PyTorch's zip format. Its content decides, not its name. Nothing in it is executed, and its size bounds the memory.
 *
 * @throws UserError (exit code 2) for anything else, which says what the file is and what to do.
 */
export async function readWeights(path: string): Promise<WeightsFile> {
  const file = findFile(path);
  const kind = await kindOf(file);
  const read = await (kind === 'safetensors' ? readOthers(file) : readTorch(file));
  if (Object.keys(read.tensors).length === 0) {
    throw new UserError(`Cannot read ${file}: it holds no tensors.`, { hint: READABLE, exitCode: 2 });
  }
  const notFinite = notFiniteNote(read.tensors);
  return notFinite === undefined ? read : { ...read, notes: [...read.notes, notFinite] };
}

/** The file that a user names, out of a folder where it is one. */
function findFile(named: string): string {
  const fail = (got: string, hint: string): UserError =>
    new UserError(`expected a file of weights, got ${got} ${named}`, { hint, exitCode: 2 });
  const address = existsSync(named) ? undefined : addressHint(named);
  if (address !== undefined) throw fail('the address', address);
  const path = localPath(named);
  if (existsSync(path)) return statSync(path).isDirectory() ? weightsInFolder(path) : path;
  const link = linkTarget(path);
  if (link !== undefined) {
    throw fail('a link to nothing,', `It leads to ${resolve(dirname(path), link)}, which does not exist.`);
  }
  const near = nearestPath(path);
  throw fail('nothing at', nameHint(path) ?? (near === undefined ? READABLE : `Did you mean ${near}?`));
}

/** Where a symbolic link leads; undefined for anything else, and for nothing. */
function linkTarget(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}

/** How a file is to be read, by its content. */
async function kindOf(path: string): Promise<'safetensors' | 'torch'> {
  const bytes = await openFile(path);
  try {
    const head = Buffer.from(await bytes.readAt(0, HEAD));
    if (isSafetensors(head)) return 'safetensors';
    const foreign = isZip(head) ? await zipKind(bytes, path) : await otherKind(bytes, head, path);
    if (foreign === undefined) return 'torch';
    throw new UserError(`Cannot read ${path}: it is ${foreign.what}.`, { hint: foreign.hint, exitCode: 2 });
  } finally {
    await bytes.close();
  }
}

/** Eight bytes of the header's length, below 2^32 of them, and its first brace. */
const isSafetensors = (head: Buffer): boolean => head.length >= 9 && head.readUInt32LE(4) === 0 && head[8] === 0x7b;

async function zipKind(bytes: Bytes, path: string): Promise<ForeignFile | undefined> {
  try {
    const { files } = await indexZip(bytes);
    const paths = files.map((entry) => entry.path);
    return paths.some((each) => /^([^/]+\/)?data\.pkl$/.test(each)) ? undefined : foreignZip(paths, path);
  } catch (error) {
    // A damaged archive: the reader says so.
    if (error instanceof ZipProblem) return undefined;
    throw error;
  }
}

async function otherKind(bytes: Bytes, head: Buffer, path: string): Promise<ForeignFile> {
  const tail = Buffer.from(await bytes.readAt(Math.max(0, bytes.size - TAIL), TAIL));
  return foreignFile({ head, tail, path });
}

async function readTorch(path: string): Promise<WeightsFile> {
  return { path, kind: 'torch', layout: 'torch', metadata: {}, ...(await readTorchFile(path)) };
}

async function readOthers(path: string): Promise<WeightsFile> {
  const { tensors, metadata, checked, converted } = await readSafetensors(path).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, { hint: error.hint, exitCode: 2, cause: error });
  });
  const isCheckpoint = metadata.formatVersion !== undefined && metadata.progress !== undefined;
  if (isCheckpoint && !checked) {
    throw new UserError(`Cannot read ${path}: damaged, its checksum is missing.`, { exitCode: 2 });
  }
  const types = Object.values(converted);
  const notes = [...new Set(types)].map((type) => {
    const count = types.filter((each) => each === type).length;
    return `${formatPlural(count, 'tensor')} of ${type} read as float32`;
  });
  const shared = { path, tensors, metadata, notes };
  if (isCheckpoint) return { ...shared, kind: 'checkpoint', layout: 'tensorflow' };
  return { ...shared, kind: metadata.encoder === undefined ? 'safetensors' : 'export', layout: 'torch' };
}
