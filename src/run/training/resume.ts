import type { Progress } from '../../checkpoint/checkpoint.ts';
import { readLatestCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import { restore } from '../../checkpoint/restore.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import type { RunIdentity } from '../assembly/run-identity.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { type Arithmetic, parseArithmetic } from './arithmetic.ts';

/** What a checkpoint says of where training stands, on so many images. */
export function progressOf(
  { seed, configHash, settings }: RunIdentity,
  step: number,
  epoch: number,
  images: number,
  arithmetic?: Arithmetic | undefined,
): Progress {
  const { oneDnn, instructionSets } = arithmetic ?? {};
  return {
    ...{ step, epoch, seed, images, configHash, settings },
    ...(instructionSets && { arithmetic: { ...(oneDnn !== undefined && { oneDnn }), instructionSets } }),
  };
}

/** A run's state as its newest good checkpoint holds it. */
export interface Resumed {
  readonly step: number;
  readonly state: Record<string, HostTensor>;
  /** Training images that the run drew from. */
  readonly images?: number | undefined;
  /** How the CPU computed; undefined in older checkpoints, and where a GPU did. */
  readonly arithmetic?: Arithmetic | undefined;
}

/**
 * Reads the state to go on from; `warn` hears of damaged checkpoints that were passed over.
 *
 * Throws a UserError (exit 2) that lists the settings that differ when the configuration is not the run's.
 */
export async function resumeRun(
  folder: RunFolder,
  identity: RunIdentity,
  initial: Readonly<Record<string, HostTensor>>,
  warn: (message: string) => void,
): Promise<Resumed> {
  const latest = await readLatestCheckpoint(folder.checkpoints, warn);
  if (!latest) throw new UserError(`--resume: no checkpoint in ${folder.checkpoints} can be read`);
  const { checkpoint, path } = latest;
  const { step, images, settings, configHash: hash, arithmetic } = checkpoint.progress;
  if (hash !== identity.configHash) {
    const changes = differences(settings, identity.settings);
    throw new UserError(
      `--resume: expected the settings of the run in ${folder.path}, got changes:\n  ${changes.join('\n  ')}`,
      {
        hint: 'Resume with the same settings (cl-train --resume DIR alone takes them from the folder), or start a new run with --output.',
        exitCode: 2,
      },
    );
  }
  const state = restore(initial, checkpoint.tensors, path);
  return {
    step,
    state,
    images: typeof images === 'number' ? images : undefined,
    arithmetic: parseArithmetic(arithmetic),
  };
}

/** Throws a UserError (exit 2) when a run can't go on exactly because there are more or fewer images than before. */
export function checkSameImages({ images }: Resumed, found: number): void {
  if (images === undefined || images === found) return;
  throw new UserError(`--resume: expected the ${formatPlural(images, 'training image')} of the run, got ${found}`, {
    hint: 'Restore the images as they were, or start a new run with --output.',
    exitCode: 2,
  });
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
