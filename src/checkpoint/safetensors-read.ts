import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { elementCount, type HostTensor } from '../runtime/host-tensor.ts';
import { UserError } from '../util/errors.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { quote } from '../util/shorten.ts';
import type { FileDtype } from './dtypes.ts';
import { HEADER_LIMITS } from './header-limits.ts';
import { type FileHeader, parseHeader, type TensorPlace } from './parse-header.ts';
import { BLANK_CHECKSUM, CHECKSUM_KEY, checksumPosition, SLICE_BYTES } from './safetensors-write.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './to-float32.ts';

/** What a safetensors file holds. */
export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the file carried a checksum (which then was right). */
  readonly checked: boolean;
  /** By the tensor's name: the type in the file of those that came as float32 and were not (F64, F16, BF16). */
  readonly converted: Readonly<Record<string, FileDtype>>;
}

/** Below this size, files are read without a look at how much of them is on the disk. */
const SMALL_BYTES = 2 ** 26;

/** The least share of a file on the disk: compression does not come near it, a file with a hole is below. */
const LEAST_ON_DISK = 0.01;

/** Types that come as float32 and are not. */
const CONVERTED: ReadonlySet<FileDtype> = new Set(['F64', 'F16', 'BF16']);

/**
 * Reads a safetensors file, ours or another tool's, trusting nothing in it.
 *
 * Sizes are checked against the file's real size before memory is taken: at most the file's size is held, and twice
 * that of tensors in half precision. F16, BF16 and F64 come as float32 (F64 rounded), I64 (PyTorch's counters) as
 * int32.
 *
 * @throws UserError naming the file and what is wrong: unreadable, cut short, not safetensors, contradictory header,
 *   unsupported dtype, integers beyond int32, wrong checksum.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  try {
    // Without NONBLOCK, opening a named pipe would wait for a writer for ever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await readOpen(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof RangeError) throw new UserError(`Cannot read ${path}: ${error.message}.`, { cause: error });
    if (error instanceof Error && 'code' in error) {
      throw new UserError(`Cannot read ${path}: ${error.message}.`, { cause: error });
    }
    throw error;
  }
}

async function readOpen(file: FileHandle): Promise<SafetensorsFile> {
  const found = await file.stat();
  if (!found.isFile()) throw new RangeError('expected a file, got a folder or device');
  // A file with holes may be larger than any disk.
  const memory = totalmem();
  if (found.size > memory) {
    throw new RangeError(
      `it has ${formatBytes(found.size)}, more than the memory of this machine (${formatBytes(memory)})`,
    );
  }
  // Where the file system does not say, it says 0.
  const onDisk = 512 * found.blocks;
  if (found.size > SMALL_BYTES && onDisk > 0 && onDisk < LEAST_ON_DISK * found.size) {
    throw new RangeError(
      `it has a hole: ${formatBytes(onDisk)} of its ${formatBytes(found.size)} are on the disk, as after a copy that failed`,
    );
  }
  const { prefix, bytes } = await readHeader(file, found.size);
  const header = parseHeader(bytes, found.size - 8 - bytes.length);
  const hash = startHash(prefix, bytes, header);
  const tensors: [string, HostTensor][] = [];
  for (const place of header.places) tensors.push([place.name, await readTensor(file, place, 8 + bytes.length, hash)]);
  const expected = header.metadata[CHECKSUM_KEY];
  const actual = hash.digest('hex');
  if (expected !== undefined && actual !== expected) {
    throw new RangeError(`damaged, its checksum is ${actual.slice(0, 12)}..., expected ${expected.slice(0, 12)}...`);
  }
  return {
    tensors: Object.fromEntries(tensors),
    metadata: header.metadata,
    checked: expected !== undefined,
    converted: Object.fromEntries(
      header.places.filter(({ dtype }) => CONVERTED.has(dtype)).map(({ name, dtype }) => [name, dtype]),
    ),
  };
}

async function readHeader(file: FileHandle, size: number): Promise<{ prefix: Uint8Array; bytes: Buffer }> {
  if (size < 10) throw new RangeError(`cut short: expected a safetensors file, got ${size} bytes`);
  const prefix = await readExactly(file, Buffer.alloc(8), 0);
  const length = prefix.readBigUInt64LE();
  // More than the reference implementation takes, so that it is something else.
  if (length > 100_000_000) throw new RangeError(`not a safetensors file: its header would have ${length} bytes`);
  if (8 + Number(length) > size) {
    throw new RangeError(`cut short: its header should have ${length} bytes, the file has ${size}`);
  }
  if (length > HEADER_LIMITS.bytes) {
    const [has, most] = [Number(length), HEADER_LIMITS.bytes].map(formatBytes);
    throw new RangeError(`its header has ${has}, of which at most ${most} are read`);
  }
  return { prefix, bytes: await readExactly(file, Buffer.alloc(Number(length)), 8) };
}

/** The hash after length and header, with the checksum's digits as zeros. */
function startHash(prefix: Uint8Array, bytes: Buffer, { metadata }: FileHeader): Hash {
  const blank = Buffer.from(bytes);
  const digits = metadata[CHECKSUM_KEY] ?? '';
  const at = digits.length === BLANK_CHECKSUM.length ? checksumPosition(blank, digits) : -1;
  if (at >= 0) blank.write(BLANK_CHECKSUM, at, 'latin1');
  return createHash('sha256').update(prefix).update(blank);
}

async function readTensor(file: FileHandle, place: TensorPlace, dataStart: number, hash: Hash): Promise<HostTensor> {
  const bytes = new Uint8Array(place.end - place.begin);
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    const slice = bytes.subarray(at, at + SLICE_BYTES);
    hash.update(await readExactly(file, slice, dataStart + place.begin + at));
  }
  return toHostTensor(place, bytes.buffer);
}

/** Values are little-endian in the file and in memory on every platform that TensorFlow's wheels support. */
function toHostTensor({ name, dtype, shape }: TensorPlace, buffer: ArrayBuffer): HostTensor {
  switch (dtype) {
    case 'F32':
      return { dtype: 'float32', shape, data: new Float32Array(buffer) };
    case 'I32':
      return { dtype: 'int32', shape, data: new Int32Array(buffer) };
    case 'U8':
      return { dtype: 'uint8', shape, data: new Uint8Array(buffer) };
    case 'F64':
      return { dtype: 'float32', shape, data: Float32Array.from(new Float64Array(buffer)) };
    case 'F16':
      return { dtype: 'float32', shape, data: float16ToFloat32(new Uint16Array(buffer)) };
    case 'BF16':
      return { dtype: 'float32', shape, data: bfloat16ToFloat32(new Uint16Array(buffer)) };
    case 'I64':
      return { dtype: 'int32', shape, data: narrow(name, new BigInt64Array(buffer), elementCount(shape)) };
  }
}

function narrow(name: string, wide: BigInt64Array, count: number): Int32Array {
  const narrowed = new Int32Array(count);
  for (const [i, value] of wide.entries()) {
    if (value !== BigInt.asIntN(32, value)) {
      throw new RangeError(`tensor ${quote(name)}: ${value} does not fit 32 bits, and I64 is read as int32`);
    }
    narrowed[i] = Number(value);
  }
  return narrowed;
}

async function readExactly<T extends Uint8Array>(file: FileHandle, target: T, position: number): Promise<T> {
  for (let at = 0; at < target.length; ) {
    const { bytesRead } = await file.read(target, at, target.length - at, position + at);
    if (bytesRead === 0) throw new RangeError('it became shorter while it was read');
    at += bytesRead;
  }
  return target;
}
