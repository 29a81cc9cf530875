import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isTemporaryName } from '../util/atomic-write.ts';
import { UserError } from '../util/errors.ts';
import { formatPlural } from '../util/format-count.ts';
import { makeFolders } from '../util/make-folders.ts';
import { mayPass, systemCode } from '../util/system-error.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';

/** A checkpoint file in a folder, by the step in its name. */
export interface CheckpointFile {
  readonly step: number;
  readonly path: string;
}

const NAME = /^step-(\d{8,15})\.safetensors$/;

/** The file name of a step's checkpoint; names sort as steps do. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}.safetensors`;
}

/** The checkpoints of a folder, oldest step first; none when the folder does not exist. */
export async function listCheckpoints(folder: string): Promise<CheckpointFile[]> {
  const files = (await namesIn(folder)).flatMap((name) => {
    const digits = NAME.exec(name)?.[1];
    return digits === undefined ? [] : [{ step: Number(digits), path: join(folder, name) }];
  });
  return files.sort((a, b) => a.step - b.step);
}

/** Which checkpoints of a folder stay. */
export interface Keeping {
  /** How many of the newest; at least one. */
  readonly newest: number;
  /** Those of all that stay besides. */
  readonly others?: ((files: readonly CheckpointFile[]) => readonly CheckpointFile[]) | undefined;
}

/**
 * Writes a checkpoint into a folder (made when missing), then deletes those that need not be kept and returns its path.
 *
 * Older files go only after the new one is complete on the disk, so a good one exists at any moment; the new one stays
 * even beside enough files of later steps, such as damaged ones that a resumed run fell back from. What a killed writer
 * left behind is removed: one folder belongs to one run at a time.
 *
 * @throws UserError when the file can't be written; the older checkpoints then all remain.
 */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint, keeping: Keeping): Promise<string> {
  await makeFolders(folder).catch((cause: Error) => {
    throw new UserError(`Cannot make the folder ${folder}: ${cause.message}.`, { cause });
  });
  const left = (await namesIn(folder)).filter((name) => name.startsWith('.step-') && isTemporaryName(name));
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
  const path = join(folder, checkpointName(checkpoint.progress.step));
  await writeCheckpoint(path, checkpoint);
  const files = await listCheckpoints(folder);
  const kept = [...files.slice(-Math.max(1, keeping.newest)), ...(keeping.others?.(files) ?? [])];
  const old = files.filter((file) => file.path !== path && !kept.includes(file));
  await Promise.all(old.map((file) => rm(file.path, { force: true })));
  return path;
}

/** Reasons listed where no checkpoint can be read; the rest is counted. */
const LISTED = 8;

/**
 * Reads the newest checkpoint of a folder that is whole; `warn` hears of damaged newer ones, one message each.
 *
 * @returns undefined when the folder has no checkpoint.
 * @throws UserError when it has some and none can be read, with what is wrong with each; and when one can't be read for
 *   now, as on a network disk that is away.
 */
export async function readLatestCheckpoint(
  folder: string,
  warn: (message: string) => void,
): Promise<(CheckpointFile & { readonly checkpoint: Checkpoint }) | undefined> {
  const files = (await listCheckpoints(folder)).reverse();
  const problems: string[] = [];
  for (const file of files) {
    try {
      const checkpoint = await readCheckpoint(file.path);
      for (const problem of problems) warn(`${problem} Trying the checkpoint before it.`);
      return { ...file, checkpoint };
    } catch (error) {
      // What can't be read for now is not damaged: going on from an older one would lose what came after it.
      if (!(error instanceof UserError) || mayPass(systemCode(error) ?? '')) throw error;
      problems.push(error.message);
    }
  }
  if (files.length === 0) return undefined;
  const reasons = problems
    .slice(0, LISTED)
    .map((problem, i) => `  ${problem.replace(`Cannot read ${files[i]?.path}`, basename(files[i]?.path ?? ''))}`);
  if (problems.length > LISTED) reasons.push(`  and ${problems.length - LISTED} more`);
  throw new UserError(
    `None of the ${formatPlural(files.length, 'checkpoint')} in ${folder} can be read:\n${reasons.join('\n')}`,
    { hint: 'Start again in another run folder, or copy back a good checkpoint.' },
  );
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'ENOENT') return [];
      throw new UserError(`Cannot list ${folder}: ${error.message}.`, { cause: error });
    }
    throw error;
  }
}
