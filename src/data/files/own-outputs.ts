import { posix } from 'node:path';
import pLimit from 'p-limit';
import { isRunFolder, RUN_FILES } from '../../util/run-files.ts';
import { isMarkedSheet, MARKED_HEAD } from '../pixels/sheet-mark.ts';
import type { FileTree } from './file-tree.ts';
import { describeSkipped, extensionOf } from './paths.ts';

/** Images that are looked into at most: opening all would take minutes on a network. */
const MOST = 500;

/** Images that lie beside folders, or PNG files of a folder, up to which all are looked into. */
const FEW = 100;

/** Names of one shape that a folder has at most where they are exceptions, and the share of them among its images. */
const ALIKE = 2;
const EXCEPTIONS = 0.1;

/** Files that are opened at the same time. */
const CONCURRENCY = 16;

/** Names that contact sheets have unless the user says otherwise. */
const SHEETS: ReadonlySet<string> = new Set(['preview.png', 'views.png']);

/** A name without its numbers, whether decimal or those of a checksum: what the names of a data set have in common. */
const shapeOf = (path: string): string => posix.basename(path).replace(/[0-9a-f]{8,}|\d+/gi, '#');

const isPng = (path: string): boolean => extensionOf(path) === '.png';

/** Images by the folder that they lie in. */
function groupByFolder(images: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const path of images) {
    const folder = posix.dirname(path);
    const others = folders.get(folder);
    if (others === undefined) folders.set(folder, [path]);
    else others.push(path);
  }
  return folders;
}

/** The folders that have folders with images in them. */
function findOuter(folders: Iterable<string>): Set<string> {
  const outer = new Set<string>();
  for (const folder of folders) {
    for (let at = folder; at !== '.'; ) {
      at = posix.dirname(at);
      if (outer.has(at)) break;
      outer.add(at);
    }
  }
  return outer;
}

/** PNG files whose names are unlike those of the other ones in their folder. */
function findExceptions(pngs: readonly string[], images: number): string[] {
  const shapes = pngs.map(shapeOf);
  const counts = new Map<string, number>();
  for (const shape of shapes) counts.set(shape, (counts.get(shape) ?? 0) + 1);
  const found = pngs.filter((_, i) => (counts.get(shapes[i] as string) as number) <= ALIKE);
  return found.length <= Math.min(FEW, EXCEPTIONS * images) ? found : [];
}

/**
 * The images that may be contact sheets, by their paths alone, the likeliest first: of the usual names, those beside
 * folders, those with a name of their own, then all PNG files of small folders.
 */
function findCandidates(images: readonly string[]): string[] {
  const folders = groupByFolder(images);
  const outer = findOuter(folders.keys());
  const ranks: [string[], string[], string[], string[]] = [[], [], [], []];
  for (const [folder, paths] of folders) {
    ranks[0].push(...paths.filter((path) => SHEETS.has(posix.basename(path))));
    if (outer.has(folder) && paths.length <= FEW) ranks[1].push(...paths);
    else {
      const pngs = paths.filter(isPng);
      ranks[2].push(...findExceptions(pngs, paths.length));
      if (pngs.length <= FEW && ranks[3].length < MOST) ranks[3].push(...pngs);
    }
  }
  return [...new Set(ranks.flat())].slice(0, MOST);
}

/** The first bytes of a file; none where it can't be read, which is told where it is read as an image. */
async function readHead(tree: FileTree, path: string, length: number): Promise<Uint8Array> {
  try {
    const bytes = await tree.open(path);
    try {
      return await bytes.readAt(0, length);
    } finally {
      await bytes.close();
    }
  } catch {
    return new Uint8Array();
  }
}

/** The contact sheets among the likeliest images of a tree. */
async function findSheets(tree: FileTree): Promise<string[]> {
  const candidates = findCandidates(tree.images);
  const limit = pLimit(CONCURRENCY);
  const isSheet = async (path: string): Promise<boolean> => isMarkedSheet(await readHead(tree, path, MARKED_HEAD));
  const found = await Promise.all(candidates.map((path) => limit(() => isSheet(path))));
  return candidates.filter((_, i) => found[i]);
}

/** The folders of runs in an archive, with a slash at their end. */
async function findRuns(tree: FileTree): Promise<string[]> {
  const files = new Set([...tree.images, ...tree.others]);
  const runs: string[] = [];
  for (const path of tree.others) {
    if (posix.basename(path) !== 'config.yaml' || path === 'config.yaml') continue;
    const folder = `${posix.dirname(path)}/`;
    const holds = (name: string): boolean =>
      files.has(folder + name) || tree.others.some((other) => other.startsWith(`${folder}${name}/`));
    const isRun = await isRunFolder(new Set(RUN_FILES.filter(holds)), async (name, most) => {
      return Buffer.from(await readHead(tree, folder + name, most)).toString();
    });
    if (isRun) runs.push(folder);
  }
  return runs;
}

/**
 * A tree without what this tool wrote: runs in archives (those in folders are not even walked through) and contact
 * sheets, with a note on both. No more than 500 images are looked into; a sheet that is not among them is refused where
 * it is decoded.
 */
export async function leaveOutOwn(tree: FileTree): Promise<FileTree> {
  if (tree.kind === 'file') return tree;
  const runs = tree.kind === 'archive' ? await findRuns(tree) : [];
  const isKept = (path: string): boolean => !runs.some((folder) => path.startsWith(folder));
  const rest = { ...tree, images: tree.images.filter(isKept), others: tree.others.filter(isKept) };
  const sheets = new Set(await findSheets(rest));
  const own = [...(tree.own ?? []), ...runs, ...sheets];
  return {
    ...rest,
    images: sheets.size === 0 ? rest.images : rest.images.filter((path) => !sheets.has(path)),
    notes: [...describeSkipped('own outputs', own), ...(tree.notes ?? [])],
  };
}
