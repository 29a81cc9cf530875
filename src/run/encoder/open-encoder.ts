import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readCheckpoint } from '../../checkpoint/checkpoint.ts';
import { readLatestCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import type { Assignment } from '../../config/assignment.ts';
import { bareConfig, loadConfig } from '../../config/load.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { matchBackbone } from '../../interop/weights/match-backbone.ts';
import { readWeights, type WeightsFile } from '../../interop/weights/read-weights.ts';
import { takenLines, weightsTitle } from '../../report/weights-text.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import { hashFile } from '../../util/hash-file.ts';
import { warn } from '../../util/notices.ts';
import { runHint } from '../../util/run-hint.ts';
import { buildModel } from '../assembly/model.ts';
import { createReading } from '../folder/retry-run.ts';
import { namedRunFolder } from '../folder/run-folder.ts';
import { labelled } from './named-weights.ts';
import { recordedSettings } from './recorded-settings.ts';
import { restorePart } from './restore-part.ts';

/**
 * Where an encoder lies: in a run folder, in a checkpoint of one, or in a file of weights; and the settings that are
 * changed.
 */
export interface EncoderPlace {
  readonly run?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly weights?: string | undefined;
  /** A configuration file for `weights`, which has none: images, and how they are evaluated. */
  readonly base?: string | undefined;
  readonly assignments: readonly Assignment[];
}

/** Whose settings an encoder is used by, for people. */
export function ownerOf({ weights }: Pick<EncoderPlace, 'weights'>): 'the run' | 'the configuration' {
  return weights === undefined ? 'the run' : 'the configuration';
}

/** Where an encoder's values come from. */
export interface EncoderOrigin {
  readonly kind: WeightsFile['kind'];
  /** Of the file's bytes. */
  readonly sha256: string;
  /** What was found, guessed and left out, for people. */
  readonly notes: readonly string[];
}

/** An encoder with the file that it comes from, and the configuration to use it by. */
export interface OpenedEncoder {
  readonly path: string;
  /** The backbone's tensors, `backbone.*`: all that the configuration's backbone has, in the layout of checkpoints. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  /** All tensors of the checkpoint, projector and optimizer too; undefined for `weights`. */
  readonly state: Readonly<Record<string, HostTensor>> | undefined;
  readonly config: RunConfig;
  /** Completed epochs behind it; undefined where the file does not say. */
  readonly epoch: number | undefined;
  readonly origin: EncoderOrigin;
}

/**
 * Opens a run's newest good checkpoint, or the one that is named, with the configuration that it was trained with; or a
 * file of weights, with what it says of its network and its views (or what its names and shapes look like) laid over
 * the configuration that is named. Assignments win over both.
 *
 * Damaged checkpoints are passed over with a warning on standard error; a disk that is away is waited for, until the
 * signal aborts. Throws a UserError where there is none, and where tensors don't fit the configuration.
 */
export async function openEncoder(place: EncoderPlace, signal?: AbortSignal): Promise<OpenedEncoder> {
  return createReading('the encoder', { signal })(() => openPlace(place));
}

async function openPlace(place: EncoderPlace): Promise<OpenedEncoder> {
  if (place.weights !== undefined) return openWeights(place.weights, place);
  const { run, checkpoint: file, assignments } = place;
  if (run !== undefined) {
    const folder = namedRunFolder(run);
    const latest = await readLatestCheckpoint(folder.checkpoints, warn);
    if (!latest) {
      throw new UserError(`--run: expected checkpoints in ${folder.checkpoints}, found none`, {
        hint: runHint(run),
        exitCode: 2,
      });
    }
    return ofCheckpoint(latest.path, latest.checkpoint, loadConfig(join(folder.path, 'config.yaml'), assignments));
  }
  const path = file ?? '';
  if (!existsSync(path)) {
    throw new UserError(`--checkpoint: expected a file, got ${path}, which does not exist`, {
      hint: 'Checkpoints lie in a run folder; its newest one: --run DIR',
      exitCode: 2,
    });
  }
  const checkpoint = await readCheckpoint(path);
  return ofCheckpoint(path, checkpoint, configOf(path, assignments));
}

async function ofCheckpoint(
  path: string,
  { tensors: state, progress }: Awaited<ReturnType<typeof readCheckpoint>>,
  config: RunConfig,
): Promise<OpenedEncoder> {
  const tensors = restorePart(state, 'backbone', buildModel(config).backbone.layer, path);
  const origin = { kind: 'checkpoint', sha256: await hashFile(path), notes: [] } as const;
  return { path, tensors, state, config, epoch: progress.epoch, origin };
}

/** The configuration beside a checkpoint's folder: checkpoints lie in `<run>/checkpoints`. */
function configOf(path: string, assignments: readonly Assignment[]): RunConfig {
  const beside = join(path, '..', '..', 'config.yaml');
  if (existsSync(beside)) return loadConfig(beside, assignments);
  throw new UserError(`--checkpoint: expected the run's config.yaml at ${beside}, found none`, {
    hint: 'Keep a checkpoint in its run folder, name the folder with --run, or use the file alone with --weights.',
    exitCode: 2,
  });
}

async function openWeights(given: string, { base, assignments }: EncoderPlace): Promise<OpenedEncoder> {
  const file = await labelled('--weights', () => readWeights(given));
  const { path, kind } = file;
  const recorded = recordedSettings(file, base === undefined, assignments);
  const settings = [...recorded.assignments, ...assignments];
  const config = base === undefined ? bareConfig(settings) : loadConfig(base, settings);
  const { variables } = buildModel(config).backbone.layer;
  const target = { settings: config.backbone, variables, size: config.views.size };
  const { tensors, notes, ...found } = await labelled('--weights', async () => matchBackbone(file, target));
  const { epoch } = recorded;
  const sha256 = await hashFile(path);
  const taken = { ...found, path, kind, sha256, epoch, expected: Object.keys(variables).length };
  const lines = [weightsTitle(taken), ...takenLines(taken)].join('; ');
  const origin = { kind, sha256, notes: [lines, ...recorded.notes, ...file.notes, ...notes] };
  return { path, tensors, state: undefined, config, epoch, origin };
}
