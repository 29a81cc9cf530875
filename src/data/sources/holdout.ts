import { UserError } from '../../util/errors.ts';
import { permutation, randomStream } from '../../util/rng.ts';
import type { ImageSource } from './image-source.ts';
import { groupByClass, selectImages } from './selection.ts';

/** Which training images are kept out of training, to serve as test images. */
export interface Holdout {
  /** Of each class, from 0 to 0.5. */
  readonly share: number;
  readonly seed: number;
  /** Where the setting was given, for messages. */
  readonly place: string;
}

/** Training images in two parts. */
export interface HeldOut {
  readonly train: ImageSource;
  readonly test: ImageSource;
  /** Classes of one image, which stays in training. */
  readonly single: number;
}

/** Keeps the order of the images that are drawn apart from all other streams. */
const HOLDOUT_STREAM = 0xffff_fffb;

/**
 * Divides labelled images into training and test images, a share of each class alike: at least one of each class that
 * has two, and never all. Drawn by the seed and the class's number and size; images stay in their order.
 *
 * @throws UserError (exit code 2) where images have no labels, or no class has two.
 */
export function holdOut(source: ImageSource, { share, seed, place }: Holdout): HeldOut {
  if (source.labels === undefined) {
    throw new UserError(`${place}: expected images with classes to hold some of each out, got images without labels`, {
      hint: 'Leave it out: without labels there is no evaluation that would need test images.',
      exitCode: 2,
    });
  }
  const groups = groupByClass(source);
  const held = new Set<number>();
  for (const [number, group] of groups.entries()) {
    if (group.length < 2) continue;
    const count = Math.min(group.length - 1, Math.max(1, Math.round(share * group.length)));
    const order = permutation(group.length, randomStream(seed, number, 0, HOLDOUT_STREAM));
    for (const at of order.subarray(0, count)) held.add(group[at] as number);
  }
  if (held.size === 0) {
    throw new UserError(`${place}: expected classes of at least two images to hold some out, got one image of each`, {
      exitCode: 2,
    });
  }
  const all = Array.from({ length: source.count }, (_, index) => index);
  return {
    train: selectImages(
      source,
      all.filter((index) => !held.has(index)),
    ),
    test: selectImages(
      source,
      all.filter((index) => held.has(index)),
    ),
    single: groups.filter(({ length }) => length === 1).length,
  };
}
