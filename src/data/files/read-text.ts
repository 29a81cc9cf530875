import { decodeText } from '../../util/decode-text.ts';
import { UserError } from '../../util/errors.ts';
import type { FileTree } from './file-tree.ts';

/** Bytes; class names, lists and fold indices are far shorter. */
export const LARGEST_TEXT = 256 * 2 ** 20;

/**
 * A whole text file, as `decodeText` reads it.
 *
 * @throws UserError (exit code 2) beyond `maxBytes` (default 256 MiB), and for text that is no UTF-8.
 */
export async function readText(tree: FileTree, path: string, maxBytes: number = LARGEST_TEXT): Promise<string> {
  const bytes = await tree.open(path);
  try {
    if (bytes.size > maxBytes) {
      throw new UserError(`expected a text file of at most ${maxBytes} bytes, got ${bytes.size}: ${path}`, {
        exitCode: 2,
      });
    }
    const disk = tree.diskPath(path);
    return decodeText(await bytes.readAt(0, bytes.size), disk ?? `${path} in ${tree.where}`, disk);
  } finally {
    await bytes.close();
  }
}

/** The lines of a text file, without white space at their ends; see `readText`. */
export async function readLines(tree: FileTree, path: string): Promise<string[]> {
  const lines = (await readText(tree, path)).split('\n').map((line) => line.trim());
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
