import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { shellWord } from './shell-word.ts';

const isRun = (folder: string): boolean => existsSync(join(folder, 'config.yaml'));

/**
 * What to name in place of something that was given for a run folder and is none, such as an export or the folder of
 * all runs; undefined where it looks like nothing of ours.
 */
export function runHint(given: string): string | undefined {
  const path = resolve(given);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const word = shellWord(given);
  const start = `cl-train PRESET FOLDER --init ${word} starts from it.`;
  if (!found.isDirectory()) return `It is a file: cl-eval knn --checkpoint ${word} evaluates it, ${start}`;
  const above = dirname(path);
  const isExport = existsSync(join(path, 'export.json'));
  if (isRun(above)) {
    return `${isExport ? 'It holds the export of a run.' : 'It lies in a run.'} The run is ${shellWord(above)}`;
  }
  if (isExport) return `It holds an export: cl-eval knn --weights ${word} --data FOLDER evaluates it, ${start}`;
  const inside = readdirSync(path)
    .sort()
    .map((name) => join(path, name))
    .find((folder) => isRun(folder) && existsSync(join(folder, 'checkpoints')));
  return inside === undefined ? undefined : `It holds runs: name one, such as ${shellWord(inside)}`;
}
