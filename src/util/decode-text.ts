import { extname } from 'node:path';
import { UserError } from './errors.ts';
import { shellWord } from './shell-word.ts';
import { guessEncoding, type PossibleEncoding } from './text-encoding.ts';

/** Characters of a wrong line that are shown. */
const SHOWN = 60;

const [NEWLINE, RETURN] = [0x0a, 0x0d];

const decoder = (encoding: string): InstanceType<typeof TextDecoder> => new TextDecoder(encoding, { fatal: true });

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, i) => bytes[i] === byte);
}

/** The encoding that a byte order mark says; UTF-8 without one. */
function markedEncoding(bytes: Uint8Array): string {
  if (startsWith(bytes, [0xff, 0xfe, 0, 0]) || startsWith(bytes, [0, 0, 0xfe, 0xff])) return 'utf-32';
  if (startsWith(bytes, [0xff, 0xfe])) return 'utf-16le';
  return startsWith(bytes, [0xfe, 0xff]) ? 'utf-16be' : 'utf-8';
}

/** The lines that are no UTF-8 or hold a zero byte. */
interface BadLines {
  /** The first one's number, and that of its first wrong character, from 1. */
  readonly line: number;
  readonly column: number;
  readonly lines: readonly Uint8Array[];
  /** Lines that are UTF-8 beyond ASCII. */
  readonly good: number;
}

function findBadLines(bytes: Uint8Array): BadLines {
  const utf8 = decoder('utf-8');
  const lines: Uint8Array[] = [];
  // Lines of old Macintoshes end by a carriage return alone.
  const ending = bytes.includes(NEWLINE) ? NEWLINE : RETURN;
  let [number, line, good] = [0, 1, 0];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(ending, start);
    const end = newline === -1 ? bytes.length : newline + 1;
    const part = bytes.subarray(start, end);
    start = end;
    number++;
    let isBad = part.includes(0);
    try {
      if (utf8.decode(part).length < part.length && !isBad) good++;
    } catch {
      isBad = true;
    }
    if (isBad && lines.length === 0) line = number;
    if (isBad) lines.push(part);
  }
  return { line, column: firstWrong(lines[0]), lines, good };
}

/** The number of the first character that is no UTF-8, or a zero, from 1. */
function firstWrong(line: Uint8Array | undefined): number {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(line).search(/[\ufffd\0]/) + 1;
}

const shorten = (line: string): string => JSON.stringify(line.slice(0, SHOWN));

/** What else a file can be, with its first wrong line as each encoding reads it. */
function describeChoice([first, ...others]: readonly PossibleEncoding[], number: number): string {
  if (first === undefined || others.length === 0) return '';
  const nameOf = ({ name, usual }: PossibleEncoding): string => (usual === undefined ? name : `${name}, ${usual},`);
  const reads = (encoding: PossibleEncoding): string => `${nameOf(encoding)} reads ${shorten(encoding.line ?? '')}`;
  return ` (line ${number}: ${reads(first)}, ${others.map((other) => `-f ${reads(other)}`).join(', ')})`;
}

/** The command that converts a file, or one that shows its wrong lines where no conversion helps. */
function convertHint(encodings: readonly PossibleEncoding[], disk: string | undefined, line: number): string {
  if (disk === undefined) return 'Unpack the archive and convert the file to UTF-8 with iconv.';
  const file = shellWord(disk);
  const [encoding] = encodings;
  if (encoding === undefined) {
    return `Mend the lines that this lists, or write the file anew as UTF-8: LC_ALL=C.UTF-8 grep -naxv '.*' ${file}`;
  }
  const extension = extname(disk);
  const converted = shellWord(`${disk.slice(0, disk.length - extension.length)}.utf8${extension}`);
  return `Convert it, and use the new file in its place: iconv -f ${encoding.name} -t UTF-8 ${file} > ${converted}${describeChoice(encodings, line)}`;
}

function encodingError(bytes: Uint8Array, where: string, disk: string | undefined): UserError {
  const { line, column, lines, good } = findBadLines(bytes);
  const { got, encodings } = guessEncoding(bytes, lines, good);
  const [only, ...others] = encodings;
  const shown = only?.line === undefined || others.length > 0 ? '' : `: ${shorten(only.line)}`;
  return new UserError(`expected UTF-8 text, got ${got}, in line ${line}, column ${column} of ${where}${shown}`, {
    hint: convertHint(encodings, disk, line),
    exitCode: 2,
  });
}

/**
 * The text of a file: UTF-8, or UTF-16 that begins with a byte order mark; the mark is left out.
 *
 * Nothing is replaced: names that differ in bytes of another encoding would become equal.
 *
 * @param where names the file in messages.
 * @param disk its path on the disk, for the command that converts it; undefined inside an archive.
 * @throws UserError (exit code 2) with line and likely encoding for anything else, also for zero bytes.
 */
export function decodeText(bytes: Uint8Array, where: string, disk: string | undefined): string {
  const encoding = markedEncoding(bytes);
  try {
    const text = encoding === 'utf-32' ? undefined : decoder(encoding).decode(bytes);
    if (text !== undefined && !text.includes('\0')) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  if (encoding === 'utf-8') throw encodingError(bytes, where, disk);
  const hint =
    encoding === 'utf-32' ? convertHint([{ name: 'UTF-32' }], disk, 1) : 'Fetch it or write it again, as UTF-8.';
  const got = encoding === 'utf-32' ? 'UTF-32' : 'damaged UTF-16, or zero bytes';
  throw new UserError(`expected UTF-8 text, got ${got}: ${where}`, { hint, exitCode: 2 });
}
