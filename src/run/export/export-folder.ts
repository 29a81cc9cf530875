import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { hashFile } from '../../util/hash-file.ts';
import { listNames } from '../../util/list-names.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { MANIFEST, parseManifest } from './manifest.ts';

/** All files below a folder by their relative paths, with forward slashes, in order. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Files of a folder that are not of the export in it; undefined where it holds none. */
async function findForeign(folder: string): Promise<string[] | undefined> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const own = new Set([MANIFEST, ...parseManifest(text, join(folder, MANIFEST)).files.map(({ path }) => path)]);
  return (await listFiles(folder)).filter((path) => !own.has(path));
}

/**
 * Checks, without changing anything, that an export can be written to a place: it is new, an empty folder or, with
 * `overwrite`, an export with nothing else in it.
 *
 * @throws UserError (exit code 2) for anything else.
 */
export async function checkExportFolder(path: string, overwrite: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  const problem = (got: string, hint: string): UserError =>
    new UserError(`--output: expected a new or empty folder, got ${path}, ${got}`, { hint, exitCode: 2 });
  if (!found.isDirectory()) throw problem('which is a file', 'Choose another name.');
  const names = await readdir(path);
  if (names.length === 0) return;
  const foreign = await findForeign(path);
  if (foreign === undefined) throw problem(`which holds ${listNames(names.sort())}`, 'Choose another folder.');
  if (foreign.length > 0) {
    throw problem(
      `an export with other files in it (${listNames(foreign)})`,
      'Move them away, or choose another folder.',
    );
  }
  if (!overwrite) throw problem('which holds an export', 'Replace it by --overwrite, or choose another folder.');
}

/**
 * Checks that nobody has changed the export in a folder since it was written, where there is one.
 *
 * @throws UserError that names what differs.
 */
export async function checkUnchanged(folder: string): Promise<void> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) return;
  for (const { path, sha256 } of parseManifest(text, join(folder, MANIFEST)).files) {
    const place = join(folder, path);
    const found = await stat(place).catch(() => undefined);
    if (found?.isFile() && (await hashFile(place)) === sha256) continue;
    throw new UserError(`${place} was changed since it was written, and is left as it is`, {
      hint: `Export again: cl-export --output ${folder} --overwrite, or to another folder.`,
    });
  }
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`);
}

/**
 * Writes a folder under a temporary name beside its place and renames it whole, so that nobody sees a part of it; what
 * {@link checkExportFolder} allows is replaced.
 *
 * @throws UserError where the place can't be written, or was taken in the meantime.
 */
export async function replaceFolder(
  output: string,
  overwrite: boolean,
  write: (folder: string) => Promise<void>,
): Promise<void> {
  const path = resolve(output);
  const temporary = temporaryBeside(path);
  const onDisk = (work: Promise<unknown>): Promise<unknown> =>
    work.catch((cause: NodeJS.ErrnoException) => {
      throw new UserError(`Cannot write ${output}: ${cause.message}.`, {
        hint: 'Change the permissions of its folder, or choose another one.',
        cause,
      });
    });
  await onDisk(makeFolders(temporary));
  const old = temporaryBeside(path);
  try {
    await write(temporary);
    // Another command may have written there since this one began.
    await checkExportFolder(path, overwrite);
    const exists = await stat(path).catch(() => undefined);
    if (exists !== undefined) await onDisk(rename(path, old));
    await onDisk(rename(temporary, path));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const isGone = (await stat(path).catch(() => undefined)) === undefined;
    if (isGone) await rename(old, path).catch(() => {});
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
