import { posix } from 'node:path';
import { UserError } from '../../util/errors.ts';
import type { Bytes } from '../files/bytes.ts';
import { type FileTree, type OpenOptions, originOf } from '../files/file-tree.ts';
import { findInAnyCase, uniqueInAnyCase } from '../files/names-in-any-case.ts';
import { readLines } from '../files/read-text.ts';
import { createRecordReader, type RecordLayout, readByteColumn, toRgb } from '../files/records.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import { concatSources } from '../sources/concat-sources.ts';
import { requireCountable } from '../sources/image-count.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, NO_LABELS, nameLabels, offerNoLabels } from '../sources/labels.ts';
import { severalSets } from './one-set.ts';

const PIXELS = { height: 32, width: 32, channels: 3, order: 'planes' } as const;
const PIXEL_BYTES = 32 * 32 * 3;

const CIFAR10_CLASSES = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

/** One of the data sets: its files by split, the label bytes before the pixels, and where class names are. */
interface Variant {
  readonly kind: string;
  readonly train: RegExp;
  readonly test: RegExp;
  /** Names of the label bytes; the last is the usual one. */
  readonly fields: readonly string[];
  readonly namesFile: (field: string) => string;
  readonly names: readonly string[] | undefined;
}

const VARIANTS: readonly Variant[] = [
  {
    kind: 'CIFAR-10 binary',
    train: /(^|\/)data_batch_\d+\.bin$/i,
    test: /(^|\/)test_batch\.bin$/i,
    fields: ['label'],
    namesFile: () => 'batches.meta.txt',
    names: CIFAR10_CLASSES,
  },
  {
    kind: 'CIFAR-100 binary',
    train: /(^|\/)train\.bin$/i,
    test: /(^|\/)test\.bin$/i,
    fields: ['coarse', 'fine'],
    namesFile: (field) => `${field}_label_names.txt`,
    names: undefined,
  },
];

/** Where the class names of a label byte stand, beside a batch; undefined where there are none. */
const findNames = ({ others }: FileTree, path: string, variant: Variant, field: string): string | undefined =>
  findInAnyCase(others, path.slice(0, path.lastIndexOf('/') + 1) + variant.namesFile(field));

async function classesOf(tree: FileTree, path: string, variant: Variant, field: string): Promise<readonly string[]> {
  const file = findNames(tree, path, variant, field);
  if (file !== undefined) return (await readLines(tree, file)).filter((line) => line !== '');
  return variant.names ?? Array.from({ length: field === 'coarse' ? 20 : 100 }, (_, i) => String(i));
}

async function labelsOf(
  { bytes, records }: { readonly bytes: Bytes; readonly records: RecordLayout },
  tree: FileTree,
  path: string,
  variant: Variant,
  field: string,
): Promise<Labels> {
  const labels = await readByteColumn(bytes, records, variant.fields.indexOf(field));
  return nameLabels(labels, await classesOf(tree, path, variant, field), path);
}

/** @param field the label that is read; none without it. */
async function openBatch(
  tree: FileTree,
  path: string,
  variant: Variant,
  field: string | undefined,
  memoryBytes: number,
): Promise<ImageSource> {
  const bytes = await tree.open(path);
  const { fields, kind } = variant;
  const length = fields.length + PIXEL_BYTES;
  if (bytes.size === 0 || bytes.size % length !== 0) {
    throw new UserError(`expected ${kind} of ${length} bytes an image, got ${bytes.size} bytes in all: ${path}`, {
      hint: 'Fetch it again; the file is cut short or of another kind.',
      exitCode: 2,
    });
  }
  const records = { start: 0, length, count: bytes.size / length };
  requireCountable(records.count, memoryBytes, path);
  const read = createRecordReader(bytes, records);
  const labels =
    field === undefined
      ? NO_LABELS
      : await offerNoLabels(() => labelsOf({ bytes, records }, tree, path, variant, field));
  return {
    kind,
    count: records.count,
    size: PIXELS,
    ...labels,
    name: (index) => `${path}[${index}]`,
    origin: () => originOf(tree, path),
    read: async (index) => toRgb((await read(index)).subarray(fields.length), PIXELS),
  };
}

/** Copies of the data set in several folders would be joined, and every image seen twice. */
function checkOneFolder(tree: FileTree, { train, test, kind }: Variant): void {
  const folders = new Map<string, string[]>();
  for (const path of tree.others) {
    if (!train.test(path) && !test.test(path)) continue;
    const folder = posix.dirname(path);
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  if (folders.size > 1) throw severalSets(tree, `folder of ${kind}`, folders);
}

/** The batches that are missing among others, for people. */
function describeMissing(paths: readonly string[]): string[] {
  const numbers = paths.flatMap((path) => /data_batch_(\d+)\.bin$/i.exec(path)?.[1] ?? []).map(Number);
  const wanted = Array.from({ length: Math.max(0, ...numbers) }, (_, i) => i + 1);
  const missing = wanted.filter((number) => !numbers.includes(number)).map((number) => `data_batch_${number}.bin`);
  return missing.length === 0 ? [] : [`${missing.join(' and ')} missing: fetch the data set again`];
}

/**
 * The original binary files of CIFAR-10 (`data_batch_1.bin`, ..., `test_batch.bin`) and CIFAR-100 (`train.bin`,
 * `test.bin`), in any case, in a folder or an archive: one or two label bytes, then a plane each of red, green and
 * blue.
 *
 * https://www.cs.toronto.edu/~kriz/cifar.html
 *
 * @throws UserError (exit code 2) for files of another length, labels out of range, or an unknown label field.
 */
export async function openCifar(tree: FileTree, options: OpenOptions): Promise<Collection | undefined> {
  const { labelField } = options;
  for (const variant of VARIANTS) {
    const { fields } = variant;
    checkOneFolder(tree, variant);
    const sources = new Map<string, ImageSource>();
    const files: string[] = [];
    const notes: string[] = [];
    for (const split of ['train', 'test'] as const) {
      const paths = uniqueInAnyCase(tree.others.filter((path) => variant[split].test(path)));
      const [first] = paths;
      if (first === undefined) continue;
      const field = labelField ?? (fields.at(-1) as string);
      if (!fields.includes(field)) {
        throw new UserError(`expected ${fields.join(' or ')} as data.labelField, got ${field} for ${variant.kind}`, {
          exitCode: 2,
        });
      }
      const read = options.labels === 'none' ? undefined : field;
      const [head, ...rest] = await Promise.all(
        paths.map((path) => openBatch(tree, path, variant, read, options.memoryBytes)),
      );
      sources.set(split, concatSources([head as ImageSource, ...rest]));
      notes.push(...describeMissing(paths));
      files.push(...paths, ...fields.flatMap((name) => findNames(tree, first, variant, name) ?? []));
    }
    if (sources.size > 0) return collectionOf(sources, files, notes);
  }
  return undefined;
}
