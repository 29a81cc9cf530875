import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import type { FileTree } from '../files/file-tree.ts';
import { isArchivePath } from '../files/unpack-command.ts';
import { estimateBytes } from './try-format.ts';
import { unreadHint } from './unread-hint.ts';

/** Files in which other programs keep whole data sets, by their names. */
const DATA_SETS =
  /(^|\/)(data_batch_\d|test_batch|cifar-100-python\/(train|test))$|\.(arrow|mat|h5|hdf5|rec|beton|l?mdb|(pkl|pickle)(\.gz)?)$|\.tfrecords?\b/i;

/** Bytes of a file that could hold images. */
const LEAST = 64;

/**
 * Refuses a few pictures, such as a preview, beside a larger data set in files that are not read.
 *
 * @param images the paths of the pictures.
 * @throws UserError (exit code 2) with the way to read the data set.
 */
export async function refuseStrays(images: readonly string[], tree: FileTree): Promise<void> {
  const foreign = tree.others.filter((path) => DATA_SETS.test(path));
  if (foreign.length === 0) return;
  const bytes = await estimateBytes(foreign, tree);
  if (bytes < LEAST * foreign.length || bytes <= (await estimateBytes(images, tree))) return;
  const hint = unreadHint({ ...tree, others: tree.others.filter((path) => !isArchivePath(path)) });
  const [files, pictures] = [formatPlural(foreign.length, 'file'), formatPlural(images.length, 'image')];
  throw new UserError(
    `expected a data set of images, got ${pictures} beside ${files} that are not read and hold more, such as ${foreign[0]}: ${tree.where}`,
    { hint: `${hint ?? ''} To take the ${pictures} instead, move the other files elsewhere.`.trim(), exitCode: 2 },
  );
}
