import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Checkpoint, readCheckpoint } from '../../checkpoint/checkpoint.ts';
import { type CheckpointFile, listCheckpoints } from '../../checkpoint/checkpoint-folder.ts';
import { type History, readHistory } from '../../report/history.ts';
import { UserError } from '../../util/errors.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import { makeFolders } from '../../util/make-folders.ts';
import { programCommand } from '../../util/program-command.ts';
import { resumeCommand } from '../../util/resume-command.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { RunIdentity } from '../assembly/run-identity.ts';
import { type FolderUse, holdsRun, type RunFolder } from '../folder/run-folder.ts';
import { settingChanges } from './setting-changes.ts';

/** How a run begins in its folder. */
export interface Beginning extends FolderUse {
  /** What people should know of it. */
  readonly notes: readonly string[];
  /** Checkpoints that can't be read, to be moved out of the way of a new start. */
  readonly damaged: readonly string[];
}

/** A run that has nothing left to do; the text says so. */
export interface Finished {
  readonly finished: string;
}

/** Where checkpoints go that can't be read when a run starts anew; nothing there is ever deleted. */
const DAMAGED = 'checkpoints-damaged';

/** How a run begins as the user says. @throws UserError as `chooseBeginning` does. */
export async function beginningOf(
  folder: RunFolder,
  identity: RunIdentity,
  { resume, overwrite }: { readonly resume: boolean | 'auto'; readonly overwrite: boolean },
): Promise<Beginning | Finished> {
  if (resume === 'auto') return chooseBeginning(folder, identity);
  const done = resume ? await finishedBefore(folder, identity) : undefined;
  return done ?? { resume, overwrite, notes: [], damaged: [] };
}

/** That a run which is to go on has nothing left to do, and what may be meant; undefined where there is something. */
async function finishedBefore(folder: RunFolder, identity: RunIdentity): Promise<Finished | undefined> {
  const history = await readHistory(folder.metrics);
  const newest = (await listCheckpoints(folder.checkpoints)).at(-1);
  // A checkpoint is read whole: only where it can be the last.
  if (newest === undefined || history.ends.at(-1)?.step !== newest.step) return undefined;
  const { latest } = await readNewest([newest]);
  if (latest === undefined || !isFinished(history, latest, identity)) return undefined;
  const run = shellWord(folder.path);
  const longer = `${resumeCommand(folder.path)} --epochs N`;
  const { finished: told } = finished(folder, history);
  return {
    finished: `${told}\nto train it longer: ${longer}; to evaluate it again: ${programCommand('cl-eval')} linear-probe --run ${run}`,
  };
}

/**
 * Decides what `--resume auto` does in a folder, which this process owns: start where there is nothing to go on from,
 * go on, or nothing where the run is finished.
 *
 * @throws UserError where checkpoints are missing that the run wrote, or can't be read because of the disk.
 */
async function chooseBeginning(folder: RunFolder, identity: RunIdentity): Promise<Beginning | Finished> {
  const history = await readHistory(folder.metrics);
  const files = await listCheckpoints(folder.checkpoints);
  if (files.length === 0) return withoutCheckpoints(folder, history);
  const { latest, problems } = await readNewest(files);
  if (latest === undefined) {
    const paths = files.map(({ path }) => path);
    const which =
      files.length === 1 ? 'its only checkpoint is damaged' : `all its ${files.length} checkpoints are damaged`;
    const note = `starts anew: ${which}, and moved to ${DAMAGED}/: ${problems.join(' ')}`;
    return { resume: false, overwrite: true, notes: [note], damaged: paths };
  }
  if (isFinished(history, latest, identity)) return finished(folder, history);
  return { resume: true, overwrite: false, notes: [], damaged: [] };
}

/** Moves checkpoints that can't be read out of the way. */
export async function setAside(folder: RunFolder, damaged: readonly string[]): Promise<void> {
  if (damaged.length === 0) return;
  const place = join(folder.path, DAMAGED);
  await makeFolders(place);
  for (const path of damaged) await rename(path, join(place, basename(path)));
}

async function withoutCheckpoints(folder: RunFolder, history: History): Promise<Beginning | Finished> {
  if (history.ends.at(-1)?.reason === 'finished') return finished(folder, history);
  const last = history.checkpoints.at(-1);
  if (last !== undefined) {
    throw new UserError(
      `--resume auto: expected the checkpoints of the run in ${folder.path}, whose metrics tell of one after step ${last.step}, found none`,
      { hint: 'Copy one back, or start the run anew with --overwrite in place of --resume auto.', exitCode: 2 },
    );
  }
  const note = 'starts anew: the run in this folder ended before its first checkpoint';
  return { resume: false, overwrite: true, notes: (await holdsRun(folder)) ? [note] : [], damaged: [] };
}

interface Newest {
  readonly latest?: (CheckpointFile & { readonly checkpoint: Checkpoint }) | undefined;
  /** Why the others can't be read. */
  readonly problems: readonly string[];
}

/** The newest checkpoint that is whole. @throws UserError where the system can't read one, which may pass. */
async function readNewest(files: readonly CheckpointFile[]): Promise<Newest> {
  const problems: string[] = [];
  for (const file of files.toReversed()) {
    try {
      return { latest: { ...file, checkpoint: await readCheckpoint(file.path) }, problems };
    } catch (error) {
      if (!(error instanceof UserError) || (error.cause instanceof Error && 'code' in error.cause)) throw error;
      problems.push(error.message);
    }
  }
  return { problems };
}

function isFinished(history: History, { step, checkpoint }: NonNullable<Newest['latest']>, now: RunIdentity): boolean {
  const end = history.ends.at(-1);
  if (end?.reason !== 'finished' || end.step !== step) return false;
  // Images that have moved matter to a run that goes on.
  return settingChanges(checkpoint.progress['settings'], now.settings).every(({ key }) => key === 'data.path');
}

function finished({ path }: RunFolder, { ends }: History): Finished {
  const { step = 0, epoch = 0 } = ends.at(-1) ?? {};
  return { finished: `${path} is already finished: ${formatPlural(step, 'step')}, ${formatCount(epoch)} epochs` };
}
