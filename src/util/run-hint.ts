import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { nearestName } from './nearest-name.ts';
import { shellWord } from './shell-word.ts';

const isRun = (folder: string): boolean => existsSync(join(folder, 'config.yaml'));

/** The runs in a folder, the ones that were at work last first. */
export function newestRuns(folder = 'runs'): string[] {
  const names = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  const runs = names.map((name) => join(folder, name)).filter(isRun);
  const timeOf = (run: string): number =>
    Math.max(...['config.yaml', 'metrics.jsonl'].map((name) => modified(join(run, name))));
  return runs
    .map((run) => ({ run, time: timeOf(run) }))
    .sort((a, b) => b.time - a.time)
    .map(({ run }) => run);
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Runs that may be meant by a name that is none's. */
function meantRun(given: string): string | undefined {
  const runs = [...new Set([dirname(given), 'runs'].flatMap(newestRuns))];
  const near = nearestName(
    basename(given),
    runs.map((run) => basename(run)),
  );
  const meant = runs.find((run) => basename(run) === near);
  if (meant !== undefined) return `did you mean ${shellWord(meant)}?`;
  return runs.length === 0 ? undefined : `runs here: ${runs.slice(0, 5).map(shellWord).join(', ')}`;
}

/**
 * What to name in place of something that was given for a run folder and is none, such as an export or the folder of
 * all runs; undefined where it looks like nothing of ours.
 */
export function runHint(given: string): string | undefined {
  const path = resolve(given);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return meantRun(given);
  const word = shellWord(given);
  const start = `cl-train PRESET FOLDER --init ${word} starts from it.`;
  if (!found.isDirectory()) {
    const owner = dirname(dirname(path));
    const own = isRun(owner) ? ` of the run ${shellWord(owner)}` : '';
    return `It is a file${own}: cl-eval knn --checkpoint ${word} evaluates it, ${start}`;
  }
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
  return inside === undefined ? meantRun(given) : `It holds runs: name one, such as ${shellWord(inside)}`;
}
