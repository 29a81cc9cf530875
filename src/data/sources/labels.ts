import { UserError } from '../../util/errors.ts';
import { compareStrings } from '../../util/sort-paths.ts';

/** A class index for each image, and the names of the classes; no labels at all where some image has none. */
export interface Labels {
  readonly labels: Int32Array | undefined;
  readonly classes: readonly string[];
}

export const NO_LABELS: Labels = { labels: undefined, classes: [] };

const isWhole = (value: string): boolean => /^\d{1,15}$/.test(value);

/** Whether a value says that an image has no label: nothing, or the -1 that many data sets write. */
export function isUnlabelled(value: string | undefined): boolean {
  return value === undefined || value === '' || value === '-1';
}

/**
 * Numbers the distinct values: whole numbers by size, names by code point, as Python's `sorted` has them.
 *
 * Where some value says that there is no label, there are none: they are never guessed.
 */
export function numberLabels(values: readonly (string | undefined)[]): Labels {
  if (values.length === 0 || values.some(isUnlabelled)) return NO_LABELS;
  const classes = [...new Set(values as readonly string[])];
  if (classes.every(isWhole)) classes.sort((a, b) => Number(a) - Number(b) || compareStrings(a, b));
  else classes.sort(compareStrings);
  const indices = new Map(classes.map((name, index) => [name, index]));
  return { labels: Int32Array.from(values, (value) => indices.get(value as string) as number), classes };
}

/**
 * Labels that are class indices already, with the names of the classes.
 *
 * @throws UserError (exit code 2) for an index without a class.
 */
export function nameLabels(labels: Int32Array, classes: readonly string[], where: string): Labels {
  const outside = labels.find((label) => label < 0 || label >= classes.length);
  if (outside !== undefined) {
    throw new UserError(`expected labels from 0 to ${classes.length - 1}, got ${outside} in ${where}`, {
      hint: 'Another kind of file has this name, or it is damaged.',
      exitCode: 2,
    });
  }
  return { labels, classes };
}

/**
 * A split's labels, renumbered by the training split's classes.
 *
 * @param nameOf names an image, for the message.
 * @throws UserError (exit code 2) where a class is not among them.
 */
export function alignLabels(found: Labels, known: readonly string[], nameOf: (index: number) => string): Labels {
  if (found.labels === undefined || known.length === 0 || found.classes === known) return found;
  const indices = new Map(known.map((name, index) => [name, index]));
  const labels = found.labels.map((label, i) => {
    const name = found.classes[label] as string;
    const index = indices.get(name);
    if (index !== undefined) return index;
    throw new UserError(`expected classes of the training images, got another, "${name}" (${nameOf(i)})`, {
      hint: `Name the classes alike in both. Training classes: ${known.slice(0, 8).join(', ')}${known.length > 8 ? ', ...' : ''}`,
      exitCode: 2,
    });
  });
  return { labels, classes: known };
}
