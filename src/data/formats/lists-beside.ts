import { basename, dirname } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { FileTree, OpenOptions } from '../files/file-tree.ts';
import { columnsOfFiles } from '../files/list-column-error.ts';
import { chooseColumns } from '../files/list-columns.ts';
import { eachText } from '../files/packed-texts.ts';
import { isArchivePath, unpackCommand } from '../files/unpack-command.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { LIST_FILE, openList, openTable } from './list.ts';

/** Lists that are looked into, and images of an archive whose names are compared. */
const MOST_LISTS = 8;
const MOST_NAMES = 1000;

/** A list with columns of paths and of labels. */
interface ListBeside {
  readonly file: string;
  /** Its options of the command line. */
  readonly command: string;
  /** Its first path. */
  readonly first: string;
  /** Whether its images were found and have labels. */
  readonly isWhole: boolean;
}

async function readList(tree: FileTree, file: string, { memoryBytes }: OpenOptions): Promise<ListBeside | undefined> {
  const list = tree.diskPath(file) as string;
  const table = await openTable(tree, file, { memoryBytes });
  const usual = chooseColumns(table, { memoryBytes }, list);
  const path = usual.path ?? (await columnsOfFiles(table, list, dirname(list)))[0];
  const [other, ...others] = usual.others.filter((column) => column !== path);
  const label = usual.label ?? (others.length === 0 ? other : undefined);
  if (path === undefined || label === undefined) return undefined;
  const [first = ''] = eachText((await table.read([], { packed: path, most: 1 })).packed);
  const pathField = usual.path === undefined ? path : undefined;
  const labelField = usual.label === undefined ? label : undefined;
  const settings = Object.entries({ pathField, labelField }).flatMap(([key, value]) =>
    value === undefined ? [] : [` --set ${shellWord(`data.${key}=${value}`)}`],
  );
  const alone: FileTree = { ...tree, where: list, kind: 'file', images: [], others: [file] };
  const collection = await orUndefined(openList(alone, { memoryBytes, pathField, labelField }));
  const source = await collection?.open(collection.train ?? collection.splits[0] ?? '', []);
  return {
    file,
    first,
    command: `--data ${shellWord(list)}${settings.join('')}`,
    isWhole: source?.labels !== undefined,
  };
}

const orUndefined = <Value>(found: Promise<Value>): Promise<Value | undefined> =>
  found.catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });

async function findLists(tree: FileTree, options: OpenOptions): Promise<ListBeside[]> {
  if (tree.kind !== 'folder') return [];
  const files = tree.others.filter((path) => LIST_FILE.test(path)).slice(0, MOST_LISTS);
  const lists: ListBeside[] = [];
  for (const file of files) {
    const found = await orUndefined(readList(tree, file, options));
    if (found !== undefined) lists.push(found);
  }
  return lists;
}

/**
 * Says where the labels of images may be that have none: in a list beside them, with the command that takes it; also
 * where they must be unpacked first.
 */
export async function describeLists(tree: FileTree, source: ImageSource, options: OpenOptions): Promise<string[]> {
  const lists = await findLists(tree, options);
  const whole = lists.find(({ isWhole }) => isWhole);
  if (whole !== undefined) return [`labels may be in ${whole.file}: ${whole.command}`];
  const [archive, ...more] = tree.others.filter(isArchivePath);
  if (archive === undefined || more.length > 0) return [];
  const names = Array.from({ length: Math.min(source.count, MOST_NAMES) }, (_, i) => basename(source.name(i)));
  const packed = lists.find(({ first }) => names.includes(basename(first)));
  if (packed === undefined) return [];
  const { command } = unpackCommand(tree.diskPath(archive) as string);
  return [`labels may be in ${packed.file}: unpack the images (${command}), then ${packed.command}`];
}

/** What to name where a folder holds nothing but a list of images elsewhere; undefined without one. */
export async function listHint(tree: FileTree, options: OpenOptions): Promise<string | undefined> {
  const found = (await findLists(tree, options)).find(({ isWhole }) => isWhole);
  return found && `Name the list of images: ${found.command}`;
}
