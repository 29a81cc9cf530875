import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, readCheckpoint } from '../../checkpoint/checkpoint.ts';
import { readLatestCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import type { Assignment } from '../../config/assignment.ts';
import { loadConfig } from '../../config/load.ts';
import type { RunConfig } from '../../config/run-config.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import { runFolder } from '../folder/run-folder.ts';
import { encoderTensors } from './encoder-program.ts';

/** Where a trained encoder lies: in a run folder, or in a checkpoint of one; and the settings that are changed. */
export interface EncoderPlace {
  readonly run?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly assignments: readonly Assignment[];
}

/** An encoder with the file that it comes from, and the configuration of its run. */
export interface OpenedEncoder {
  readonly path: string;
  /** The backbone's tensors, `backbone.*`, as the file holds them. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly config: RunConfig;
  /** Completed epochs behind it. */
  readonly epoch: number;
}

/**
 * Opens a run's newest good checkpoint, or the one that is named, with the configuration that it was trained with.
 *
 * Damaged checkpoints are passed over with a warning on standard error. Throws a UserError where there is none.
 */
export async function openEncoder({ run, checkpoint: file, assignments }: EncoderPlace): Promise<OpenedEncoder> {
  if (run !== undefined) {
    const folder = runFolder(run);
    if (!existsSync(folder.path) || !statSync(folder.path).isDirectory()) {
      throw new UserError(`--run: expected a run folder, got ${run}, which is none`, { exitCode: 2 });
    }
    const latest = await readLatestCheckpoint(folder.checkpoints, (message) =>
      process.stderr.write(`warning: ${message}\n`),
    );
    if (!latest) {
      throw new UserError(`--run: expected checkpoints in ${folder.checkpoints}, found none`, { exitCode: 2 });
    }
    const config = loadConfig(join(folder.path, 'config.yaml'), assignments);
    return { path: latest.path, config, ...encoderOf(latest.checkpoint) };
  }
  const path = file ?? '';
  if (!existsSync(path)) throw new UserError(`--checkpoint: expected a file, got ${path}`, { exitCode: 2 });
  const checkpoint = await readCheckpoint(path);
  return { path, config: configOf(path, assignments), ...encoderOf(checkpoint) };
}

function encoderOf({ tensors, progress }: Checkpoint): Pick<OpenedEncoder, 'tensors' | 'epoch'> {
  return { tensors: encoderTensors(tensors), epoch: progress.epoch };
}

/** The configuration beside a checkpoint's folder: checkpoints lie in `<run>/checkpoints`. */
function configOf(path: string, assignments: readonly Assignment[]): RunConfig {
  const beside = join(path, '..', '..', 'config.yaml');
  if (existsSync(beside)) return loadConfig(beside, assignments);
  throw new UserError(`--checkpoint: expected the run's config.yaml at ${beside}, found none`, {
    hint: 'Keep a checkpoint in its run folder, or name the folder with --run.',
    exitCode: 2,
  });
}
