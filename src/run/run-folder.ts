import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { listCheckpoints } from '../checkpoint/checkpoint-folder.ts';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { UserError } from '../util/errors.ts';

/** Where a run keeps its files. */
export interface RunFolder {
  readonly path: string;
  readonly checkpoints: string;
  readonly metrics: string;
}

/** Everything that a run writes into its folder; nothing else is ever deleted. */
const OWN_ENTRIES = ['config.yaml', 'checkpoints', 'metrics.jsonl', 'log.jsonl', 'report.json', 'report.html'];

/** The paths of a run folder, which need not exist. */
export function runFolder(path: string): RunFolder {
  const absolute = isAbsolute(path) ? path : resolve(path);
  return {
    path: absolute,
    checkpoints: join(absolute, 'checkpoints'),
    metrics: join(absolute, 'metrics.jsonl'),
  };
}

/**
 * Makes a run's folder ready: new, emptied of an earlier run's own files (`overwrite`), or to be resumed.
 *
 * Throws a UserError (exit 2) when the folder holds a run and neither is asked for, and when there is nothing to resume.
 */
export async function prepareRunFolder(
  folder: RunFolder,
  options: { readonly resume: boolean; readonly overwrite: boolean; readonly configText: string },
): Promise<void> {
  const entries = existsSync(folder.path) ? await readdir(folder.path).catch(notAFolder(folder.path)) : [];
  const earlier = entries.filter((name) => OWN_ENTRIES.includes(name));
  if (options.resume) {
    if ((await listCheckpoints(folder.checkpoints)).length > 0) return;
    throw new UserError(`--resume: expected checkpoints in ${folder.checkpoints}, found none`, {
      hint: 'Leave --resume out to start the run, or name its folder with --output.',
      exitCode: 2,
    });
  }
  if (earlier.length > 0 && !options.overwrite) {
    throw new UserError(`expected a new run folder, got ${folder.path}, which holds a run (${earlier.join(', ')})`, {
      hint: 'Go on with it by --resume, start anew by --overwrite, or choose another folder by --output.',
      exitCode: 2,
    });
  }
  await Promise.all(earlier.map((name) => rm(join(folder.path, name), { recursive: true, force: true })));
  await mkdir(folder.checkpoints, { recursive: true }).catch((cause: Error) => {
    throw new UserError(`Cannot make the run folder ${folder.path}: ${cause.message}.`, { cause });
  });
  await writeFileAtomic(join(folder.path, 'config.yaml'), options.configText);
}

function notAFolder(path: string) {
  return (cause: Error): never => {
    throw new UserError(`expected a run folder, got ${path}: ${cause.message}`, { cause, exitCode: 2 });
  };
}
