import { existsSync } from 'node:fs';
import type { Json, Progress } from '../../checkpoint/checkpoint.ts';
import { readLatestCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { Lineage } from '../../train/events.ts';
import { UserError } from '../../util/errors.ts';
import type { RunIdentity } from '../assembly/run-identity.ts';
import { parseLineage } from '../encoder/parse-lineage.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { type Arithmetic, parseArithmetic } from './arithmetic.ts';
import { keepsInit } from './kept-settings.ts';
import { restoreState } from './restore-state.ts';
import {
  allowanceFor,
  describeChange,
  isAllowed,
  isLonger,
  type SettingChange,
  settingChanges,
} from './setting-changes.ts';

/** Where training stands, and how it came there. */
export interface Standing {
  readonly step: number;
  readonly epoch: number;
  /** Training images that the run draws from. */
  readonly images: number;
  /** What they are, by `digestOf`. */
  readonly imageDigest?: string | undefined;
  readonly arithmetic?: Arithmetic | undefined;
  /** The weights that the run started from. */
  readonly lineage?: Lineage | undefined;
}

/** What a checkpoint says of where training stands. */
export function progressOf(
  { seed, configHash, settings }: RunIdentity,
  { step, epoch, images, imageDigest, arithmetic, lineage }: Standing,
): Progress {
  const asJson = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json;
  return {
    ...{ step, epoch, seed, images, configHash, settings },
    ...(imageDigest !== undefined && { imageDigest }),
    ...(arithmetic && { arithmetic: asJson(arithmetic) }),
    ...(lineage && { init: asJson(lineage) }),
  };
}

/** A run's state as its newest good checkpoint holds it. */
export interface Resumed {
  readonly step: number;
  readonly state: Record<string, HostTensor>;
  /** Training images that the run drew from. */
  readonly images?: number | undefined;
  /** What they were; undefined in older checkpoints. */
  readonly imageDigest?: string | undefined;
  /** What has changed since, by permission or without need of one. */
  readonly changes?: readonly SettingChange[] | undefined;
  /** The settings that it was trained with. */
  readonly settings?: Json | undefined;
  /** How the CPU computed; undefined in older checkpoints, and where a GPU did. */
  readonly arithmetic?: Arithmetic | undefined;
  /** The weights that the run started from, of which nothing is read any more. */
  readonly lineage?: Lineage | undefined;
}

/**
 * Reads the state to go on from; `warn` hears of damaged checkpoints that were passed over.
 *
 * Longer training needs no permission, any other change of a decisive setting that of its name in `allowed`. Another
 * path of the images does not either, where what lies there can be compared with what was trained on.
 *
 * Throws a UserError (exit 2) that lists the settings that differ otherwise.
 */
export async function resumeRun(
  folder: RunFolder,
  identity: RunIdentity,
  initial: Readonly<Record<string, HostTensor>>,
  warn: (message: string) => void,
  allowed: readonly string[] = [],
): Promise<Resumed> {
  const latest = await readLatestCheckpoint(folder.checkpoints, warn);
  if (!latest)
    throw new UserError(`--resume: no checkpoint in ${folder.checkpoints} can be read`, {
      hint: 'Copy a good one back, or start the run anew with --overwrite in place of --resume.',
    });
  const { checkpoint, path } = latest;
  const { step, images, imageDigest, settings, configHash: hash, arithmetic, init } = checkpoint.progress;
  const lineage = parseLineage(init);
  const changes = [
    ...initChanges(folder, lineage, identity.init, warn),
    ...(hash === identity.configHash ? [] : settingChanges(settings, identity.settings)),
  ];
  const isFine = (change: SettingChange): boolean =>
    isLonger(change) ||
    isAllowed(change.key, allowed) ||
    (change.key === 'data.path' && typeof imageDigest === 'string');
  const restored = tryRestore(initial, checkpoint.tensors, path);
  const refused = changes.filter((change) => !isFine(change));
  if (refused.length > 0) throw refusedChanges(folder, refused, 'state' in restored);
  if ('misfit' in restored) throw restored.misfit;
  return {
    step,
    ...restored,
    images: typeof images === 'number' ? images : undefined,
    imageDigest: typeof imageDigest === 'string' ? imageDigest : undefined,
    changes: changes.length > 0 ? changes : undefined,
    settings: changes.length > 0 ? settings : undefined,
    arithmetic: parseArithmetic(arithmetic),
    lineage,
  };
}

/** The state of a checkpoint, or why it is not one of this network, method and optimizer. */
function tryRestore(
  ...[initial, tensors, path]: Parameters<typeof restoreState>
): { readonly state: Record<string, HostTensor> } | { readonly misfit: UserError } {
  try {
    return { state: restoreState(initial, tensors, path) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { misfit: error };
  }
}

/** @param fits whether the run could go on with the changes. */
function refusedChanges({ path }: RunFolder, refused: readonly SettingChange[], fits: boolean): UserError {
  const allowed = fits
    ? `, allow the changes by --allow-change ${allowanceFor(refused)}, or start a new run with --output.`
    : ', or start a new run with --output: what the run has learned does not fit the changes.';
  return new UserError(
    `--resume: expected the settings of the run in ${path}, got changes:\n  ${refused.map(describeChange).join('\n  ')}`,
    {
      hint: `Resume with the same settings (cl-train --resume DIR alone takes them from the folder)${allowed}`,
      exitCode: 2,
    },
  );
}

/**
 * What differs in the weights that a run starts from; a path at which nothing is any more is no other weights, and
 * others that its settings name were allowed before.
 */
function initChanges(
  folder: RunFolder,
  lineage: Lineage | undefined,
  now: string | undefined,
  warn: (message: string) => void,
): SettingChange[] {
  const was = lineage?.run ?? lineage?.path;
  if (was === now || keepsInit(folder, now)) return [];
  if (was === undefined || now === undefined || existsSync(now)) return settingChanges({ init: was }, { init: now });
  warn(`init: ${now} is not there, and not needed: the run started from ${was}, and goes on from its own checkpoint`);
  return [];
}
