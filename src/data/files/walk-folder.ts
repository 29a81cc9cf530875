import { constants, type Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { forEachNumber } from '../../util/for-each-number.ts';
import { isRunFolder, RUN_FILES } from '../../util/run-files.ts';
import { shellWord } from '../../util/shell-word.ts';
import { readFully } from './bytes.ts';
import { codeOf, REPLACEMENT } from './error-code.ts';
import { describeHidden, describeSkipped, isHiddenImage, isImagePath, isSystemName } from './paths.ts';

/**
 * How often one folder is listed: links to folders that hold two links each to the next ones would lead to it without
 * end.
 */
const MOST_VISITS = 64;

/** Folders that are read at the same time; more would only wait for libuv's threads. */
const CONCURRENCY = 16;

/** The files below a folder by their paths, in no order. */
export interface FolderFiles {
  readonly images: readonly string[];
  readonly others: readonly string[];
  /** What was left out on purpose, with the reason. */
  readonly refused: readonly string[];
  /** The folders of runs, with a slash at their end, which were left out. */
  readonly own: readonly string[];
  /** What was left out because it is no data: what systems leave. */
  readonly notes: readonly string[];
}

/** A folder on the way. */
interface Place {
  readonly folder: string;
  readonly prefix: string;
  readonly above: Place | undefined;
  /** Where it really lies, if that is not below the folder above: of the first one, and behind links. */
  readonly real: string | undefined;
}

/** Where a folder really lies; joined only when it is asked for, since there may be a hundred thousand. */
function realOf({ folder, above, real }: Place): string {
  return real ?? join(realOf(above as Place), basename(folder));
}

/** Whether links lead to a place. */
const isBehindLink = ({ above, real }: Place): boolean =>
  above !== undefined && (real !== undefined || isBehindLink(above));

/** Whether a real path is that of a folder or of one above it. */
function isAbove(real: string, place: Place | undefined): boolean {
  return place !== undefined && (realOf(place) === real || isAbove(real, place.above));
}

async function readHead(path: string, most: number): Promise<Buffer> {
  // Opening a pipe would otherwise wait for somebody to write into it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return Buffer.from(await readFully(file, 0, new Uint8Array(most)));
  } finally {
    await file.close();
  }
}

/** A file that can't be read is nobody's output; what is wrong with it is told where it is read as an image. */
const readHeadOrNothing = (path: string, most: number): Promise<Buffer> =>
  readHead(path, most).catch(() => Buffer.of());

/** Whether an entry is a folder once links are followed. */
async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function unreadable(folder: string, error: unknown): UserError {
  return new UserError(`expected a readable folder, got ${codeOf(error) || String(error)} at ${folder}`, {
    hint: 'Give yourself the right to read it, or move it out of the data folder.',
    exitCode: 2,
    cause: error,
  });
}

/** The error for a folder to which many links lead. */
function visitedOften(folder: string, where: string): UserError {
  return new UserError(
    `expected at most ${MOST_VISITS} ways by links to one folder, got more: ${folder} (in ${where})`,
    { hint: `Remove links that lead to folders of links: find ${shellWord(where)} -type l`, exitCode: 2 },
  );
}

/**
 * Finds the files below a folder, at any depth, following links but never round a loop.
 *
 * Names that start with a dot are ignored, those of images counted; what systems leave (`@eaDir`, `lost+found`) and the
 * folders of runs are left out and counted.
 *
 * @throws UserError (exit code 2) where a folder below may not be read, or links lead to it in more than 64 ways.
 */
export async function walkFolder(where: string): Promise<FolderFiles> {
  const images: string[] = [];
  const others: string[] = [];
  const refused: string[] = [];
  const own: string[] = [];
  const system: string[] = [];
  const hidden: string[] = [];
  const visits = new Map<string, number>();

  const list = async ({ folder, prefix }: Place): Promise<Dirent[]> => {
    try {
      return await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || !folder.includes(REPLACEMENT)) throw unreadable(folder, error);
      refused.push(`${prefix} (its name is not UTF-8)`);
      return [];
    }
  };

  /** The folders in a folder, once its files are noted. */
  const look = async (place: Place): Promise<Place[]> => {
    const { folder, prefix } = place;
    if (isBehindLink(place)) {
      const real = realOf(place);
      const count = (visits.get(real) ?? 0) + 1;
      if (count > MOST_VISITS) throw visitedOften(real, where);
      visits.set(real, count);
    }
    const entries = await list(place);
    const names = new Set(entries.map(({ name }) => name));
    const isRun = await isRunFolder(names, async (name, most) => {
      return (await readHeadOrNothing(join(folder, name), most)).toString();
    });
    // Of the place that the user named only the run's own files go.
    if (isRun) own.push(prefix || RUN_FILES.filter((name) => names.has(name)).join(', '));
    if (isRun && prefix !== '') return [];
    const below: Place[] = [];
    for (const entry of entries) {
      const { name } = entry;
      const path = prefix + name;
      if (isSystemName(name)) system.push(path);
      else if (isHiddenImage(name) && !entry.isDirectory()) hidden.push(path);
      else if (name.startsWith('.') || (isRun && RUN_FILES.some((file) => file === name))) continue;
      else if (await isFolder(entry, join(folder, name))) {
        // Only links lead round.
        const real = entry.isSymbolicLink()
          ? await realpath(join(folder, name)).catch((error) => Promise.reject(unreadable(join(folder, name), error)))
          : undefined;
        if (real === undefined || !isAbove(real, place))
          below.push({ folder: join(folder, name), prefix: `${path}/`, above: place, real });
      } else if (!isImagePath(name)) others.push(path);
      else images.push(path);
    }
    return below;
  };

  const root = await realpath(where).catch((error) => Promise.reject(unreadable(where, error)));
  let level: Place[] = [{ folder: where, prefix: '', above: undefined, real: root }];
  while (level.length > 0) {
    const places = level;
    const next: Place[] = [];
    await forEachNumber(0, places.length, CONCURRENCY, undefined, async (i) => {
      for (const place of await look(places[i] as Place)) next.push(place);
    });
    level = next;
  }
  return {
    images,
    others,
    refused,
    own,
    notes: [...describeSkipped('system files', system), ...describeHidden(hidden, where)],
  };
}
