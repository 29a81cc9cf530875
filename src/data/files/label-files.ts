/** Finds an image's label in a small file beside it. */
export type LabelReader = (content: Uint8Array) => string | undefined;

/** Bytes; a label's file that is larger is not read. */
export const LARGEST_LABEL_FILE = 256 * 1024;

/** Keys of an object that hold a label unless another is named. */
const LABEL_KEYS = ['label', 'cls', 'class'];

const utf8 = new TextDecoder();

function readJson(content: Uint8Array, keys: readonly string[]): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(content));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const label = keys.map((key) => fields.get(key)).find((found) => found !== undefined);
  return typeof label === 'string' || typeof label === 'number' ? String(label) : undefined;
}

/**
 * How a file of a tar archive tells the label of the image with the same key, in WebDataset's convention: `.cls` is a
 * class index or name as text, `.json` an object with a label among its keys; undefined for any other file.
 *
 * @param field the key that holds the label (default: label, cls or class); with it, `.cls` is not used.
 */
export function labelReaderFor(path: string, field: string | undefined): LabelReader | undefined {
  if (path.endsWith('.json')) return (content) => readJson(content, field === undefined ? LABEL_KEYS : [field]);
  if (path.endsWith('.cls') && field === undefined) return (content) => utf8.decode(content).trim();
  return undefined;
}
