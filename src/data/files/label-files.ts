import { isUtf8 } from 'node:buffer';
import { parseJson } from '../../util/parse-json.ts';
import { findField } from './json-field.ts';
import { extensionOf } from './paths.ts';

/**
 * What a label file says: a text or number as `labelText` reads it, an empty list or record in place of one that is
 * no label, or why it can't be told.
 */
export type LabelValue = string | number | boolean | null | readonly [] | Unreadable | Readonly<Record<string, never>>;

/** Why a label can't be told, as the end of "a.jpg ...". */
export interface Unreadable {
  readonly unreadable: string;
}

/** Finds an image's label in a small file beside it; undefined where that file holds none. */
export type LabelReader = (content: Uint8Array) => LabelValue | undefined;

/** Bytes; a label's file that is larger is not read. */
export const LARGEST_LABEL_FILE = 256 * 1024;

/** Keys of an object that hold a label unless another is named. */
const LABEL_KEYS = ['label', 'cls', 'class'];

/** Stands for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

const utf8 = new TextDecoder();

/** Whether a label is one that {@link LabelReader} could not tell. */
export function isUnreadable(value: unknown): value is Unreadable {
  return typeof value === 'object' && value !== null && 'unreadable' in value;
}

/** The text of a file in UTF-8, or in UTF-16 with its mark; undefined for other bytes. */
function decodeText(content: Uint8Array): string | undefined {
  const [first, second] = content;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(content);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(content);
  return isUtf8(content) && !content.includes(0) ? utf8.decode(content) : undefined;
}

/** A label of other bytes: what they mean can't be known, and to guess would merge classes. */
function notText(content: Uint8Array): Unreadable {
  return { unreadable: `has a label that is not UTF-8 (likely ${content.includes(0) ? 'UTF-16' : 'Latin-1'})` };
}

function simplify(value: unknown): LabelValue {
  if (Array.isArray(value)) return [];
  if (typeof value === 'object' && value !== null) return {};
  return value as LabelValue;
}

function readJson(content: Uint8Array, fields: readonly string[]): LabelValue | undefined {
  const text = decodeText(content);
  const find = (item: unknown): unknown =>
    fields.map((field) => findField(item, field)).find((found) => found !== undefined);
  let value: unknown;
  try {
    // Another field may be the damaged one.
    value = parseJson(text ?? utf8.decode(content));
  } catch {
    return { unreadable: 'has a label file that is no JSON' };
  }
  const label = Array.isArray(value) && value.some((item) => find(item) !== undefined) ? [] : find(value);
  if (label === undefined) return undefined;
  const isDamaged = text === undefined && typeof label === 'string' && label.includes(REPLACEMENT);
  return isDamaged ? notText(content) : simplify(label);
}

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?`;
const NUMBERS = new RegExp(`^${NUMBER}(?:[\\s,;]+${NUMBER})+[,;]?$`, 'i');
const FRACTION = new RegExp(`^${NUMBER}$`, 'i');

/**
 * What a `.cls` file says: a name, which may hold spaces, or a number. Several numbers (`1 0 0`), several lines, and
 * what stands in brackets as Python writes lists are lists.
 */
function readClass(content: Uint8Array): LabelValue {
  const text = decodeText(content)?.trim();
  if (text === undefined) return notText(content);
  if (/^\{.*\}$/s.test(text)) return {};
  const inside = /^[[(](.*)[\])]$/s.exec(text)?.[1]?.trim();
  const isList = inside !== undefined && (/^$|,/.test(inside) || NUMBERS.test(inside) || FRACTION.test(inside));
  if (isList || NUMBERS.test(text) || /[\r\n]/.test(text)) return [];
  // Whole numbers stay text, which is exact at any size.
  return FRACTION.test(text) && !/^[-+]?\d+$/.test(text) && !/^[-+]?\d+\.0*$/.test(text) ? Number(text) : text;
}

/** Whether a file is one that may tell a label in WebDataset's convention, by its name. */
export function isLabelPath(path: string): boolean {
  return ['.cls', '.json'].includes(extensionOf(path));
}

/**
 * How a file of a tar archive tells the label of the image with the same key, in WebDataset's convention: `.cls` is a
 * class index or name as text, `.json` an object with a label among its keys; undefined for any other file.
 *
 * @param field the key that holds the label (default: label, cls or class), or `meta.label` for one in a structure;
 * with it, of `.cls` files only those count that have it in their names, as in `a.fine.cls`.
 */
export function labelReaderFor(path: string, field: string | undefined): LabelReader | undefined {
  const extension = extensionOf(path);
  if (extension === '.json') return (content) => readJson(content, field === undefined ? LABEL_KEYS : [field]);
  const isOther = field !== undefined && !path.endsWith(`.${field}${path.slice(-4)}`);
  return extension !== '.cls' || isOther ? undefined : readClass;
}
