import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearestName } from '../../util/nearest-name.ts';
import { shellWord } from '../../util/shell-word.ts';

/** The existing path nearest to one that doesn't exist: its first missing part is compared with the names beside it. */
export function nearestPath(path: string): string | undefined {
  const parent = dirname(path);
  if (parent === path) return undefined;
  try {
    const near = nearestName(basename(path), readdirSync(parent));
    return near === undefined ? undefined : join(parent, near);
  } catch {
    return nearestPath(parent);
  }
}

/** What helps where nothing is at a path: a folder for a pattern, or the existing path that is nearest. */
export function missingPathHint(path: string): string {
  const pattern = /[*?[]/.exec(path);
  if (pattern !== null) {
    const folder = path.slice(0, path.lastIndexOf('/', pattern.index)) || '/';
    const isShards = /\.(?:tar|tgz|gz|parquet)$/.test(path);
    const list = `(echo path; ls ${path}) > list.csv`;
    const other = isShards ? "a range of numbers ('train-{000..009}.tar')" : `a list of the files: ${list}`;
    return `Patterns are not expanded. Name the folder ${shellWord(folder)}, or ${other}`;
  }
  const near = nearestPath(path);
  if (path !== path.trim())
    return `The path ${JSON.stringify(path)} has white space at an end.${near === undefined ? '' : ` Did you mean ${near}?`}`;
  return near === undefined ? 'Name an existing folder or archive of images.' : `Did you mean ${near}?`;
}
