import { type CodedValues, findRows, mapValues, valueAt } from '../../util/coded-values.ts';
import { UserError } from '../../util/errors.ts';
import { formatCount } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import { compareStrings } from '../../util/sort-paths.ts';
import { tidyText, toOneForm } from './class-names.ts';
import { findNoClasses } from './no-classes.ts';

/** A class index for each image, and the names of the classes; no labels at all where some image has none. */
export interface Labels {
  readonly labels: Int32Array | undefined;
  readonly classes: readonly string[];
  /** Why there are no labels, such as "b.jpg has none"; undefined where none were looked for. */
  readonly unlabelled?: string | undefined;
}

export const NO_LABELS: Labels = { labels: undefined, classes: [] };

/** What a message about labels offers, whatever else helps. */
const WITHOUT = 'train without labels: --set data.labels=none';

/**
 * Reads labels, or what they need, such as the names of classes.
 *
 * @throws UserError as `read` does, with the way to go on without labels.
 */
export async function offerNoLabels<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UserError) || error.hint?.includes('data.labels=none')) throw error;
    const { message, hint, exitCode } = error;
    const offer = hint === undefined ? `To ${WITHOUT}` : `${hint.replace(/\.$/, '')}. Or ${WITHOUT}`;
    throw new UserError(message, { hint: offer, exitCode, cause: error });
  }
}

/** No labels, and why, for people: "b.jpg has none", "labels are lists". */
export const withoutLabels = (why: string): Labels => ({ ...NO_LABELS, unlabelled: why });

const isWhole = (value: string): boolean => /^\d+$/.test(value);

/** Orders whole numbers of any length by size. */
const compareWhole = (a: string, b: string): number => Number(BigInt(a) - BigInt(b)) || compareStrings(a, b);

/** Whole numbers that were made floats on their way, as pandas does beside missing values: `3.0` and `3.` are 3. */
const WHOLE_FLOAT = /^(-?\d+)\.0*$/;

/** Numbers as NumPy's `savetxt` writes them: `3.000000000000000000e+00`. */
const SAVED_FLOAT = /^-?\d\.\d+e[+-]\d\d$/;

/** The whole number that a text says; other texts as they are. */
function wholeText(text: string): string {
  if (SAVED_FLOAT.test(text) && Number.isSafeInteger(Number(text))) return String(Number(text));
  return WHOLE_FLOAT.exec(text)?.[1] ?? text;
}

/**
 * Texts that say that an image has no label: nothing, negative numbers (the -1 of many data sets, the -100 that losses
 * of PyTorch ignore), and how tools write missing values: pandas, spreadsheets' errors, and the `-nan(ind)`, `1.#QNAN`
 * and `inf` of C.
 */
