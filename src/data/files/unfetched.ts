import { existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { shellWord } from '../../util/shell-word.ts';

/** A program that leaves a link to nothing until it has fetched a file. */
interface Keeper {
  readonly name: string;
  readonly target: RegExp;
  /** What fetches one image, without its place. */
  readonly verb: string;
  readonly command: (folder: string) => string;
}

const pullCommand = (folder: string): string => `cd ${shellWord(folder)} && dvc pull`;

const KEEPERS: readonly Keeper[] = [
  {
    name: 'git-annex',
    target: /(^|\/)\.git\/annex\/objects\//,
    verb: 'git annex get',
    command: (folder) => `git -C ${shellWord(folder)} annex get .`,
  },
  { name: 'DVC', target: /(^|\/)\.dvc\/cache\//, verb: 'dvc pull', command: pullCommand },
];

async function keeperOf(path: string): Promise<Keeper | undefined> {
  const target = await readlink(path).catch(() => '');
  return KEEPERS.find((keeper) => keeper.target.test(target));
}

/** How to fetch a path that is not there: a link of git-annex or DVC to nothing, or beside its `.dvc` file. */
export async function unfetchedHint(path: string): Promise<string | undefined> {
  const keeper = await keeperOf(path);
  if (keeper !== undefined) return `${keeper.name} has not fetched it: ${keeper.command(dirname(path))}`;
  const bare = path.replace(/\/+$/, '');
  return existsSync(`${bare}.dvc`) ? trackedHint(bare) : undefined;
}

/** How to fetch what a `.dvc` file stands for. */
export function trackedHint(path: string): string {
  return `Fetch what DVC tracks: ${pullCommand(dirname(path))}`;
}

/** Why an image behind a link to nothing is not there, to be put after its name; undefined for any other file. */
export async function unfetchedProblem(path: string): Promise<string | undefined> {
  const keeper = await keeperOf(path);
  return keeper === undefined ? undefined : `is not there (${keeper.verb} fetches the image)`;
}
