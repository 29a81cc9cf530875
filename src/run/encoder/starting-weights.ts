import { notFiniteNote } from '../../checkpoint/not-finite.ts';
import { bareConfig } from '../../config/load.ts';
import type { BackboneConfig, ViewsConfig } from '../../config/run-config.ts';
import { matchBackbone } from '../../interop/weights/match-backbone.ts';
import type { WeightsFile } from '../../interop/weights/read-weights.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { Lineage } from '../../train/events.ts';
import { UserError } from '../../util/errors.ts';
import { hashFile } from '../../util/hash-file.ts';
import type { Model } from '../assembly/model.ts';
import { labelled, readInit } from './named-weights.ts';
import { type RecordedSettings, recordedSettings } from './recorded-settings.ts';
import { viewDifferences } from './view-differences.ts';

/** Weights that a run starts from. */
export interface StartingWeights {
  /** `backbone.*`, complete, in the layout of checkpoints. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly lineage: Lineage;
  /** What people should know before they train on: what the file lacks, and views that are not those of its weights. */
  readonly warnings: readonly string[];
}

/** The run that starts. */
export interface StartingRun {
  readonly model: Model;
  readonly backbone: BackboneConfig;
  readonly views: ViewsConfig;
}

/**
 * Reads the weights that a run starts from: those of its backbone, and nothing else of the file.
 *
 * @param init a run folder, whose newest good checkpoint is taken, or a file of weights.
 * @throws UserError (exit 2) where nothing is there, where it can't be read, where it holds another backbone,
 *   and where values of it are NaN or infinite.
 */
export async function readStartingWeights(
  init: string,
  { model, backbone, views }: StartingRun,
): Promise<StartingWeights> {
  const warnings: string[] = [];
  const { variables } = model.backbone.layer;
  const { file, run, tensors, notes, ...found } = await labelled('init', async () => {
    const named = await readInit(init, (message) => warnings.push(message));
    return { ...named, ...matchBackbone(named.file, { settings: backbone, variables, size: views.size }) };
  });
  const { path } = file;
  const notFinite = notFiniteNote(tensors);
  if (notFinite !== undefined) {
    throw new UserError(`init: expected numbers, which training can start from, in ${path}, got ${notFinite}`, {
      hint: 'Their training had diverged: name an earlier checkpoint of it, or other weights.',
      exitCode: 2,
    });
  }
  const recorded = readRecorded(file);
  const lineage: Lineage = {
    path,
    run,
    kind: file.kind,
    sha256: await hashFile(path),
    epoch: recorded?.epoch,
    prefix: found.prefix,
    matched: found.matched,
    leftOut: found.leftOut,
    expected: Object.keys(variables).length,
    fresh: freshParts(model),
    before: recorded?.lineage,
  };
  const told = [...file.notes, ...notes, ...viewWarnings(file, recorded, { model, backbone, views })];
  warnings.push(...told.map((note) => `init: ${note}`));
  return { tensors, lineage, warnings };
}

/** What a run has besides its backbone and copies of it. */
function freshParts({ method }: Model): string[] {
  const parts = Object.keys(method.variables).map((name) => name.split('.')[0] as string);
  return [...new Set(parts), 'optimizer'].filter((part) => part !== 'backbone' && part !== 'target');
}

/** Settings that can't be read, as those of another version may be, keep nobody from using the weights. */
function readRecorded(file: WeightsFile): RecordedSettings | undefined {
  try {
    return recordedSettings(file, false);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function viewsOf({ assignments }: RecordedSettings): ViewsConfig | undefined {
  try {
    return bareConfig([{ label: 'data.path', key: 'data.path', text: '.' }, ...assignments]).views;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function viewWarnings(
  { kind, path }: WeightsFile,
  recorded: RecordedSettings | undefined,
  { backbone, views }: StartingRun,
): string[] {
  const isOurs = kind === 'checkpoint' || kind === 'export';
  if (!isOurs) {
    const isImagenet = !('stem' in backbone) || backbone.stem === 'imagenet';
    if (!isImagenet || views.normalize === 'imagenet') return [];
    return [
      `${path} does not say how its images were normalised; published weights mostly expect views.normalize imagenet, and this run has another`,
    ];
  }
  const before = recorded && viewsOf(recorded);
  if (before === undefined)
    return [`the settings in ${path} can't be read: make sure that its views were those of this run`];
  return viewDifferences(before, views);
}