const NO_LABEL = new RegExp(
  `^(?:${[
    String.raw`|-0*[1-9]\d*|null|nil|<na>|n\/a`,
    String.raw`#(?:n\/a(?: n\/a)?|na|name\?|div\/0!|(?:ref|value|num|null|spill|calc|field|error)!)|err:\d+`,
    String.raw`-?nan(?:\(\w*\))?|-?1\.#(?:qnan|snan|ind|inf)0*|[+-]?inf(?:inity)?`,
  ].join('|')})$`,
  'i',
);

/** The same where only this case says it (`none` is a class of some data sets); MySQL writes `\N`. */
const NO_LABEL_EXACT = /^(None|NA|NaT|undefined|\\N)$/;

/** Lists and structures that were written as text: `[0, 1]`, `('cat', 'dog')`, `{"cat": 1}`. */
const LIST_TEXT = /^(?:\[(?:|.*[,'"\d].*)\]|\(.*,.*\))$/s;
const STRUCTURE_TEXT = /^\{.*\}$/s;

/** Characters of the name of a class; what is longer is a text about the image. */
const LONGEST_NAME = 1000;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * What a value of a list, a table or a JSON file says as a label, without the white space around it: the name of a
 * class, or undefined where it is none (nor is a text of more than 1,000 characters). Whole numbers are exact at any
 * size; bytes are text in UTF-8; text is in one Unicode form (NFC), and truth values are `true` and `false` in any
 * case.
 */
export function labelText(value: unknown): string | undefined {
  // A whole number beyond 2^53 has lost digits: different ones may have become equal. A fraction is a measurement.
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
  if (typeof value === 'bigint') return value < 0n ? undefined : String(value);
  if (typeof value === 'boolean') return String(value);
  const text = (value instanceof Uint8Array ? decodeText(value) : value) ?? '';
  if (typeof text !== 'string') return undefined;
  return text.length > LONGEST_NAME ? undefined : className(tidyText(text));
}

function className(text: string): string | undefined {
  if (NO_LABEL.test(wholeText(text)) || NO_LABEL_EXACT.test(text)) return undefined;
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase();
  return LIST_TEXT.test(text) || STRUCTURE_TEXT.test(text) ? undefined : text;
}

/** Why {@link labelText} found no label in a value, as the end of "a.jpg ...". */
export function whyNoLabel(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'has none';
  if (value instanceof Uint8Array)
    return value.length === 0
      ? 'has none'
      : `has bytes that are no text in UTF-8 (likely ${value.includes(0) ? 'UTF-16' : 'Latin-1'})`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'has a list of labels';
  if (value instanceof Date) return 'has a date';
  if (typeof value === 'object') return 'has a structure for a label';
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    return 'has a whole number beyond 2^53, which is not exact here: write it as text';
  }
  if (typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value))
    return `has ${value}, which is no class`;
  const written = String(value);
  if (written.length > LONGEST_NAME)
    return `has a text of ${formatCount(written.length)} characters, which is no class`;
  const text = tidyText(written);
  if (LIST_TEXT.test(text)) return 'has a list of labels';
  if (STRUCTURE_TEXT.test(text)) return 'has a structure for a label';
  return `has none (${text || 'white space'})`;
}

/**
 * Numbers the distinct values: whole numbers by size, names by code point, as Python's `sorted` has them. Where all
 * are whole numbers or floats of such (`3.0`), they are whole numbers.
 *
 * Where some value says that there is no label, or all together are no classes (`findNoClasses`), there are none: they
 * are never guessed.
 *
 * @param values as `labelText` reads them.
 * @param nameOf names an image, for the reason why there are none.
 */
export function numberLabels(values: CodedValues<unknown>, nameOf: (index: number) => string): Labels {
  const { length, distinct, codeAt } = mapValues(values, labelText);
  if (distinct.includes(undefined)) {
    const { first, count } = findRows({ length, distinct, codeAt }, (text) => text === undefined);
    const isNothing = values.distinct.every((value) => value === undefined || value === null || value === '');
    if (isNothing) return NO_LABELS;
    const more = count === 1 ? '' : `, and ${formatCount(count - 1)} more`;
    return withoutLabels(`${nameOf(first)} ${whyNoLabel(valueAt(values, first))}${more}`);
  }
  if (length === 0) return NO_LABELS;
  const texts = new Set(distinct as readonly string[]);
  const no = findNoClasses(texts);
  if (no !== undefined) {
    const { first } = findRows({ length, distinct, codeAt }, (text) => text === no.text);
    return withoutLabels(`${nameOf(first)} ${no.why}`);
  }
  const wholes = new Map([...texts].map((text) => [text, wholeText(text)]));
  const isNumbered = [...wholes.values()].every(isWhole);
  const classes = isNumbered ? [...new Set(wholes.values())].sort(compareWhole) : [...texts].sort(compareStrings);
  const numbers = new Map(classes.map((name, index) => [name, index]));
  const classOf = Int32Array.from(wholes, ([text, whole]) => numbers.get(isNumbered ? whole : text) as number);
  const labels = new Int32Array(length);
  for (let row = 0; row < length; row++) labels[row] = classOf[codeAt(row)] as number;
  return { labels, classes };
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
      hint: 'Another kind of file has this name, or it is damaged. To train without labels: --set data.labels=none',
      exitCode: 2,
    });
  }
  return { labels, classes };
}

/**
 * A split's labels, renumbered by the training split's classes, whose names may be in another Unicode form.
 *
 * @param nameOf names an image, for the message.
 * @throws UserError (exit code 2) where a class is not among them.
 */
export function alignLabels(found: Labels, known: readonly string[], nameOf: (index: number) => string): Labels {
  if (found.labels === undefined || known.length === 0 || found.classes === known) return found;
  const indices = new Map(known.map((name, index) => [toOneForm(name), index]));
  const labels = found.labels.map((label, i) => {
    const name = found.classes[label] as string;
    const index = indices.get(toOneForm(name));
    if (index !== undefined) return index;
    throw new UserError(`expected classes of the training images, got another, "${name}" (${nameOf(i)})`, {
      hint: `Name the classes alike in both. Training classes: ${listNames(known, 8)}. To train without labels: --set data.labels=none`,
      exitCode: 2,
    });
  });
  return { labels, classes: known };
}
