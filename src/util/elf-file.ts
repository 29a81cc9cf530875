import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The numbers of processors in ELF, by Node's names. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

const [HEADER_BYTES, SEGMENT_BYTES, SECTION_BYTES] = [64, 56, 64];
const SHARED_OBJECT = 3;
const [LOAD, DYNAMIC] = [1, 2];
/** Kinds of segments: those of ELF itself, and those of systems and processors. */
const [LAST_KIND, FIRST_OWN_KIND, LAST_OWN_KIND] = [7, 0x6000_0000, 0x7fff_ffff];

/** Bytes between two segments in the file and in memory: no more than a page of the largest kind, for linkers. */
const [FILE_GAP, MEMORY_GAP] = [2 ** 16, 4 * 2 ** 20];

/** Segments that a library has at most; TensorFlow's have about ten. */
const MOST_SEGMENTS = 64;

/**
 * What is wrong with a shared library of 64 bits, by its headers; undefined for nothing. It takes a tenth of a
 * millisecond, and is asked because loading a library with damaged headers may end the process without a word.
 *
 * @throws the system's error where the file can't be read.
 */
export function libraryProblem(path: string, arch: string = process.arch): string | undefined {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const header = readAt(file, 0, HEADER_BYTES);
    if (header.length < HEADER_BYTES) return `it is cut short: it has ${size} bytes`;
    return headerProblem(header, size, arch) ?? segmentsProblem(file, header, size);
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, at: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, at));
}

function headerProblem(header: Buffer, size: number, arch: string): string | undefined {
  // Class 2: 64 bits; data 1: little-endian; version 1.
  if (header.subarray(0, 7).toString('latin1') !== '\x7fELF\x02\x01\x01') return 'it is no library of 64 bits';
  const machine = header.readUInt16LE(18);
  const expected = MACHINES[arch];
  if (expected !== undefined && machine !== expected) return `it is for another processor (ELF machine ${machine})`;
  const isUsual =
    header.readUInt16LE(16) === SHARED_OBJECT &&
    header.readUInt32LE(20) === 1 &&
    header.readUInt16LE(52) === HEADER_BYTES &&
    header.readUInt16LE(54) === SEGMENT_BYTES &&
    header.readUInt16LE(56) <= MOST_SEGMENTS;
  if (!isUsual) return 'its header is damaged';
  const sections = header.readUInt16LE(60);
  // The table of sections stands at the end, so this tells a file that was cut.
  const end = Number(header.readBigUInt64LE(40)) + sections * SECTION_BYTES;
  return sections > 0 && end > size ? `it is cut short: it has ${size} of at least ${end} bytes` : undefined;
}

/** A piece of the file that is mapped, or the table that the loader works from. */
interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  readonly align: number;
}

function segmentsProblem(file: number, header: Buffer, size: number): string | undefined {
  const count = header.readUInt16LE(56);
  const table = readAt(file, Number(header.readBigUInt64LE(32)), count * SEGMENT_BYTES);
  if (table.length < count * SEGMENT_BYTES || count === 0) return 'its header is damaged';
  const segments = Array.from({ length: count }, (_, i): Segment => {
    const at = i * SEGMENT_BYTES;
    const [offset = 0, address = 0, , fileBytes = 0, memoryBytes = 0, align = 0] = Array.from({ length: 6 }, (_, j) =>
      Number(table.readBigUInt64LE(at + 8 + 8 * j)),
    );
    return { type: table.readUInt32LE(at), offset, address, fileBytes, memoryBytes, align };
  });
  const short = segments.find(({ offset, fileBytes }) => offset + fileBytes > size);
  if (short !== undefined) return `it is cut short: it has ${size} of at least ${short.offset + short.fileBytes} bytes`;
  const isSound = loadsAreSound(segments.filter(isLoad)) && segments.every((segment) => isPlaced(segment, segments));
  return isSound && segments.some(({ type }) => type === DYNAMIC) ? undefined : 'its table of segments is damaged';
}

const isLoad = ({ type }: Segment): boolean => type === LOAD;

/** Whether the pieces that are mapped follow each other as linkers lay them, from the beginning of the file on. */
function loadsAreSound(loads: readonly Segment[]): boolean {
  const follows = (at: number, end: number, gap: number): boolean => at >= end && at - end <= gap;
  return (
    loads.length > 0 &&
    loads.every(({ offset, address, fileBytes, memoryBytes, align }, i) => {
      const before = loads[i - 1];
      const isAligned = align > 0 && Number.isInteger(Math.log2(align)) && address % align === offset % align;
      if (!isAligned || fileBytes > memoryBytes) return false;
      if (before === undefined) return offset === 0;
      const isNext = follows(address, before.address + before.memoryBytes, MEMORY_GAP);
      return isNext && follows(offset, before.offset + before.fileBytes, FILE_GAP);
    })
  );
}

/** Whether a segment is of a known kind, and lies in one that is mapped, at the same place in file and memory. */
function isPlaced(segment: Segment, segments: readonly Segment[]): boolean {
  const { type, offset, address, fileBytes } = segment;
  if (type > LAST_KIND && (type < FIRST_OWN_KIND || type > LAST_OWN_KIND)) return false;
  if (type === LOAD || fileBytes === 0) return true;
  return segments.filter(isLoad).some((load) => {
    const at = address - load.address;
    return at >= 0 && at + fileBytes <= load.fileBytes && offset - load.offset === at;
  });
}
