import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import { countKinds } from '../files/count-kinds.ts';
import type { FileTree } from '../files/file-tree.ts';
import { extensionOf, IMAGE_EXTENSION_NAMES } from '../files/paths.ts';
import { unreadHint } from './unread-hint.ts';

const EMPTY = 'It holds no files: unpack or mount the images first, or name another folder.';
const LEFT_OUT = 'Fetch or rename what was left out, or name another folder.';
const KNOWN = 'Name the folder that holds the images or their class folders.';

/** Files that are looked into where none is known. */
const MOST = 32;

/**
 * Looks into files that may hold data, by their names, where nothing could be read: what only stands for a file is to
 * be fetched before anything else helps.
 *
 * @throws UserError (exit code 2) for the first that does.
 */
export async function refusePlaceholders(tree: FileTree): Promise<void> {
  if (tree.kind === 'archive') return;
  const paths = tree.others.filter((path) => !/^(\.(html?|txt|md))?$/.test(extensionOf(path)));
  for (const path of paths.slice(0, MOST)) await (await tree.open(path)).close();
}

/** Says what was found where no format fits, with the hint that is known to help, if any. */
export function unknownFormat(tree: FileTree, known?: string): UserError {
  const { where, kind, others, refused, notes = [] } = tree;
  const foreign = known ?? unreadHint(tree);
  if (kind === 'file') {
    return new UserError(
      `expected a folder of images, an archive (.tar, .tar.gz, .tgz, .zip) or a file of a known format, got another: ${where}`,
      { hint: foreign ?? 'Name the folder that holds the images; datasets.md lists the formats.', exitCode: 2 },
    );
  }
  const got = others.length === 0 ? 'no files' : `only other files (${countKinds(others)})`;
  const [first] = refused;
  const entries = formatPlural(refused.length, 'entry', 'entries');
  const leftOut = [...(first === undefined ? [] : [`${entries} left out, such as ${first}`]), ...notes];
  const why = leftOut.length === 0 ? '' : ` (${leftOut.join('; ')})`;
  const none = leftOut.length === 0 ? EMPTY : LEFT_OUT;
  return new UserError(`expected images (${IMAGE_EXTENSION_NAMES}), got ${got} in ${where}${why}`, {
    hint: others.length === 0 ? none : (foreign ?? KNOWN),
    exitCode: 2,
  });
}
