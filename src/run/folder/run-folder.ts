import { existsSync, statSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { listCheckpoints } from '../../checkpoint/checkpoint-folder.ts';
import { readHistory } from '../../report/history.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { RUN_FILES, RUN_LOCK } from '../../util/run-files.ts';
import { runHint } from '../../util/run-hint.ts';
import { ANOTHER_FOLDER } from './check-place.ts';

/** Where a run keeps its files. */
export interface RunFolder {
  readonly path: string;
  readonly checkpoints: string;
  readonly metrics: string;
  /** A contact sheet of what is trained on. */
  readonly views: string;
  /** What the training images are, to know them again. */
  readonly images: string;
  /** The encoder in other tools' formats. */
  readonly exports: string;
}

/** The paths of a run folder, which need not exist. */
export function runFolder(path: string): RunFolder {
  const absolute = isAbsolute(path) ? path : resolve(path);
  return {
    path: absolute,
    checkpoints: join(absolute, 'checkpoints'),
    metrics: join(absolute, 'metrics.jsonl'),
    views: join(absolute, 'views.png'),
    images: join(absolute, 'images.tsv.gz'),
    exports: join(absolute, 'exports'),
  };
}

/**
 * The folder that the option `--run` names.
 *
 * Throws a UserError (exit 2) where it is no folder.
 */
export function namedRunFolder(run: string): RunFolder {
  const folder = runFolder(run);
  if (statSync(folder.path, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new UserError(`--run: expected a run folder, got ${run}, which is none`, { hint: runHint(run), exitCode: 2 });
}

/** What the user said about a run folder that exists. */
export interface FolderUse {
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/**
 * Checks, without changing anything, that a run folder can be used as wanted: there is something to resume, or no run
 * yet. A run that ended before its first step, as with too many bad images, counts as none.
 *
 * Throws a UserError (exit 2) when the folder holds a run and neither is asked for, and when there is nothing to
 * resume.
 */
export async function checkRunFolder(folder: RunFolder, { resume, overwrite }: FolderUse): Promise<void> {
  const earlier = await entriesOfRun(folder);
  if (resume && (await listCheckpoints(folder.checkpoints)).length === 0) {
    const start =
      earlier.length > 0
        ? 'Start the run anew with --config FILE and --overwrite in place of --resume'
        : 'Leave --resume out to start the run';
    throw new UserError(`--resume: expected checkpoints in ${folder.checkpoints}, found none`, {
      hint: `${start}, or name another folder with --output.`,
      exitCode: 2,
    });
  }
  if (!resume && !overwrite && earlier.length > 0) {
    const canResume = (await listCheckpoints(folder.checkpoints)).length > 0;
    const first = canResume ? 'Go on with it by --resume, start' : 'It has no checkpoint to go on from: start';
    throw new UserError(`expected a new run folder, got ${folder.path}, which holds a run (${earlier.join(', ')})`, {
      hint: `${first} anew by --overwrite, or choose another folder by --output.`,
      exitCode: 2,
    });
  }
}

/**
 * Makes a run's folder ready: new, emptied of an earlier run's own files (`overwrite`), or left as it is but for the
 * settings that the run goes on with (`resume`).
 *
 * Throws a UserError as {@link checkRunFolder} does, and when the folder can't be made or written.
 */
export async function prepareRunFolder(
  folder: RunFolder,
  options: FolderUse & { readonly configText: string },
): Promise<void> {
  await checkRunFolder(folder, options);
  const config = join(folder.path, 'config.yaml');
  if (options.resume) {
    const before = await readFile(config, 'utf8').catch(() => undefined);
    if (before !== options.configText) await writeFileAtomic(config, options.configText);
    return;
  }
  const earlier = await ownEntries(folder);
  await Promise.all(earlier.map((name) => rm(join(folder.path, name), { recursive: true, force: true })));
  await makeFolders(folder.checkpoints).catch((cause: Error) => {
    throw new UserError(`Cannot make the run folder ${folder.path}: ${cause.message}.`, {
      hint: ANOTHER_FOLDER,
      cause,
    });
  });
  await writeFileAtomic(config, options.configText);
}

/** What a run left that must not be lost: nothing where all that it did was to fail before its first step. */
async function entriesOfRun(folder: RunFolder): Promise<string[]> {
  const entries = await ownEntries(folder);
  if (!entries.includes('metrics.jsonl') || (await listCheckpoints(folder.checkpoints)).length > 0) return entries;
  const { starts, ends, damagedLines } = await readHistory(folder.metrics);
  // A process that has not told its end may still be at work.
  const isOver = damagedLines === 0 && starts.length > 0 && ends.length === starts.length;
  return isOver && ends.every(({ step }) => step === 0) ? [] : entries;
}

/** Whether a run folder holds a run that must not be lost. */
export async function holdsRun(folder: RunFolder): Promise<boolean> {
  return (await entriesOfRun(folder)).length > 0;
}

async function ownEntries({ path }: RunFolder): Promise<string[]> {
  if (!existsSync(path)) return [];
  const entries = await readdir(path).catch(notAFolder(path));
  // A folder of this name may be the user's own.
  const isOwn = (name: string): boolean =>
    name !== RUN_LOCK && (name !== 'exports' || existsSync(join(path, name, 'export.json')));
  return entries.filter((name) => RUN_FILES.some((file) => file === name) && isOwn(name)).sort();
}

function notAFolder(path: string) {
  return (cause: Error): never => {
    throw new UserError(`expected a run folder, got ${path}: ${cause.message}`, {
      hint: ANOTHER_FOLDER,
      cause,
      exitCode: 2,
    });
  };
}
