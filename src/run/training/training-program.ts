import type { HostTensor, TensorSpec } from '../../runtime/host-tensor.ts';
import { createProgram, type Program, type ProgramFunction, type StepResult } from '../../runtime/program.ts';
import { stagesBatches } from '../../runtime/session-settings.ts';
import type { Tensors } from '../../runtime/tf.ts';
import { accumulateStep, type BatchTensors, trainStep } from '../../train/step.ts';
import type { ResolvedRun } from '../assembly/resolve-run.ts';
import { type FeatureParts, featureFunction } from '../encoder/encoder-program.ts';
import { groupInputs, makeGroups } from '../views/view-groups.ts';

/** What the functions of a step are recorded from. */
type TrainParts = Pick<ResolvedRun, 'step' | 'views' | 'batchSize' | 'session'>;

const SCALAR: TensorSpec = { shape: [], dtype: 'float32' };

/** A function of a batch: uint8 images, their draws, and the method's random inputs become views for `build`. */
function batchFunction(
  { step, views, batchSize, session }: TrainParts,
  scalars: Readonly<Record<string, TensorSpec>>,
  build: (state: Tensors, batch: BatchTensors, scalars: Tensors) => StepResult,
): ProgramFunction {
  const methodInputs = Object.entries(step.method.inputs?.(batchSize) ?? {}).map(
    ([name, { spec }]) => [name, spec] as const,
  );
  const inputs = { ...groupInputs(views, batchSize), ...Object.fromEntries(methodInputs), ...scalars };
  // Images: nearly all that a batch is.
  const images = Object.entries(inputs).flatMap(([name, { dtype }]) => (dtype === 'uint8' ? [name] : []));
  return {
    inputs,
    staged: stagesBatches(session) ? images : [],
    build: (state, inputs) => build(state, { views: makeGroups(views, inputs), inputs }, inputs),
  };
}

/** The functions of a step: `train`, and `accumulate` for steps of several batches. */
export function trainFunctions(parts: TrainParts): Record<string, ProgramFunction> {
  const { step } = parts;
  const scalars = { learningRate: SCALAR, emaStep: SCALAR };
  const train = batchFunction(parts, scalars, (state, batch, { learningRate, emaStep }) => {
    if (!learningRate || !emaStep) throw new Error('Expected a learning rate and a step of the moving average.');
    return trainStep(step, state, batch, { learningRate, emaStep });
  });
  if ((step.batches ?? 1) === 1) return { train };
  return { train, accumulate: batchFunction(parts, {}, (state, batch) => accumulateStep(step, state, batch)) };
}

/**
 * The program of a training run: `train` (and `accumulate`, for steps of several batches) and `features` over one
 * state.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function createTrainingProgram(
  run: TrainParts & { readonly evaluation: FeatureParts },
  state: Readonly<Record<string, HostTensor>>,
  signal?: AbortSignal | undefined,
): Promise<Program> {
  return createProgram({
    state,
    functions: { ...trainFunctions(run), features: featureFunction(run.evaluation) },
    session: run.session,
    signal,
  });
}

/**
 * Seconds that TensorFlow takes to prepare a program's graph in the first step (its optimisers, XLA, oneDNN) for each
 * that recording took. Both grow with the operations, and slow down alike on a slow or busy machine. Measured on
 * ResNet-18 and 50, a ViT and multi-crop: 9 to 12 in float32, 16 in bfloat16.
 */
const PREPARATION_PER_RECORDING = 10;

/** How long the first step will prepare the graph of a program of training, in seconds: an estimate. */
export function estimatePreparation({ recordingSeconds }: Pick<Program, 'recordingSeconds'>): number {
  return PREPARATION_PER_RECORDING * recordingSeconds;
}
