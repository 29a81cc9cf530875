import { existsSync, statSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { TABLE_FORMATS, tableFormat, tablePaths } from '../../interop/tables/table-files.ts';
import { freeBytes } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { shellWord } from '../../util/shell-word.ts';
import { partialFolder } from './partial-features.ts';

/** The list of bad images beside an output. */
export function badPath(output: string): string {
  return `${output}.bad.csv`;
}

/**
 * Checks that a table can be written to a path, before anything is opened.
 *
 * @throws UserError (exit code 2) for an ending that names no format, for a folder, and for what exists and is not to
 * be overwritten.
 */
export function checkOutput(output: string, overwrite: boolean): void {
  if (tableFormat(output) === undefined) {
    const got = extname(output) === '' ? `${output}, without an ending` : output;
    throw new UserError(`--output: expected a file that ends in ${TABLE_FORMATS.join(', ')}, got ${got}`, {
      hint: 'The ending says the format: --output features.parquet',
      exitCode: 2,
    });
  }
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError(`--output: expected a file, got the folder ${output}`, {
      hint: `Name a file in it: --output ${shellWord(join(output, 'features.parquet'))}`,
      exitCode: 2,
    });
  }
  if (overwrite) return;
  const partial = partialFolder(output);
  const isBegun = existsSync(partial);
  // What lies beside the output may be of the same command, which was stopped before it was done with it.
  const others = isBegun ? [] : [...tablePaths(output), badPath(output)];
  const found = [output, ...others].find((path) => existsSync(path));
  if (found === undefined) return;
  const rest = isBegun ? ` ${partial} holds features that are not in it.` : '';
  throw new UserError(`--output: expected a new file, got ${found}, which exists`, {
    hint: `Choose another name, or replace it with --overwrite.${rest}`,
    exitCode: 2,
  });
}

/** Makes the folder beside an output, and those that it lies in. @throws UserError where that can't be done. */
export async function makePartialFolder(output: string): Promise<string> {
  const folder = partialFolder(output);
  await makeFolders(folder).catch((cause: Error) => {
    throw new UserError(`--output: cannot write beside ${output}: ${cause.message}`, {
      hint: 'Choose another place, or change the permissions of its folder.',
      cause,
      exitCode: 2,
    });
  });
  return folder;
}

/** Bytes of a value in a table at most: CSV takes up to 15 characters, the others float32. */
const VALUE_BYTES = { '.csv': 15, '.npy': 4, '.npz': 4, '.parquet': 5 } as const;

/**
 * Checks that there is room for features that are still to be computed, and for the table of all.
 *
 * @param rows of the table, and how many of them are there already.
 * @throws UserError where there is less.
 */
export async function checkRoom(
  output: string,
  { rows, done, width }: { readonly rows: number; readonly done: number; readonly width: number },
): Promise<void> {
  const needed = width * (4 * (rows - done) + VALUE_BYTES[tableFormat(output) ?? '.csv'] * rows);
  const free = await freeBytes(output);
  if (free === undefined || free >= needed) return;
  throw new UserError(
    `expected room for ${formatBytes(needed)} beside ${output} (the features on their way, and the table), got ${formatBytes(free)} free`,
    { hint: 'Free some space, choose another folder, or take fewer images: --split test, --set data.fraction=0.1' },
  );
}

/** Removes the folder beside an output that is complete. */
export async function removePartialFolder(output: string): Promise<void> {
  await rm(partialFolder(output), { recursive: true, force: true });
}

/** Removes the folder of what is complete of an output where nothing is, not even another process's lock. */
export async function removeEmptyPartialFolder(output: string): Promise<void> {
  await rmdir(partialFolder(output)).catch(() => {});
}
