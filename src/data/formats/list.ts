import { dirname, join, posix } from 'node:path';
import { type CodedValues, selectRows } from '../../util/coded-values.ts';
import { UserError } from '../../util/errors.ts';
import { countingTo, createNumberPacker, type Numbers, numbersAt } from '../../util/packed-numbers.ts';
import type { Exclusion } from '../files/exclusion.ts';
import type { FileTree, OpenOptions } from '../files/file-tree.ts';
import { readImageFile } from '../files/image-folder.ts';
import { openJsonLines } from '../files/json-lines.ts';
import { otherColumnError, pathColumnError } from '../files/list-column-error.ts';
import { chooseColumns, isPathColumn } from '../files/list-columns.ts';
import { type ListEntries, readListEntries } from '../files/list-entries.ts';
import { findPlaces, type ListPlaces } from '../files/list-places.ts';
import { readSplitFolders } from '../files/list-split-folders.ts';
import { type ListTable, openSeparated } from '../files/list-table.ts';
import { openListText } from '../files/list-text.ts';
import { mapTexts, textsAt } from '../files/packed-texts.ts';
import { extensionOf } from '../files/paths.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { type Collection, collectionOf } from '../sources/collection.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type Labels, NO_LABELS, numberLabels, withoutLabels } from '../sources/labels.ts';
import { splitOf } from '../sources/splits.ts';

/** Files that may be lists, by their names. */
export const LIST_FILE = /\.(csv|tsv|jsonl|ndjson)$/i;

/** Some of a list's entries; all without `rows`. */
interface Part {
  readonly split: string;
  readonly rows?: Numbers | undefined;
}

function labelsOf({ lines, labels, unlabelled }: ListEntries, rows: Numbers | undefined): Labels {
  if (labels === undefined) return unlabelled === undefined ? NO_LABELS : withoutLabels(unlabelled);
  const chosen: CodedValues<unknown> = rows === undefined ? labels : selectRows(labels, rows);
  return numberLabels(chosen, (index) => `line ${lines.at(rows?.at(index) ?? index)}`);
}

/** The images of a part of a list. */
function sourceOf(entries: ListEntries, places: ListPlaces, { rows }: Part): ImageSource {
  // The values of labels are numbered now, and not kept.
  const found = labelsOf(entries, rows);
  const { lines, paths } = entries;
  const { length, at: entryOf } = rows ?? countingTo(paths.length);
  return {
    kind: 'list',
    count: length,
    ...found,
    name: (index) => paths.at(entryOf(index)),
    origin: (index) => places.place(entryOf(index)),
    read: async (index) => {
      try {
        return await readImageFile(places.place(entryOf(index)));
      } catch (error) {
        if (!(error instanceof DecodeProblem)) throw error;
        throw new DecodeProblem(`${error.message} (line ${lines.at(entryOf(index))} of the list)`, { cause: error });
      }
    },
  };
}

const toSlashes = (path: string): string => posix.normalize(path.trim().replaceAll('\\', '/'));

/** A list without the entries that the user excludes. */
function leaveOut(entries: ListEntries, exclusion: Exclusion | undefined): ListEntries {
  if (exclusion === undefined || exclusion.isEmpty) return entries;
  const { lines, paths, labels, splits } = entries;
  const packer = createNumberPacker();
  for (let i = 0; i < paths.length; i++) if (!exclusion.excludes(toSlashes(paths.at(i)))) packer.add(i);
  const kept = packer.done();
  return {
    ...entries,
    lines: numbersAt(lines, kept),
    paths: textsAt(paths, kept),
    labels: labels && selectRows(labels, kept),
    splits: splits && selectRows(splits, kept),
  };
}

/** The entries of each split, in their order; '' is the split of those that name none. */
function divide({ splits }: ListEntries): Part[] {
  if (splits === undefined) return [{ split: '' }];
  const packers = splits.distinct.map(createNumberPacker);
  for (let row = 0; row < splits.length; row++) packers[splits.codeAt(row)]?.add(row);
  return splits.distinct.map((split, code) => ({ split, rows: packers[code]?.done() }));
}

/**
 * A list's columns, by the extension of its name.
 *
 * @throws UserError (exit code 2) for text that can't be read.
 */
export async function openTable(tree: FileTree, file: string, options: OpenOptions): Promise<ListTable> {
  const { pathField, labelField } = options;
  const extension = extensionOf(file);
  const list = tree.diskPath(file) as string;
  const isSeparated = extension === '.csv' || extension === '.tsv';
  const isPath = (column: string): boolean => column === pathField || isPathColumn(column);
  const text = await openListText(tree, file);
  if (isSeparated) return openSeparated(text, extension, list, isPath);
  return openJsonLines(
    text,
    list,
    [pathField, labelField].filter((field) => field !== undefined),
  );
}

/**
 * A list of images that the user names: CSV or TSV with a header line, or JSON Lines.
 *
 * Paths are relative to the list's folder and stay below it, or absolute; `findPlaces` says how else they may be meant.
 * Labels are optional; a `split` column divides the list.
 *
 * @throws UserError (exit code 2) for missing columns, a line that can't be read, or a path that climbs out.
 */
export async function openList(tree: FileTree, options: OpenOptions): Promise<Collection | undefined> {
  const [file = '', ...rest] = tree.others;
  if (tree.kind !== 'file' || rest.length > 0 || !LIST_FILE.test(file)) return undefined;
  const list = tree.diskPath(file) as string;
  const table = await openTable(tree, file, options);
  const columns = chooseColumns(table, options, list);
  const { path } = columns;
  const folder = join(list, '..');
  if (path === undefined && table.columns.length > 0) throw await pathColumnError(table, list, folder);
  const listed = path === undefined ? undefined : await readListEntries(table, { ...columns, path }, options, list);
  const entries = listed && leaveOut(listed, options.exclusion);
  if (entries === undefined || entries.paths.length === 0) {
    throw new UserError(`expected a line for each image, got none in ${list}`, {
      hint: 'Write a header line and then one image a line.',
      exitCode: 2,
    });
  }
  const named = { list, folder, lines: entries.lines, paths: entries.paths };
  const places = await findPlaces(named).catch(async (error: unknown) => {
    throw error instanceof UserError ? await otherColumnError(error, table, path as string, list, folder) : error;
  });
  const sourcesOf = (divided: ListEntries): (readonly [string, ImageSource])[] =>
    divide(divided).map((part) => [part.split, sourceOf(entries, places, part)] as const);
  const sources = sourcesOf(entries);
  const [whole] = sources;
  // Most lists are told by their first path.
  const isDivided =
    whole?.[0] === '' && sources.length === 1 && splitOf(dirname(toSlashes(entries.paths.at(0)))) !== '';
  const byFolder = isDivided ? readSplitFolders(mapTexts(entries.paths, toSlashes)) : undefined;
  const notes = [...entries.notes, ...places.notes];
  if (whole === undefined || byFolder === undefined) return collectionOf(sources, [file], notes);
  const parts = sourcesOf({ ...entries, splits: byFolder.splits });
  const warned = { ...whole[1], warnings: [byFolder.warning] };
  const collection = collectionOf([['', warned], ...parts], [file], notes, new Set(parts.map(([split]) => split)));
  // What is not trained on of parts that the user names is no surprise.
  return { ...collection, counts: new Map(), total: warned.count };
}
