import { packViews, viewInputs } from '../augment/pack.ts';
import { planViews, type ViewPlan } from '../augment/plan.ts';
import type { ViewSettings } from '../augment/settings.ts';
import { makeViews } from '../augment/views.ts';
import type { RunConfig } from '../config/run-config.ts';
import { viewSettings } from '../config/views.ts';
import { SMALLEST_CROPPED_SIZE } from '../data/pixels/crops.ts';
import { initialValues } from '../methods/initial-values.ts';
import { lookupIn, scoped } from '../nn/layer.ts';
import { createOptimizer } from '../optim/optimizer.ts';
import type { HostTensor, TensorSpec } from '../runtime/host-tensor.ts';
import { castTo } from '../runtime/precision.ts';
import { createProgram, type Program, type ProgramFunction, type StepResult } from '../runtime/program.ts';
import type { Tensors } from '../runtime/tf.ts';
import { accumulateStep, type BatchTensors, initialStepState, type StepParts, trainStep } from '../train/step.ts';
import { buildModel, type Model } from './build.ts';
import { sessionOptions } from './session-options.ts';
import { groupInputs, makeGroups, viewGroups } from './view-groups.ts';

/** How images reach the device: whole and of one size, or as crops that the host has made. */
export type ImageLayout =
  | { readonly kind: 'whole'; readonly height: number; readonly width: number }
  | { readonly kind: 'crops' };

/** Images that go through the encoder at once. */
export const FEATURE_BATCH = 256;

/** A view that shows the image as it is. */
const PLAIN_VIEW: Omit<ViewSettings, 'crop'> = {
  flip: 0,
  jitter: { probability: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 },
  grey: 0,
  blur: { probability: 0, sigma: [1, 1], kernel: 1 },
  solarize: { probability: 0, threshold: 1 },
};

/** The plan of a batch that is evaluated: resized where needed and normalised, nothing else. */
export function evaluationPlan(config: RunConfig, layout: ImageLayout): ViewPlan {
  const [{ crop, normalize }] = viewSettings(config.views);
  const { size } = config.views;
  const isExact = layout.kind === 'whole' && layout.height === size && layout.width === size;
  return planViews([{ ...PLAIN_VIEW, crop }], {
    size,
    normalization: normalize,
    cropOnDevice: layout.kind === 'whole' && !isExact,
  });
}

function imageSpec(count: number, layout: ImageLayout, size: number): TensorSpec {
  const [height, width] = layout.kind === 'whole' ? [layout.height, layout.width] : [size, size];
  return { shape: [count, height, width, 3], dtype: 'uint8' };
}

/** The encoder's features [FEATURE_BATCH, featureSize] of uint8 images, with the stored BatchNorm statistics. */
export function featureFunction(config: RunConfig, { backbone }: Model, layout: ImageLayout): ProgramFunction {
  const plan = evaluationPlan(config, layout);
  return {
    inputs: { images: imageSpec(FEATURE_BATCH, layout, plan.size), ...viewInputs(FEATURE_BATCH, plan) },
    build: (state, { images, ...draws }) => {
      if (!images) throw new Error('Expected images.');
      const views = castTo(makeViews(images, draws, plan), config.precision);
      const { y } = backbone.layer.apply(scoped(lookupIn(state), 'backbone.'), views, { mode: 'eval' });
      return { outputs: { features: y } };
    },
  };
}

/** The parts of a run's step. */
function stepParts({ optimizer, schedule, precision }: RunConfig, { method }: Model): StepParts {
  return {
    method,
    optimizer: createOptimizer(optimizer),
    batches: schedule.accumulate,
    scalesLoss: precision === 'float16',
  };
}

const SCALAR: TensorSpec = { shape: [], dtype: 'float32' };

/** A function of a batch: uint8 images, their draws, and the method's random inputs become views for `build`. */
function batchFunction(
  config: RunConfig,
  { method }: Model,
  layout: ImageLayout,
  scalars: Readonly<Record<string, TensorSpec>>,
  build: (state: Tensors, batch: BatchTensors, scalars: Tensors) => StepResult,
): ProgramFunction {
  const groups = viewGroups(config, layout);
  const { batchSize } = config.schedule;
  const methodInputs = Object.entries(method.inputs?.(batchSize) ?? {}).map(
    ([name, { spec }]) => [name, spec] as const,
  );
  return {
    inputs: { ...groupInputs(groups, batchSize, layout), ...Object.fromEntries(methodInputs), ...scalars },
    build: (state, inputs) => build(state, { views: makeGroups(groups, inputs), inputs }, inputs),
  };
}

function trainFunctions(config: RunConfig, model: Model, layout: ImageLayout): Record<string, ProgramFunction> {
  const parts = stepParts(config, model);
  const scalars = { learningRate: SCALAR, emaStep: SCALAR };
  const train = batchFunction(config, model, layout, scalars, (state, batch, { learningRate, emaStep }) => {
    if (!learningRate || !emaStep) throw new Error('Expected a learning rate and a step of the moving average.');
    return trainStep(parts, state, batch, { learningRate, emaStep });
  });
  if (config.schedule.accumulate === 1) return { train };
  const accumulate = batchFunction(config, model, layout, {}, (state, batch) => accumulateStep(parts, state, batch));
  return { train, accumulate };
}

/** The state of a run before its first step: parameters, buffers, optimizer slots, and what the step keeps. */
export function initialState(config: RunConfig, model: Model): Record<string, HostTensor> {
  return {
    ...initialValues(model.method.variables, config.seed),
    ...initialStepState(stepParts(config, model), config.schedule.batchSize),
  };
}

/** The program of a training run: `train` (and `accumulate`, for steps of several batches) and `features` over one state. */
export async function createTrainingProgram(
  config: RunConfig,
  layouts: { readonly train: ImageLayout; readonly evaluation: ImageLayout },
  state: Readonly<Record<string, HostTensor>>,
): Promise<Program> {
  const model = buildModel(config);
  return createProgram({
    state,
    functions: {
      ...trainFunctions(config, model, layouts.train),
      features: featureFunction(config, model, layouts.evaluation),
    },
    session: sessionOptions(config),
  });
}

/** The program of an evaluation: `features` over the encoder's variables alone. */
export async function createEncoderProgram(
  config: RunConfig,
  layout: ImageLayout,
  encoder: Readonly<Record<string, HostTensor>>,
): Promise<Program> {
  return createProgram({
    state: encoder,
    functions: { features: featureFunction(config, buildModel(config), layout) },
    session: sessionOptions(config),
  });
}

/** The backbone's tensors of a state. */
export function encoderTensors(state: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name.startsWith('backbone.')));
}

/** The draws of an evaluation batch for images of a size: the centre, as `decodeResized` takes it. */
export function evaluationDraws(config: RunConfig, layout: ImageLayout): Record<string, HostTensor> {
  const plan = evaluationPlan(config, layout);
  const crop = layout.kind === 'whole' ? centre(layout.height, layout.width, plan.size) : undefined;
  const draw = { flip: false, jitter: undefined, grey: false, blur: undefined, solarize: undefined };
  const draws = Array.from({ length: FEATURE_BATCH }, () => (crop ? { ...draw, crop } : draw));
  return packViews(draws, plan);
}

/** The centre square that `decodeResized` takes: the whole short side of small views, 224/256 of it for larger ones. */
function centre(height: number, width: number, size: number) {
  const short = Math.min(height, width);
  const side = size < SMALLEST_CROPPED_SIZE ? short : Math.round((short * 224) / 256);
  return {
    top: Math.round((height - side) / 2),
    left: Math.round((width - side) / 2),
    height: side,
    width: side,
  };
}
