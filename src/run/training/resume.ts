import { existsSync } from 'node:fs';
import type { Json, Progress } from '../../checkpoint/checkpoint.ts';
import { readLatestCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import { restore } from '../../checkpoint/restore.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { Lineage } from '../../train/events.ts';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';
import type { RunIdentity } from '../assembly/run-identity.ts';
import { parseLineage } from '../encoder/parse-lineage.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { type Arithmetic, parseArithmetic } from './arithmetic.ts';

/** Where training stands, and how it came there. */
export interface Standing {
  readonly step: number;
  readonly epoch: number;
  /** Training images that the run draws from. */
  readonly images: number;
  readonly arithmetic?: Arithmetic | undefined;
  /** The weights that the run started from. */
  readonly lineage?: Lineage | undefined;
}

/** What a checkpoint says of where training stands. */
export function progressOf(
  { seed, configHash, settings }: RunIdentity,
  { step, epoch, images, arithmetic, lineage }: Standing,
): Progress {
  const { oneDnn, instructionSets } = arithmetic ?? {};
  return {
    ...{ step, epoch, seed, images, configHash, settings },
    ...(instructionSets && { arithmetic: { ...(oneDnn !== undefined && { oneDnn }), instructionSets } }),
    ...(lineage && { init: JSON.parse(JSON.stringify(lineage)) as Json }),
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
  /** The weights that the run started from, of which nothing is read any more. */
  readonly lineage?: Lineage | undefined;
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
  const { step, images, settings, configHash: hash, arithmetic, init } = checkpoint.progress;
  const lineage = parseLineage(init);
  const changes = [
    ...initChanges(lineage, identity.init, warn),
    ...(hash === identity.configHash ? [] : differences(settings, identity.settings)),
  ];
  if (changes.length > 0) {
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
    lineage,
  };
}

/** What differs in the weights that a run starts from; a path at which nothing is any more is no other weights. */
function initChanges(lineage: Lineage | undefined, now: string | undefined, warn: (message: string) => void): string[] {
  const was = lineage?.run ?? lineage?.path;
  if (was === now) return [];
  if (was === undefined || now === undefined || existsSync(now)) return differences({ init: was }, { init: now });
  warn(`init: ${now} is not there, and not needed: the run started from ${was}, and goes on from its own checkpoint`);
  return [];
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
