import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunConfig } from '../config/run-config.ts';
import { openDataset } from '../data/source.ts';
import { buildModel, describeModel } from './build.ts';
import { planSteps, type Steps } from './steps.ts';

type ModelDescription = ReturnType<typeof describeModel>;

/** What a run would do, known without TensorFlow. */
export interface Plan {
  readonly config: RunConfig;
  readonly data: string;
  readonly imageCount: number;
  readonly model: ModelDescription;
  readonly steps: Steps;
  readonly memory: MemoryEstimate;
  /** The loss of a network that tells nothing apart, if there is one. */
  readonly chanceLoss: number | undefined;
  /** Whether no run has been started in the run folder yet. */
  readonly isNewFolder: boolean;
}

/** Bytes that training takes on the device, without TensorFlow's own workspaces. */
export interface MemoryEstimate {
  /** Parameters, their gradients and the momentum, float32. */
  readonly state: number;
  /** What the layers of one step keep for the backward pass. */
  readonly activations: number;
}

function estimateMemory({ schedule, precision }: RunConfig, model: ModelDescription): MemoryEstimate {
  const parameters = model.backboneParameters + model.projectorParameters;
  const share = precision === 'float32' ? 1 : 0.5;
  return { state: 3 * 4 * parameters, activations: 2 * schedule.batchSize * model.activationBytesPerView * share };
}

/**
 * Resolves a configuration against its data.
 *
 * @throws UserError when the data can't be opened or the batch is larger than it.
 */
export async function planRun(config: RunConfig): Promise<Plan> {
  const { path, train, test, subsetPerClass, memoryBudget } = config.data;
  const dataset = await openDataset(path, { train, test, subset: subsetPerClass, archiveBytes: memoryBudget });
  try {
    const imageCount = dataset.train.count;
    const steps = planSteps(imageCount, config);
    const model = describeModel(config);
    return {
      config,
      data: dataset.description,
      imageCount,
      model,
      steps,
      memory: estimateMemory(config, model),
      chanceLoss: buildModel(config).method.chanceLoss(config.schedule.batchSize),
      isNewFolder: !existsSync(join(config.output, 'config.yaml')),
    };
  } finally {
    await dataset.close();
  }
}
