import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Checkpoint, readCheckpoint } from '../../checkpoint/checkpoint.ts';
import { readLatestCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import { UserError } from '../../util/errors.ts';
import { runHint } from '../../util/run-hint.ts';
import { createReading } from '../folder/retry-run.ts';
import { namedRunFolder, type RunFolder, runFolder } from '../folder/run-folder.ts';
import { findBestCheckpoint } from './best-checkpoint.ts';

/** Where an encoder is exported from. */
export interface ExportSource {
  readonly run?: string | undefined;
  /** `last` (default), `best` (by its recorded kNN), or a file: its path, or its name in the run's checkpoints. */
  readonly checkpoint?: string | undefined;
}

/** A checkpoint with the run that it belongs to. */
export interface RunCheckpoint {
  readonly folder: RunFolder;
  readonly path: string;
  readonly checkpoint: Checkpoint;
}

/** The run of a source, and the file where one is named. */
function place({ run, checkpoint = 'last' }: ExportSource): { folder: RunFolder; file: string | undefined } {
  const isWord = checkpoint === 'last' || checkpoint === 'best';
  if (run === undefined) {
    if (isWord) {
      throw new UserError('expected --run DIR or --checkpoint FILE, got neither', {
        exitCode: 2,
        hint: 'for example cl-export --run runs/simclr --format torchvision --output exports/simclr',
      });
    }
    return { folder: runFolder(resolve(dirname(checkpoint), '..')), file: checkpoint };
  }
  const folder = namedRunFolder(run);
  if (isWord) return { folder, file: undefined };
  const inside = join(folder.checkpoints, checkpoint);
  const file = basename(checkpoint) === checkpoint && existsSync(inside) ? inside : checkpoint;
  if (existsSync(file) && resolve(dirname(file)) !== folder.checkpoints) {
    throw new UserError(`--checkpoint: expected a checkpoint of ${run}, got ${file}, which lies elsewhere`, {
      exitCode: 2,
      hint: 'Leave --run out: the run is then that of the checkpoint.',
    });
  }
  return { folder, file };
}

/**
 * Reads the checkpoint that is exported; `warn` hears of damaged ones that were passed over, and of a disk that is away
 * for a while, for which the signal ends the wait.
 *
 * @throws UserError (exit code 2) where there is no run or no checkpoint, and for `best` where none was evaluated.
 */
export async function openCheckpoint(
  source: ExportSource,
  warn: (message: string) => void,
  signal?: AbortSignal,
): Promise<RunCheckpoint> {
  return createReading('the run', { say: warn, signal })(() => readSource(source, warn));
}

async function readSource(source: ExportSource, warn: (message: string) => void): Promise<RunCheckpoint> {
  const { folder, file } = place(source);
  if (file !== undefined && !existsSync(file)) {
    throw new UserError(`--checkpoint: expected last, best or a file, got ${file}, which does not exist`, {
      exitCode: 2,
      hint: `The checkpoints of a run: ls ${source.run === undefined ? 'DIR/checkpoints' : folder.checkpoints}`,
    });
  }
  if (!existsSync(join(folder.path, 'config.yaml'))) {
    const option = source.run === undefined ? '--checkpoint' : '--run';
    throw new UserError(`${option}: expected the run's config.yaml in ${folder.path}, found none`, {
      hint: runHint(folder.path),
      exitCode: 2,
    });
  }
  if (file !== undefined) return { folder, path: file, checkpoint: await readCheckpoint(file) };
  if (source.checkpoint === 'best') {
    const path = await findBestCheckpoint(folder);
    return { folder, path, checkpoint: await readCheckpoint(path) };
  }
  const latest = await readLatestCheckpoint(folder.checkpoints, warn);
  if (latest !== undefined) return { folder, path: latest.path, checkpoint: latest.checkpoint };
  throw new UserError(`--run: expected checkpoints in ${folder.checkpoints}, found none`, {
    hint: 'The run has not saved any: name another run folder, or a file by --checkpoint.',
    exitCode: 2,
  });
}
