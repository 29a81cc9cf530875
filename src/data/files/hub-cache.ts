import { basename } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { quoteWord } from '../../util/shell-word.ts';
import type { FileTree } from './file-tree.ts';
import { readLines } from './read-text.ts';

const SNAPSHOT = /^(.*\/)?snapshots\/([^/]+)\//;
const REVISION = /^([0-9a-f]{40})\//;

const short = (revision: string): string => revision.slice(0, 7);

/** What lies between: the folder of a repository in the cache ('' for the tree itself), and the revision. */
function placeOf(
  path: string,
  isSnapshots: boolean,
  isRepository: (base: string) => boolean,
): [base: string, revision: string] | undefined {
  const [, base = '', revision] = SNAPSHOT.exec(path) ?? [];
  if (revision !== undefined && isRepository(base)) return [base, revision];
  const [, alone] = isSnapshots ? (REVISION.exec(path) ?? []) : [];
  return alone === undefined ? undefined : ['', alone];
}

async function mainRevision(tree: FileTree, base: string): Promise<string | undefined> {
  const path = `${base}refs/main`;
  return tree.others.includes(path) ? (await readLines(tree, path))[0] : undefined;
}

/**
 * Of a cache of the Hugging Face hub (`datasets--OWNER--NAME/snapshots/REVISION/...`) the files of one revision: the
 * only one, or the one that `refs/main` names; any other tree as it is.
 *
 * https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 *
 * @throws UserError (exit code 2) for several data sets, or several revisions of which `refs/main` names none.
 */
export async function narrowHubCache(tree: FileTree): Promise<FileTree> {
  const isSnapshots = basename(tree.where) === 'snapshots';
  const all = [...tree.images, ...tree.others];
  const isRepository = (base: string): boolean =>
    /^datasets--/.test(base === '' ? basename(tree.where) : basename(base)) ||
    tree.others.some((path) => path.startsWith(`${base}refs/`) || path.startsWith(`${base}blobs/`));
  const known = new Map<string, boolean>();
  const isKnown = (base: string): boolean => {
    const found = known.get(base) ?? isRepository(base);
    known.set(base, found);
    return found;
  };
  const revisions = new Map<string, Set<string>>();
  for (const path of all) {
    const [base, revision] = placeOf(path, isSnapshots, isKnown) ?? [];
    if (base === undefined || revision === undefined) continue;
    revisions.set(base, (revisions.get(base) ?? new Set()).add(revision));
  }
  const [place, ...others] = revisions;
  if (place === undefined) return tree;
  const choose = (what: string, paths: readonly string[]): UserError =>
    new UserError(
      `expected one ${what}, got ${paths.length} of a Hugging Face cache: ${paths.join(', ')} in ${tree.where}`,
      {
        hint: `Choose one: --data ${quoteWord(`${tree.where}/${paths[0]}`)}`,
        exitCode: 2,
      },
    );
  if (others.length > 0)
    throw choose(
      'data set',
      [...revisions.keys()].map((base) => base.replace(/\/$/, '')),
    );
  const [base, found] = place;
  const isInSnapshots = all.some((path) => path.startsWith(`${base}snapshots/`));
  const folder = isInSnapshots ? `${base}snapshots/` : '';
  const main = await mainRevision(tree, base);
  const [only = '', ...rest] = found;
  const chosen = rest.length === 0 ? only : main !== undefined && found.has(main) ? main : undefined;
  if (chosen === undefined)
    throw choose(
      'revision',
      [...found].map((revision) => folder + revision),
    );
  const isOwn = (path: string): boolean => path.startsWith(`${folder}${chosen}/`) || !path.startsWith(base);
  const left = [...found].filter((revision) => revision !== chosen).map(short);
  return {
    ...tree,
    images: tree.images.filter(isOwn),
    others: tree.others.filter(isOwn),
    notes: [
      ...(tree.notes ?? []),
      ...(left.length === 0 ? [] : [`revision ${short(chosen)} of refs/main (left out: ${left.join(', ')})`]),
    ],
  };
}
