import { deltaBinaryUnpack } from 'hyparquet/src/delta.js';
import { readVarInt } from 'hyparquet/src/thrift.js';

/** Bits of a value up to a level. */
export const levelBits = (most: number): number => 32 - Math.clz32(most);

/** Values of a block of differences; writers take 128 to 1024. */
const LARGEST_BLOCK = 2 ** 16;

/**
 * Checks runs of repeated and packed values (RLE / bit-packing hybrid): the reader that unpacks them would write a run
 * of any length.
 *
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#run-length-encoding--bit-packing-hybrid-rle--3
 *
 * @param bits of a value.
 * @param most values.
 * @throws Error for a run beyond them, and where bytes end before.
 */
export function checkRuns(view: DataView, start: number, bits: number, most: number): void {
  if (bits > 32) throw new Error(`values of ${bits} bits`);
  const reader = { view, offset: start };
  for (let seen = 0; seen < most && reader.offset < view.byteLength; ) {
    const head = readVarInt(reader);
    const count = head >>> 1;
    // Packed values come in groups of eight; those beyond the last value are left out.
    const isPacked = (head & 1) === 1;
    if (!isPacked && count > most - seen) throw new Error(`a run of ${count} where ${most - seen} values are left`);
    reader.offset += isPacked ? count * bits : (bits + 7) >> 3;
    seen += isPacked ? 8 * count : count;
  }
}

/**
 * Checks the head of packed differences of 64 bits: the reader makes a list of as many parts of a block as it says.
 *
 * @throws Error for a block that no writer makes.
 */
export function checkDifferences(view: DataView, start: number): void {
  const reader = { view, offset: start };
  const [block, parts] = [readVarInt(reader), readVarInt(reader)];
  const isBlock = block > 0 && block <= LARGEST_BLOCK && parts > 0 && parts <= block && block % parts === 0;
  if (!isBlock) throw new Error(`a block of ${block} values in ${parts} parts`);
}

/**
 * Bytes that texts take which share their beginnings with those before (DELTA_BYTE_ARRAY): a few bytes of a file can
 * say the same megabyte a million times.
 */
export function sharedTextBytes(view: DataView, start: number, count: number): number {
  const reader = { view, offset: start };
  const lengths = new Int32Array(count);
  let sum = 0;
  // The lengths of what is shared, and of the rest.
  for (let part = 0; part < 2; part++) {
    deltaBinaryUnpack(reader, count, lengths);
    for (const length of lengths) sum += length;
  }
  return sum;
}
