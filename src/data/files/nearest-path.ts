import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
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

/** The command that downloads a data set of the Hugging Face hub, whose names are `owner/name`. */
function hubHint(path: string): string | undefined {
  const [, id, name] = /^([\w.-]+\/([\w.-]+))$/.exec(relative('', path)) ?? [];
  const isOwner = id !== undefined && !id.startsWith('.') && !existsSync(dirname(path));
  if (name === undefined || !isOwner || /\.(tar|t?gz|zip|csv|tsv|jsonl|parquet|np[yz]|bin)$/i.test(name))
    return undefined;
  return `If it is a data set of the Hugging Face hub, fetch it first: hf download --repo-type dataset ${id} --local-dir ${name} (then --data ${name})`;
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
  if (near !== undefined) return `Did you mean ${near}?`;
  return hubHint(path) ?? 'Name an existing folder or archive of images.';
}
