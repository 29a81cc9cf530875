import { viewSizes, viewsPerImage } from '../../config/resolve-views.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { planStorage } from '../../data/loading/storage.ts';
import type { Lineage } from '../../train/events.ts';
import { availableMemory } from '../../util/available-memory.ts';
import { checkDevice } from '../assembly/check-device.ts';
import { expectedCpu } from '../assembly/expected-cpu.ts';
import { expectedGpuWarnings } from '../assembly/missing-gpu.ts';
import { buildModel, describeModel, type ModelDescription } from '../assembly/model.ts';
import { buildParts } from '../assembly/resolve-run.ts';
import { sessionOptions } from '../assembly/session-options.ts';
import { planSteps, type Steps } from '../assembly/steps.ts';
import { readStartingWeights } from '../encoder/starting-weights.ts';
import { checkCheckpointSize } from '../folder/check-checkpoint-size.ts';
import { roomWarnings } from '../folder/disk-room.ts';
import { outputWarnings } from '../folder/output-inside.ts';
import { runFolder } from '../folder/run-folder.ts';
import { imageCacheOf } from '../images/decoding.ts';
import { evaluationWarnings } from '../images/evaluation-obstacle.ts';
import { openRunDataset } from '../images/open-run-dataset.ts';
import { runData } from '../images/run-data.ts';
import { imageSizeWarnings } from './checks/check-image-size.ts';
import { memoryWarnings } from './checks/check-memory.ts';
import { settingWarnings } from './checks/setting-warnings.ts';
import { judgeFolder, type PlannedUse } from './judge-folder.ts';
import { checkpointBytes, estimateMemory, type MemoryEstimate } from './memory.ts';

/** What a run would do, known without TensorFlow. */
export interface Plan {
  readonly config: RunConfig;
  readonly data: string;
  /** How the training images would be held, for people; undefined where it was not asked. */
  readonly storage: string | undefined;
  readonly imageCount: number;
  readonly model: ModelDescription;
  readonly steps: Steps;
  readonly memory: MemoryEstimate;
  /** Bytes of a checkpoint. */
  readonly checkpointBytes: number;
  /** The loss of a network that tells nothing apart, if there is one. */
  readonly chanceLoss: number | undefined;
  /** Whether no run has been started in the run folder yet. */
  readonly isNewFolder: boolean;
  /** What the run would start from; undefined for random values, and for a run that goes on. */
  readonly init?: Lineage | undefined;
  /** Settings that are likely to disappoint, each with the reason and the usual value. */
  readonly warnings: readonly string[];
}

/** What a plan needs to know of the images. */
export interface PlannedImages {
  readonly count: number;
  /** For example "class folders: 50,000 images in 10 classes, test 10,000". */
  readonly description: string;
  /** How they would be held. */
  readonly storage?: string | undefined;
  /** Bytes of memory that they, and the test images, would take. */
  readonly memoryBytes?: number | undefined;
}

/**
 * Resolves a configuration for so many images, into a new folder.
 *
 * @throws UserError when a step takes more images than there are, or the settings can't work.
 */
export function planFor(
  config: RunConfig,
  { count, description: data, storage, memoryBytes: held = 0 }: PlannedImages,
): Plan {
  const steps = planSteps(count, config);
  const { model, step, batchSize, session } = buildParts(config);
  const warnings = settingWarnings({ config, imageCount: count, steps, cpu: expectedCpu(session) });
  const sizes = viewSizes(config.views);
  const description = describeModel(model, sizes);
  return {
    config,
    data,
    storage,
    imageCount: count,
    model: description,
    steps,
    memory: estimateMemory({ model, step, batchSize, viewSizes: sizes, images: held }, description),
    checkpointBytes: checkpointBytes(step),
    chanceLoss: model.method.chanceLoss(batchSize, viewsPerImage(config.views)),
    isNewFolder: true,
    warnings,
  };
}

/**
 * Resolves a configuration against its data, of which it reads some headers, and the weights that it starts from.
 *
 * @param use how the run would use its folder; one that goes on does not read weights to start from.
 * @throws UserError for what the run would be refused for: no GPU where one is asked for, a folder that can't be
 *   written, data or weights that can't be opened, a step of more images than there are, settings that can't work.
 */
export async function planRun(
  config: RunConfig,
  { signal, ...use }: PlannedUse & { readonly signal?: AbortSignal | undefined },
): Promise<Plan> {
  checkDevice(config.device);
  const folder = runFolder(config.output);
  const { isNew, warnings: ofFolder } = await judgeFolder(folder, { ...config, given: config.output, ...use });
  const dataset = await openRunDataset(runData(config), signal);
  try {
    const { train, test, description } = dataset;
    const cache = imageCacheOf(config.data, () => {});
    const { memoryBudget } = config.data;
    const held = await planStorage(train, { budgetBytes: memoryBudget, cache });
    const rest = { budgetBytes: memoryBudget - held.memoryBytes, cache };
    const tested = test && (await planStorage(test, rest));
    const memoryBytes = held.memoryBytes + (tested?.memoryBytes ?? 0);
    const plan = planFor(config, { count: train.count, description, storage: held.text, memoryBytes });
    const { evaluate, views, init, checkpoint, schedule } = config;
    const checkpoints = { checkpoint, epochs: schedule.epochs, bytes: plan.checkpointBytes };
    checkCheckpointSize(checkpoints.bytes);
    const start =
      init === undefined || (use.resume === 'auto' ? !isNew : use.resume)
        ? undefined
        : await readStartingWeights(init, { ...config, model: buildModel(config) });
    const planned = { ...evaluate, featureSize: plan.model.featureSize, viewSize: views.size };
    const warnings = [
      ...(await expectedGpuWarnings(config.device)),
      ...plan.warnings,
      ...memoryWarnings({
        config,
        needed: plan.memory,
        available: availableMemory(),
        cpu: expectedCpu(sessionOptions(config)),
      }),
      ...imageSizeWarnings(held.typicalSide, views.size),
      ...(start?.warnings ?? []),
      ...ofFolder,
      ...(isNew ? await roomWarnings(folder.path, checkpoints) : []),
      ...outputWarnings('the run folder', config.output, config.data.path),
      ...dataset.warnings,
      ...evaluationWarnings({ train, test }, planned),
    ];
    return { ...plan, init: start?.lineage, warnings, isNewFolder: isNew };
  } finally {
    await dataset.close();
  }
}
