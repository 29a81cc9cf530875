import { UserError } from '../../util/errors.ts';
import type { FileTree, OpenOptions } from '../files/file-tree.ts';
import type { Collection } from '../sources/collection.ts';
import { FORMATS } from './known-formats.ts';
import { unknownFormat } from './unknown-format.ts';

/**
 * What files hold, by the first format that knows them.
 *
 * @throws UserError (exit code 2) where none does, or where a label is chosen and the format has one at most.
 */
export async function openCollection(tree: FileTree, options: OpenOptions): Promise<Collection> {
  for (const { open, hasLabelFields } of FORMATS) {
    const collection = await open(tree, options);
    if (collection === undefined) continue;
    if (options.labelField === undefined || hasLabelFields) return collection;
    throw new UserError(`expected images with several labels for data.labelField, got ${tree.where}`, {
      hint: 'Leave data.labelField out: these images have one label or none.',
      exitCode: 2,
    });
  }
  throw unknownFormat(tree);
}
