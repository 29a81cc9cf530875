import { dirname } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { quoteWord } from '../../util/shell-word.ts';

/** Bytes that are looked at; the specification of Git LFS keeps a pointer below 1024. */
export const PLACEHOLDER_HEAD = 512;

interface Kind {
  readonly name: string;
  readonly begins: RegExp;
  /** Bytes; a larger file is none. */
  readonly most: number;
  readonly hint: (path: string) => string;
}

/** What stands in a file's place where something else was fetched than the file. */
const KINDS: readonly Kind[] = [
  {
    name: 'a Git LFS pointer',
    begins: /^version https:\/\/git-lfs\.github\.com\//,
    most: 1024,
    hint: (path) => `Fetch what the pointers stand for: git lfs install && git -C ${quoteWord(dirname(path))} lfs pull`,
  },
  {
    name: 'a git-annex pointer',
    begins: /^(\/annex\/objects\/|(\.\.\/)*\.git\/annex\/objects\/)[^\s\0]/,
    most: 32 * 1024,
    hint: (path) => `Fetch what the pointers stand for: git -C ${quoteWord(dirname(path))} annex get .`,
  },
  {
    name: 'a web page (HTML)',
    begins: /^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)[\s>]/i,
    most: Number.POSITIVE_INFINITY,
    hint: () => 'A page about the file was saved in its place (a login, a licence, an error): fetch the file itself.',
  },
  {
    name: 'the text of a link',
    begins: /^(\.\.\/)+[^\s\0]+$/,
    most: 512,
    hint: () => 'Links became files of text on their way: copy with cp -a or rsync -a, or fetch the files again.',
  },
];

/**
 * Refuses a file that only stands for the one that should be there: a pointer of Git LFS or git-annex, a saved web
 * page, a link that was copied as text.
 *
 * @param head the file's first `PLACEHOLDER_HEAD` bytes.
 * @param size bytes of the whole file.
 * @throws UserError (exit code 2) that says what it is and how to get the file.
 */
export function refusePlaceholder(head: Uint8Array, size: number, path: string): void {
  const text = Buffer.from(head.subarray(0, PLACEHOLDER_HEAD)).toString('latin1');
  const kind = KINDS.find(({ begins, most }) => size <= most && begins.test(text));
  if (kind === undefined) return;
  throw new UserError(`expected data, got ${kind.name}: ${path}`, { hint: kind.hint(path), exitCode: 2 });
}
