import { createHash } from 'node:crypto';
import type { Json, Progress } from '../checkpoint/checkpoint.ts';
import { readLatestCheckpoint } from '../checkpoint/checkpoint-folder.ts';
import { restore } from '../checkpoint/restore.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { HostTensor } from '../runtime/host-tensor.ts';
import { UserError } from '../util/errors.ts';
import type { RunFolder } from './run-folder.ts';

/** The settings that the course of training depends on; the others may change when a run is resumed. */
function decisiveSettings({ seed, data, views, backbone, method, optimizer, schedule, precision }: RunConfig) {
  const { path, train, subsetPerClass } = data;
  return { seed, data: { path, train, subsetPerClass }, views, backbone, method, optimizer, schedule, precision };
}

/** What a checkpoint says of where training stands. */
export function progressOf(config: RunConfig, step: number, stepsPerEpoch: number): Progress {
  return {
    step,
    epoch: Math.floor(step / stepsPerEpoch),
    seed: config.seed,
    configHash: createHash('sha256')
      .update(JSON.stringify(decisiveSettings(config)))
      .digest('hex'),
    settings: JSON.parse(JSON.stringify(decisiveSettings(config))) as Json,
  };
}

/** A run's state as its newest good checkpoint holds it. */
export interface Resumed {
  readonly step: number;
  readonly state: Record<string, HostTensor>;
  readonly path: string;
}

/**
 * Reads the state to go on from; `warn` hears of damaged checkpoints that were passed over.
 *
 * Throws a UserError (exit 2) that lists the settings that differ when the configuration is not the run's.
 */
export async function resumeRun(
  folder: RunFolder,
  config: RunConfig,
  initial: Readonly<Record<string, HostTensor>>,
  warn: (message: string) => void,
): Promise<Resumed> {
  const latest = await readLatestCheckpoint(folder.checkpoints, warn);
  if (!latest) throw new UserError(`--resume: no checkpoint in ${folder.checkpoints} can be read`);
  const { checkpoint, path } = latest;
  const { step, configHash } = checkpoint.progress;
  if (configHash !== progressOf(config, step, 1).configHash) {
    const changes = differences(checkpoint.progress['settings'], decisiveSettings(config));
    throw new UserError(
      `--resume: expected the settings of the run in ${folder.path}, got changes:\n  ${changes.join('\n  ')}`,
      {
        hint: 'Resume with the same settings (cl-train --resume DIR alone takes them from the folder), or start a new run with --output.',
        exitCode: 2,
      },
    );
  }
  return { step, state: restore(initial, checkpoint.tensors, path), path };
}

/** The leaves at which two records differ, as `key: before -> after`. */
function differences(before: unknown, after: unknown, key = ''): string[] {
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((name) => differences(before[name], after[name], key === '' ? name : `${key}.${name}`));
  }
  const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
  return was === is ? [] : [`${key}: ${was ?? 'not set'} -> ${is ?? 'not set'}`];
}
