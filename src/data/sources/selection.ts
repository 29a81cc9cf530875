import { UserError } from '../../util/errors.ts';
import { listNames } from '../../util/list-names.ts';
import { nearestName } from '../../util/nearest-name.ts';
import { permutation, randomStream } from '../../util/rng.ts';
import type { ImageSource } from './image-source.ts';
import { labelText } from './labels.ts';

/** Which images of a split to use; each rule applies to what the one before left. */
export interface Selection {
  /** Only these classes. */
  readonly classes?: readonly string[] | undefined;
  /** This share of each class (of all images without classes), but at least one image of it. */
  readonly fraction?: number | undefined;
  /** The first so many images of each class (of all images without classes). */
  readonly perClass?: number | undefined;
}

/** Keeps the order of the images that are drawn for a fraction apart from all other streams. */
const FRACTION_STREAM = 0xffff_fffd;

/** The images at these indices, in this order. */
export function selectImages(source: ImageSource, indices: ArrayLike<number>): ImageSource {
  const at = (index: number): number => indices[index] as number;
  return {
    ...source,
    count: indices.length,
    labels: source.labels && Int32Array.from(indices, (index) => source.labels?.[index] as number),
    name: (index) => source.name(at(index)),
    origin: (index) => source.origin(at(index)),
    read: (index) => source.read(at(index)),
  };
}

function keepClasses(source: ImageSource, wanted: readonly string[]): ImageSource {
  const { labels, classes } = source;
  if (labels === undefined) {
    throw new UserError(`expected images with classes for data.classes, got ${source.kind} without labels`, {
      hint: 'Leave data.classes out, or give the images labels.',
      exitCode: 2,
    });
  }
  // Sets, because both may be tens of thousands.
  const known = new Set(classes);
  const chosen = new Set<string>();
  for (const name of wanted) {
    const written = known.has(name) ? name : (labelText(name) ?? name);
    chosen.add(written);
    if (known.has(written)) continue;
    const near = nearestName(name, classes);
    const listed = `The classes are ${listNames(classes, 12)}.`;
    throw new UserError(`expected classes of the images in data.classes, got "${name}"`, {
      hint: near === undefined ? listed : `Did you mean ${near}? ${listed}`,
      exitCode: 2,
    });
  }
  const places = Array.from(classes.keys()).filter((place) => chosen.has(classes[place] as string));
  const kept = places.map((place) => classes[place] as string);
  const numbers = new Map(places.map((place, number) => [place, number]));
  const indices = Array.from(labels.keys()).filter((index) => numbers.has(labels[index] as number));
  const selected = selectImages(source, indices);
  return { ...selected, labels: selected.labels?.map((label) => numbers.get(label) as number), classes: kept };
}

/** The indices of each class's images, in order; one group of all where there are no labels. */
export function groupByClass({ labels, count, classes }: ImageSource): number[][] {
  const groups: number[][] = Array.from({ length: Math.max(1, classes.length) }, () => []);
  for (let index = 0; index < count; index++) groups[labels?.[index] ?? 0]?.push(index);
  return groups;
}

/**
 * Draws a share of each class, in the order of the images.
 *
 * The draw depends on the class's number and size alone: not on the seed, so that runs compare, and a smaller share
 * lies within a larger one.
 */
function drawFraction(source: ImageSource, fraction: number): number[] {
  return groupByClass(source).flatMap((group, number) => {
    const order = permutation(group.length, randomStream(0, number, 0, FRACTION_STREAM));
    const kept = Math.min(group.length, Math.max(1, Math.round(fraction * group.length)));
    return Array.from(order.subarray(0, kept), (place) => group[place] as number);
  });
}

/**
 * Applies a selection to a split.
 *
 * @throws UserError (exit code 2) for an unknown class, or classes where there are no labels.
 */
export function applySelection(source: ImageSource, { classes, fraction, perClass }: Selection): ImageSource {
  let selected = classes === undefined ? source : keepClasses(source, classes);
  const inOrder = (indices: number[]): number[] => indices.sort((a, b) => a - b);
  if (fraction !== undefined && fraction < 1)
    selected = selectImages(selected, inOrder(drawFraction(selected, fraction)));
  if (perClass !== undefined) {
    const firsts = groupByClass(selected).flatMap((group) => group.slice(0, perClass));
    selected = selectImages(selected, inOrder(firsts));
  }
  return selected;
}
