import { isAscii, isUtf8 } from 'node:buffer';
import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import type { FileTree } from './file-tree.ts';
import { LARGEST_TEXT, readText } from './read-text.ts';

/** The text of a list, in pieces that end with a line. */
export interface ListText {
  /** The first piece. */
  readonly head: string;
  /** All pieces, from the first on; each time they are read anew. */
  pieces(): AsyncIterable<string>;
}

/** Bytes that are read at once. */
const PIECE = 2 ** 20;

const NEWLINE = 0x0a;

const whole = (text: string): ListText => ({
  head: text,
  async *pieces() {
    yield text;
  },
});

/** The text of bytes; undefined where they are no UTF-8, or hold a zero. */
function decode(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

/** The error for lines and quoted fields that never end. */
export function endlessError(list: string): UserError {
  return new UserError(`expected lines and quoted fields of at most ${formatBytes(LARGEST_TEXT)}, got more: ${list}`, {
    hint: 'Close the quotes: a field that begins with one ends with one.',
    exitCode: 2,
  });
}

/**
 * Opens the text of a list, which is read piece by piece and never held.
 *
 * @throws UserError (exit code 2), also while pieces are read, for text that is no UTF-8, or one line beyond 256 MiB.
 */
export async function openListText(tree: FileTree, path: string): Promise<ListText> {
  const bytes = await tree.open(path);
  const first = await bytes.readAt(0, PIECE);
  // UTF-16, and lines of old Macintoshes, are seldom so long; their whole text is read.
  const isPlain = first.includes(NEWLINE) && first[0] !== 0xff && first[0] !== 0xfe && !first.includes(0);
  if (!isPlain || bytes.size <= PIECE) return whole(await readText(tree, path));
  const name = tree.diskPath(path) ?? path;
  const wrong = async (): Promise<UserError> => {
    // Where it is short enough the wrong lines are named, with what helps.
    if (bytes.size <= LARGEST_TEXT) await readText(tree, path);
    return new UserError(`expected UTF-8 text, got another encoding, or zero bytes: ${name}`, {
      hint: 'Convert it to UTF-8 with iconv, or fetch it again.',
      exitCode: 2,
    });
  };
  async function* pieces(): AsyncIterable<string> {
    /** What is read of a line that has not ended. */
    let begun: Uint8Array[] = [];
    let begunBytes = 0;
    for (let offset = 0; offset < bytes.size; offset += PIECE) {
      const piece = await bytes.readAt(offset, PIECE);
      const end = offset + PIECE < bytes.size ? piece.lastIndexOf(NEWLINE) + 1 : piece.length;
      if (end > 0) {
        const text = decode(Buffer.concat([...begun, piece.subarray(0, end)]));
        if (text === undefined) throw await wrong();
        yield text.startsWith('\ufeff') && offset === 0 ? text.slice(1) : text;
        [begun, begunBytes] = [[], 0];
      }
      begun.push(piece.subarray(end));
      begunBytes += piece.length - end;
      if (begunBytes > LARGEST_TEXT) throw endlessError(name);
    }
  }
  for await (const head of pieces()) return { head, pieces };
  return whole('');
}
