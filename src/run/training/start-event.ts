import type { Lineage, TrainEvent } from '../../train/events.ts';
import { parameterCount } from '../assembly/model.ts';
import type { ResolvedRun } from '../assembly/resolve-run.ts';
import { trainingCount } from '../images/run-images.ts';

/** What the start of a run has besides the run itself. */
interface StartFacts {
  /** The method's name. */
  readonly method: string;
  /** Steps that were completed before. */
  readonly startStep: number;
  /** The weights that the run started from. */
  readonly lineage: Lineage | undefined;
  readonly runFolder: string;
  /** In words. */
  readonly device: string;
  readonly preparationSeconds: number;
}

/** What a run tells first: what it is, and how far it has come. */
export function startEvent(
  run: Pick<ResolvedRun, 'model' | 'images' | 'steps' | 'views' | 'chanceLoss'>,
  { method, startStep, lineage, runFolder, device, preparationSeconds }: StartFacts,
): TrainEvent {
  const { model, images, steps } = run;
  return {
    type: 'start',
    runFolder,
    device,
    precision: model.precision,
    method,
    parameters: parameterCount(model.method.variables),
    images: trainingCount(images),
    data: `${images.description}; ${images.storage}`,
    init: lineage,
    stepsPerEpoch: steps.perEpoch,
    epochs: steps.epochs,
    totalSteps: steps.total,
    startStep,
    batchSize: steps.imagesPerStep,
    viewsPerImage: run.views.perImage,
    chanceLoss: run.chanceLoss,
    preparationSeconds,
  };
}
