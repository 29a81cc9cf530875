import { UserError } from '../util/errors.ts';
import type { Collection, ImageSource } from './image-source.ts';
import { TESTS } from './splits.ts';

/**
 * The collection of splits whose images are known; '' is the name of a split that the format doesn't name.
 *
 * Training uses `train`, or the only split there is.
 *
 * @throws UserError (exit code 2) where two sources claim one split.
 */
export function collectionOf(
  sources: Iterable<readonly [split: string, source: ImageSource]>,
  notes: readonly string[] = [],
): Collection {
  const bySplit = new Map<string, ImageSource>();
  for (const [split, source] of sources) {
    const other = bySplit.get(split);
    if (other !== undefined) {
      const names = [other, source].map(({ count, name }) => (count > 0 ? name(0) : 'an empty one'));
      throw new UserError(`expected one set of ${split || 'training'} images, got two: ${names.join(' and ')}`, {
        hint: 'Put each data set into a folder of its own, or name one of the files.',
        exitCode: 2,
      });
    }
    bySplit.set(split, source);
  }
  const names = [...bySplit.keys()];
  const [only = ''] = names;
  const train = bySplit.has('train') ? 'train' : names.length === 1 ? only : bySplit.has('') ? '' : undefined;
  return {
    splits: names.filter((name) => name !== ''),
    train,
    tests: TESTS.filter((name) => bySplit.has(name) && name !== train),
    notes,
    open: async (split) => bySplit.get(split),
  };
}
