import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { expandBraces } from '../util/brace-range.ts';
import { localPath } from '../util/foreign-path.ts';

const exists = (path: string): boolean => existsSync(expandBraces(path)[0] as string);

/**
 * The absolute path that a data setting means; of brace ranges (`train-{000..009}.tar`) the first is looked for.
 *
 * `~/` is the home folder. A relative path from a file is looked for beside that file first, then in the working
 * directory (not if it starts with a dot: that is always beside the file); one from the command line (`folder`
 * undefined) in the working directory alone, as a shell would.
 *
 * @throws UserError (exit code 2) as `localPath` does.
 */
export function resolveDataPath(path: string, folder: string | undefined): string {
  const full = path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : localPath(path);
  if (isAbsolute(full) || folder === undefined) return resolve(full);
  const beside = resolve(folder, full);
  return full.startsWith('.') || exists(beside) ? beside : resolve(full);
}

/**
 * The absolute path that a setting of weights means, as `resolveDataPath` reads it. An address stays as it is: who
 * reads weights knows what helps.
 */
export function resolveWeightsPath(path: string, folder: string | undefined): string {
  const isAddress = /^[a-z][\w-]+:/i.test(path) && !path.startsWith('file:') && !existsSync(path);
  return isAddress ? path : resolveDataPath(path, folder);
}

/**
 * The test images that a setting means: a folder inside `data` by its name, or else a path as `resolveDataPath` reads
 * it.
 */
export function resolveTestPath(path: string, folder: string | undefined, data: string): string {
  if (exists(join(data, path))) return path;
  const full = resolveDataPath(path, folder);
  return exists(full) || isAbsolute(path) ? full : path;
}
