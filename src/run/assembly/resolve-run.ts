import type { EvaluateConfig, RunConfig } from '../../config/run-config.ts';
import { initialValues } from '../../methods/initial-values.ts';
import { createOptimizer } from '../../optim/optimizer.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { SessionOptions } from '../../runtime/session-settings.ts';
import { initialStepState, type StepParts } from '../../train/step.ts';
import { type Decoding, decodingOf } from '../images/decoding.ts';
import { type RunImages, trainingLayout } from '../images/run-images.ts';
import { type EvaluationView, evaluationView } from '../views/evaluation-view.ts';
import { type TrainingViews, trainingViews } from '../views/view-groups.ts';
import { buildModel, type Model } from './model.ts';
import { identityOf, type RunIdentity } from './run-identity.ts';
import { sessionOptions } from './session-options.ts';
import { emaSteps, type Steps } from './steps.ts';

/** What a configuration comes to before its images are open. */
export interface RunParts {
  readonly seed: number;
  readonly identity: RunIdentity;
  readonly model: Model;
  /** What moves in a step, and how. */
  readonly step: StepParts;
  /** Images of one batch. */
  readonly batchSize: number;
  readonly session: SessionOptions;
}

/** An encoder without its values, which `backbone.*` tensors are. */
export type EncoderNetwork = Pick<Model, 'backbone' | 'precision'>;

/** How encoders are evaluated on a run's images. */
export interface EvaluationParts {
  readonly images: RunImages;
  readonly view: EvaluationView;
  readonly encoder: EncoderNetwork;
  readonly session: SessionOptions;
  readonly decoding: Decoding;
  readonly knn: Pick<EvaluateConfig['knn'], 'k' | 'temperature'>;
}

/**
 * What a configuration comes to on its images. Made once, and handed on in slices: below here nobody reads settings.
 */
export interface ResolvedRun extends RunParts {
  readonly images: RunImages;
  /** Of the training images, to know them again; undefined where nothing is saved. */
  readonly imageDigest?: string | undefined;
  readonly decoding: Decoding;
  readonly views: TrainingViews;
  readonly steps: Steps;
  /** 1 - decay of a target network in step 0, 1, ...; 0 without one. */
  readonly emaStep: (step: number) => number;
  /** The loss of a network that tells nothing apart, if there is one. */
  readonly chanceLoss: number | undefined;
  readonly evaluation: EvaluationParts;
}

/**
 * Builds what needs no images; nothing is computed and TensorFlow is not loaded.
 *
 * @throws UserError when the backbone can't take views of the configured size.
 */
export function buildParts(config: RunConfig): RunParts {
  const model = buildModel(config);
  const { batchSize, accumulate } = config.schedule;
  return {
    seed: config.seed,
    identity: identityOf(config),
    model,
    step: {
      method: model.method,
      optimizer: createOptimizer(config.optimizer),
      batches: accumulate,
      scalesLoss: model.precision === 'float16',
    },
    batchSize,
    session: sessionOptions(config),
  };
}

/** Resolves how encoders of a model are evaluated on images. */
export function resolveEvaluation(config: RunConfig, encoder: EncoderNetwork, images: RunImages): EvaluationParts {
  return {
    images,
    view: evaluationView(config.views),
    encoder,
    session: sessionOptions(config),
    decoding: decodingOf(config.data),
    knn: config.evaluate.knn,
  };
}

/**
 * Resolves a configuration on its images.
 *
 * @param steps `planSteps` of these images.
 * @throws UserError when the views can't be made together.
 */
export function resolveRun(config: RunConfig, parts: RunParts, images: RunImages, steps: Steps): ResolvedRun {
  const { model, batchSize, session } = parts;
  const views = trainingViews(config.views, trainingLayout(images), session);
  return {
    ...parts,
    images,
    decoding: decodingOf(config.data),
    views,
    steps,
    emaStep: emaSteps(model.method.emaDecay, steps.total),
    chanceLoss: model.method.chanceLoss(batchSize, views.perImage),
    evaluation: resolveEvaluation(config, model, images),
  };
}

/** The state of a run before its first step: parameters, buffers, optimizer slots, and what the step keeps. */
export function initialState({ model, step, seed, batchSize }: RunParts): Record<string, HostTensor> {
  return { ...initialValues(model.method.variables, seed), ...initialStepState(step, batchSize) };
}
