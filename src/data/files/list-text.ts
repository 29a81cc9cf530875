import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import type { FileTree } from './file-tree.ts';
import { LARGEST_TEXT, readText } from './read-text.ts';

/** The text of a list, in pieces that end with a line, outside of quoted fields. */
export interface ListText {
  /** The first piece. */
  readonly head: string;
  /** All pieces, from the first on; each time they are read anew. */
  pieces(): AsyncIterable<string>;
}

/** Bytes that are read at once. */
const PIECE = 4 * 2 ** 20;

/** Where the last line ends that may end a piece: behind as many quotes as close; 0 where there is none. */
function lastEnd(text: string): number {
  const end = text.lastIndexOf('\n') + 1;
  let quotes = 0;
  for (let at = text.indexOf('"'); at !== -1 && at < end; at = text.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 0 ? end : 0;
}

const whole = (text: string): ListText => ({
  head: text,
  async *pieces() {
    yield text;
  },
});

/**
 * Opens the text of a list, which is read piece by piece and never held.
 *
 * @throws UserError (exit code 2), also while pieces are read, for text that is no UTF-8, or one line beyond 256 MiB.
 */
export async function openListText(tree: FileTree, path: string): Promise<ListText> {
  const bytes = await tree.open(path);
  const first = await bytes.readAt(0, PIECE);
  // UTF-16, and lines of old Macintoshes, are seldom so long; their whole text is read.
  const isPlain = first.includes(0x0a) && first[0] !== 0xff && first[0] !== 0xfe && !first.includes(0);
  if (!isPlain || bytes.size <= PIECE) return whole(await readText(tree, path));
  const wrong = async (): Promise<UserError> => {
    // Where it is short enough the wrong lines are named, with what helps.
    if (bytes.size <= LARGEST_TEXT) await readText(tree, path);
    const name = tree.diskPath(path) ?? path;
    return new UserError(`expected UTF-8 text, got another encoding, or zero bytes: ${name}`, {
      hint: 'Convert it to UTF-8 with iconv, or fetch it again.',
      exitCode: 2,
    });
  };
  async function* pieces(): AsyncIterable<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let left = '';
    for (let offset = 0; offset < bytes.size; offset += PIECE) {
      const piece = await bytes.readAt(offset, PIECE);
      try {
        left += decoder.decode(piece, { stream: offset + PIECE < bytes.size });
      } catch {
        throw await wrong();
      }
      if (piece.includes(0)) throw await wrong();
      if (left.length > LARGEST_TEXT) {
        throw new UserError(
          `expected lines and quoted fields of at most ${formatBytes(LARGEST_TEXT)}, got more: ${path}`,
          {
            hint: 'Close the quotes: a field that begins with one ends with one.',
            exitCode: 2,
          },
        );
      }
      const end = lastEnd(left);
      if (end > 0) yield left.slice(0, end);
      left = left.slice(end);
    }
    if (left !== '') yield left;
  }
  for await (const head of pieces()) return { head, pieces };
  return whole('');
}
