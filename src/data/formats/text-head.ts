import { fileHead } from '../files/file-head.ts';

/** Bytes and lines of a file that tell how it is laid out. */
const HEAD = 2 ** 16;
const LINES = 64;

const COMMENT = /^\s*(#|%|\/\/)/;

/** A line that says something. */
interface Row {
  readonly text: string;
  /** Its number in the file, from 1. */
  readonly line: number;
}

/** What the first lines of a text file say, without comments, and what is to be done with the whole of it. */
export interface TextHead {
  readonly rows: readonly Row[];
  /** Commands that the file goes through first: other encodings and ends of lines. */
  readonly filters: readonly string[];
  /** What sed does to leave out comments and a mark of the encoding. */
  readonly tidying: readonly string[];
}

/** Reads the first lines of a text file on the disk: UTF-8, or UTF-16 with its mark. */
export function readTextHead(path: string): TextHead {
  const bytes = fileHead(path, HEAD);
  const mark = bytes.toString('hex', 0, 2);
  const isWide = mark === 'fffe' || mark === 'feff';
  const decoded = isWide ? new TextDecoder(mark === 'fffe' ? 'utf-16le' : 'utf-16be').decode(bytes) : String(bytes);
  const text = decoded.replace(/^\ufeff/, '');
  const isMac = text.includes('\r') && !text.includes('\n');
  const lines = text.split(/\r\n|\n|\r/);
  // The last one may be cut.
  if (bytes.length === HEAD && lines.length > 1) lines.pop();
  const said = lines.map((line, i) => ({ text: line.trim(), line: i + 1 })).filter((row) => row.text !== '');
  const rows = said.filter((row) => !COMMENT.test(row.text));
  return {
    rows: rows.slice(0, LINES),
    filters: [...(isWide ? ['iconv -f UTF-16 -t UTF-8'] : []), ...(isMac ? [String.raw`tr '\r' '\n'`] : [])],
    tidying: [
      ...(!isWide && decoded.startsWith('\ufeff') ? [String.raw`1s/^\xEF\xBB\xBF//`] : []),
      ...(rows.length < said.length ? [String.raw`/^[[:space:]]*(#|%|\/\/)/d`] : []),
    ],
  };
}
