import { isAbsolute, join, posix } from 'node:path';
import { UserError } from '../../util/errors.ts';
import type { FileTree, OpenOptions } from '../files/file-tree.ts';
import { readImageFile } from '../files/image-folder.ts';
import { type ListEntry, readListEntries } from '../files/list-entries.ts';
import { extensionOf } from '../files/paths.ts';
import { readText } from '../files/read-text.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { numberLabels } from '../sources/labels.ts';
import { canonicalSplit } from '../sources/splits.ts';

const EXTENSIONS = ['.csv', '.tsv', '.jsonl', '.ndjson'];

/** Where an image of a list is; a relative path is taken from the list's folder and stays below it. */
function locate(entry: ListEntry, folder: string, list: string): string {
  const { path, line } = entry;
  const problem = (wanted: string, hint: string): UserError =>
    new UserError(`expected ${wanted}, got "${path}" in line ${line} of ${list}`, { hint, exitCode: 2 });
  if (path === '') throw problem('the path of an image', 'Remove the line or name an image.');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    throw problem('the path of a file', 'Nothing is downloaded: fetch the images first and list their files.');
  }
  if (isAbsolute(path)) return path;
  const normal = posix.normalize(path);
  if (normal === '..' || normal.startsWith('../')) {
    throw problem(
      "a path below the list's folder",
      'Put the list into a folder that holds all images, or write absolute paths.',
    );
  }
  return join(folder, normal);
}

function sourceOf(entries: readonly ListEntry[], folder: string, list: string): ImageSource {
  const places = entries.map((entry) => locate(entry, folder, list));
  return {
    kind: 'list',
    count: entries.length,
    ...numberLabels(
      entries.map(({ label }) => label),
      (index) => `line ${(entries[index] as ListEntry).line}`,
    ),
    name: (index) => (entries[index] as ListEntry).path,
    origin: (index) => places[index] as string,
    read: async (index) => {
      try {
        return await readImageFile(places[index] as string);
      } catch (error) {
        if (!(error instanceof DecodeProblem)) throw error;
        throw new DecodeProblem(`${error.message} (line ${(entries[index] as ListEntry).line} of the list)`, {
          cause: error,
        });
      }
    },
  };
}

/**
 * A list of images that the user names: CSV or TSV with a header line, or JSON Lines.
 *
 * Paths are relative to the list's folder and stay below it, or absolute. Labels are optional; a `split` column divides
 * the list.
 *
 * @throws UserError (exit code 2) for missing columns, a line that can't be read, or a path that climbs out.
 */
export async function openList(
  tree: FileTree,
  { labelField, exclusion }: OpenOptions,
): Promise<Collection | undefined> {
  const [list = '', ...rest] = tree.others;
  const extension = extensionOf(list);
  if (tree.kind !== 'file' || rest.length > 0 || !EXTENSIONS.includes(extension)) return undefined;
  const disk = tree.diskPath(list) as string;
  const listed = readListEntries(await readText(tree, list), extension, disk, labelField);
  const entries = listed.filter(({ path }) => exclusion?.excludes(posix.normalize(path)) !== true);
  if (entries.length === 0) {
    throw new UserError(`expected a line for each image, got none in ${disk}`, {
      hint: 'Write a header line and then one image a line.',
      exitCode: 2,
    });
  }
  const folder = join(disk, '..');
  const bySplit = new Map<string, ListEntry[]>();
  for (const entry of entries) {
    const split = entry.split === undefined ? '' : canonicalSplit(entry.split);
    const others = bySplit.get(split);
    if (others === undefined) bySplit.set(split, [entry]);
    else others.push(entry);
  }
  return collectionOf(
    [...bySplit].map(([split, part]) => [split, sourceOf(part, folder, disk)] as const),
    [list],
  );
}
