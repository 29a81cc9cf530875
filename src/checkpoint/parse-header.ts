import { elementCount } from '../runtime/host-tensor.ts';
import { formatPlural } from '../util/format-count.ts';
import { ELEMENT_BYTES, type FileDtype, isFileDtype } from './dtypes.ts';
import { repeatedKey } from './repeated-key.ts';

/** Where one tensor lies in the data section of a file: bytes `begin` to `end`. */
export interface TensorPlace {
  readonly name: string;
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The checked header of a safetensors file; `places` are in file order and cover the data section exactly. */
export interface FileHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly places: readonly TensorPlace[];
}

/**
 * Reads the JSON header of a safetensors file and checks it against the size of the data section.
 *
 * Everything that later decides how much memory is taken is bounded by `dataBytes`, the bytes that the file really has.
 *
 * @throws RangeError saying what is wrong, without the file's name.
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number): FileHeader {
  const record = parseObject(bytes);
  const { __metadata__: metadata = {}, ...tensors } = record;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    throw new RangeError('"__metadata__" must be an object of strings');
  }
  const places = Object.entries(tensors).map(([name, entry]) => parsePlace(name, entry));
  places.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(places, dataBytes);
  return { metadata: metadata as Record<string, string>, places };
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    throw new RangeError(`the header is not JSON text (${(error as Error).message})`, { cause: error });
  }
  if (!isRecord(value)) throw new RangeError('the header must be a JSON object');
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw new RangeError(`the header has ${quote(repeated)} twice`);
  return value;
}

function parsePlace(name: string, entry: unknown): TensorPlace {
  const fail = (problem: string): never => {
    throw new RangeError(`tensor ${quote(name)}: ${problem}`);
  };
  if (!isRecord(entry)) return fail('its entry must be an object');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isFileDtype(dtype)) {
    return fail(`expected dtype ${Object.keys(ELEMENT_BYTES).join(', ')}, got ${quote(dtype)}`);
  }
  if (!isSizes(shape)) return fail(`its shape must be a list of sizes, got ${quote(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2)
    return fail(`its data_offsets must be two numbers, got ${quote(offsets)}`);
  const [begin = 0, end = 0] = offsets;
  if (end < begin) return fail(`its data ends (${end}) before it begins (${begin})`);
  const expected = elementCount(shape) * ELEMENT_BYTES[dtype];
  if (end - begin !== expected) {
    return fail(
      `${dtype} of shape [${shape.join(', ')}] takes ${expected} bytes, its data_offsets span ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Tensors must lie one after the other and fill the data section: no overlap, no gap, nothing beyond the end. */
function checkCover(places: readonly TensorPlace[], dataBytes: number): void {
  let covered = 0;
  let previous = 'the header';
  for (const { name, begin, end } of places) {
    if (begin < covered) throw new RangeError(`tensor ${quote(name)}: its data overlaps that of ${previous}`);
    if (begin > covered)
      throw new RangeError(`${formatPlural(begin - covered, 'unused byte')} between ${previous} and ${quote(name)}`);
    covered = end;
    previous = quote(name);
  }
  if (covered > dataBytes) throw new RangeError(`cut short: expected ${covered} bytes of data, got ${dataBytes}`);
  if (covered < dataBytes)
    throw new RangeError(`${formatPlural(dataBytes - covered, 'byte')} too many after the last tensor`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A value from a file as JSON, cut to 80 characters: a damaged name may be megabytes long. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
