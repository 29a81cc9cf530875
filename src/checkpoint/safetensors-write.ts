import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { elementCount } from '../runtime/host-tensor.ts';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { quote } from '../util/shorten.ts';
import { ELEMENT_BYTES, FILE_DTYPES, type FileTensor } from './dtypes.ts';
import { HEADER_LIMITS } from './header-limits.ts';

/** The metadata entry that holds the checksum. */
export const CHECKSUM_KEY = 'fileSha256';

/** The digits that stand for the checksum while it is computed. */
export const BLANK_CHECKSUM = '0'.repeat(64);

/** Bytes hashed or read between two turns of the event loop, so that steps and signals go on: a millisecond or two. */
export const SLICE_BYTES = 2 * 2 ** 20;

const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, int64: BigInt64Array } as const;

/**
 * Writes named tensors and text metadata as one safetensors file (huggingface.co/docs/safetensors), atomically.
 *
 * Metadata gains `fileSha256`, the checksum of the whole file with the checksum's own digits as zeros. Memory stays
 * bounded by the header: tensors are hashed and written in place, so they must not change before the promise settles.
 *
 * @throws UserError when the file can't be written (see writeFileAtomic), RangeError for a tensor that contradicts its
 * shape.
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, FileTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const entries = inFileOrder(tensors);
  const header = encodeHeader(entries, metadata);
  const bytes = header.length + entries.reduce((sum, [, tensor]) => sum + tensor.data.byteLength, 0);
  const hash = createHash('sha256').update(header);
  for (const slice of slices(entries)) {
    hash.update(slice);
    await nextTurn();
  }
  header.write(hash.digest('hex'), checksumPosition(header, BLANK_CHECKSUM), 'latin1');
  await writeFileAtomic(path, joined(header, slices(entries)), { bytes });
}

/** Where the digits of a checksum stand in a header; -1 when they don't. */
export function checksumPosition(header: Uint8Array, digits: string): number {
  const before = `"${CHECKSUM_KEY}":"`;
  const at = Buffer.from(header.buffer, header.byteOffset, header.byteLength).indexOf(`${before}${digits}"`);
  return at < 0 ? -1 : at + before.length;
}

function* joined(header: Uint8Array, data: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield header;
  yield* data;
}

function* slices(entries: readonly [string, FileTensor][]): Generator<Uint8Array> {
  for (const [, { data }] of entries) {
    for (let at = 0; at < data.byteLength; at += SLICE_BYTES) {
      yield new Uint8Array(data.buffer, data.byteOffset + at, Math.min(SLICE_BYTES, data.byteLength - at));
    }
  }
}

/** Widest elements first, then by name: equal states give equal files whatever the order of the record. */
function inFileOrder(tensors: Readonly<Record<string, FileTensor>>): [string, FileTensor][] {
  const width = (tensor: FileTensor): number => ELEMENT_BYTES[FILE_DTYPES[tensor.dtype]];
  return Object.entries(tensors)
    .map(checked)
    .sort(([a, x], [b, y]) => width(y) - width(x) || (a < b ? -1 : 1));
}

function checked([name, tensor]: [string, FileTensor]): [string, FileTensor] {
  const { dtype, shape, data } = tensor;
  if (name === '' || name === '__metadata__' || name.length > HEADER_LIMITS.nameCharacters) {
    throw new RangeError(`A tensor can't be named ${quote(name)}.`);
  }
  if (!(data instanceof ARRAYS[dtype]) || data.length !== elementCount(shape)) {
    throw new RangeError(
      `Expected tensor "${name}" to hold ${dtype} [${shape.join(', ')}], got ${data.length} values in a ${data.constructor.name}.`,
    );
  }
  return [name, tensor];
}

/** Length (8 bytes, little-endian) and JSON, padded with spaces so that the data begins at a multiple of 8. */
function encodeHeader(entries: readonly [string, FileTensor][], metadata: Readonly<Record<string, string>>): Buffer {
  let end = 0;
  const places = entries.map(([name, { dtype, shape, data }]) => {
    const begin = end;
    end += data.byteLength;
    return [name, { dtype: FILE_DTYPES[dtype], shape, data_offsets: [begin, end] }] as const;
  });
  const all = { ...metadata, [CHECKSUM_KEY]: BLANK_CHECKSUM };
  const json = JSON.stringify(Object.fromEntries<unknown>([['__metadata__', all], ...places]));
  const length = Math.ceil(Buffer.byteLength(json) / 8) * 8;
  // What could not be read again must not be written.
  if (length > HEADER_LIMITS.bytes) {
    throw new RangeError(
      `The header would have ${formatBytes(length)}; ${formatBytes(HEADER_LIMITS.bytes)} can be read.`,
    );
  }
  const header = Buffer.alloc(8 + length, ' ');
  header.writeBigUInt64LE(BigInt(length));
  header.write(json, 8);
  return header;
}
