import { elementCount } from '../runtime/host-tensor.ts';
import { formatCount, formatPlural } from '../util/format-count.ts';
import { quote } from '../util/shorten.ts';
import { ELEMENT_BYTES, type FileDtype, isFileDtype } from './dtypes.ts';
import { HEADER_LIMITS } from './header-limits.ts';
import { type JsonEntry, jsonEntries, parseAt, skipSpace } from './json-entries.ts';

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

const METADATA = '__metadata__';

/**
 * Reads the JSON header of a safetensors file and checks it against the size of the data section.
 *
 * Entries are read and checked one by one, so that a bad one ends it before memory is taken for the others. Everything
 * that later decides how much memory is taken is bounded by `dataBytes`, the bytes that the file really has.
 *
 * @throws RangeError saying what is wrong, without the file's name.
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number): FileHeader {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const header = readEntries(text);
    header.places.sort((a, b) => a.begin - b.begin || a.end - b.end);
    checkCover(header.places, dataBytes);
    return header;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new RangeError(`the header is not JSON text (${(error as Error).message})`, { cause: error });
  }
}

function readEntries(text: string): { metadata: Record<string, string>; places: TensorPlace[] } {
  if (text[skipSpace(text, 0)] === '[') throw new RangeError('the header must be a JSON object');
  const places: TensorPlace[] = [];
  let metadata: Record<string, string> = {};
  const entries = jsonEntries(text, 0, HEADER_LIMITS.nameCharacters);
  let next = entries.next();
  for (; !next.done; next = entries.next()) {
    const entry = next.value;
    if (entry.key === METADATA) metadata = parseMetadata(text, entry);
    else places.push(parsePlace(text, entry));
    checkCount('tensors', places.length, HEADER_LIMITS.tensors);
  }
  const end = skipSpace(text, next.value);
  if (end < text.length) throw new SyntaxError(`unexpected ${JSON.stringify(text[end])} behind its end`);
  return { metadata, places };
}

function checkCount(what: string, count: number, most: number): void {
  if (count > most) throw new RangeError(`the header has more than ${formatCount(most)} ${what}`);
}

function parseMetadata(text: string, { begin }: JsonEntry): Record<string, string> {
  const check = (at: number, first: string): void => {
    if (text[at] !== first) throw new RangeError(`"${METADATA}" must be an object of strings`);
  };
  const entries: [string, string][] = [];
  check(begin, '{');
  for (const entry of jsonEntries(text, begin, HEADER_LIMITS.nameCharacters)) {
    check(entry.begin, '"');
    entries.push([entry.key, parseAt(text, entry.begin, entry.end) as string]);
    checkCount('entries of metadata', entries.length, HEADER_LIMITS.metadata);
  }
  return Object.fromEntries(entries);
}

function parsePlace(text: string, { key: name, begin: start, end: stop }: JsonEntry): TensorPlace {
  const fail = (problem: string): never => {
    throw new RangeError(`tensor ${quote(name)}: ${problem}`);
  };
  if (stop - start > HEADER_LIMITS.entryCharacters) {
    return fail(`its entry has ${formatCount(stop - start)} characters, more than any tensor needs`);
  }
  // Not parsed as a whole: a key that is there twice would not be seen.
  const isObject = text[start] === '{';
  const entry = isObject ? fieldsOf(text, start) : parseAt(text, start, stop);
  if (!(entry instanceof Map)) return fail('its entry must be an object');
  const [dtype, shape, offsets] = ['dtype', 'shape', 'data_offsets'].map((field): unknown => entry.get(field));
  if (!isFileDtype(dtype)) {
    return fail(`expected dtype ${Object.keys(ELEMENT_BYTES).join(', ')}, got ${quote(dtype)}`);
  }
  if (!isSizes(shape)) return fail(`its shape must be a list of sizes, got ${quote(shape)}`);
  if (shape.length > HEADER_LIMITS.dimensions) return fail(`its shape has ${shape.length} dimensions`);
  if (!isSizes(offsets) || offsets.length !== 2)
    return fail(`its data_offsets must be two numbers, got ${quote(offsets)}`);
  const [begin = 0, end = 0] = offsets;
  if (end < begin) return fail(`its data ends (${end}) before it begins (${begin})`);
  const expected = elementCount(shape) * ELEMENT_BYTES[dtype];
  if (end - begin !== expected) {
    return fail(
      `${dtype} of shape ${quote(shape).replaceAll(',', ', ')} takes ${expected} bytes, its data_offsets span ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function fieldsOf(text: string, begin: number): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const entry of jsonEntries(text, begin, HEADER_LIMITS.nameCharacters)) {
    fields.set(entry.key, parseAt(text, entry.begin, entry.end));
  }
  return fields;
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

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
