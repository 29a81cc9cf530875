import type { Backbone } from '../../src/backbones/backbone.ts';
import { createMethod, type MethodOptions } from '../../src/methods/create-method.ts';
import { initialValues } from '../../src/methods/initial-values.ts';
import type { Method } from '../../src/methods/method.ts';
import { batchNorm } from '../../src/nn/batch-norm.ts';
import { convolution } from '../../src/nn/convolution.ts';
import { pure, sequential } from '../../src/nn/layer.ts';
import { createOptimizer } from '../../src/optim/optimizer.ts';
import { elementCount, float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { relu } from '../../src/runtime/ops.ts';
import { castTo, type Precision } from '../../src/runtime/precision.ts';
import { createProgram, type Program } from '../../src/runtime/program.ts';
import type { SessionOptions } from '../../src/runtime/session-settings.ts';
import { type Tensor, type Tensors, tf } from '../../src/runtime/tf.ts';
import { accumulateStep, initialStepState, type StepParts, trainStep } from '../../src/train/step.ts';
import { randomStream } from '../../src/util/rng.ts';

/** Independent standard normal values. */
export function normals(shape: readonly number[], seed: number): HostTensor {
  const random = randomStream(seed);
  return float32(
    Float32Array.from({ length: elementCount(shape) }, () => random.normal()),
    shape,
  );
}

/** Two convolutions with everything that a ResNet has but the shortcuts: [n, h, w, 3] -> [n, 2 width]. */
export function tinyBackbone(width: number): Backbone {
  const init = 'he-fan-out';
  const layer = sequential([
    ['conv1', convolution({ input: 3, output: width, kernel: 3, init })],
    ['bn1', batchNorm(width)],
    ['', pure(relu)],
    ['conv2', convolution({ input: width, output: 2 * width, kernel: 3, stride: 2, init })],
    ['bn2', batchNorm(2 * width)],
    ['', pure(relu)],
    ['', pure((x) => tf.mean(castTo(x, 'float32'), [1, 2]))],
  ]);
  return { layer, featureSize: 2 * width };
}

const HEAD = { hidden: 16, layers: 2, batchNorm: true } as const;
const PROJECTOR = { ...HEAD, out: 8 } as const;
const EMA = { start: 0.9, end: 1 } as const;

/** Every method with small heads. */
export const TINY_OPTIONS = {
  simclr: { name: 'simclr', temperature: 0.5, passes: 'joint', projector: PROJECTOR },
  moco: {
    name: 'moco',
    temperature: 0.2,
    queueSize: 24,
    queues: 1,
    symmetric: 'none',
    emaDecay: { start: 0.9 },
    batchNormGroups: 1,
    shuffleKeys: false,
    projector: { ...PROJECTOR, batchNorm: false },
  },
  mocov3: {
    name: 'mocov3',
    temperature: 0.5,
    emaDecay: EMA,
    projector: { ...PROJECTOR, lastBias: false, lastBatchNorm: 'plain' },
    predictor: HEAD,
  },
  // A bias of the projector would have no gradient: the predictor's BatchNorm takes it away.
  byol: { name: 'byol', emaDecay: EMA, projector: { ...PROJECTOR, lastBias: false }, predictor: HEAD },
} as const satisfies Record<string, MethodOptions>;

/** What a method watches besides `embeddingStd`, by its name; nothing where it is not listed. */
export const FURTHER_METRICS: Readonly<Partial<Record<MethodOptions['name'], readonly string[]>>> = {};

/** A method with small heads on the tiny backbone. */
export function tinyMethod(options: MethodOptions, width = 4, precision: Precision = 'float32'): Method {
  return createMethod(options, { backbone: tinyBackbone(width), precision });
}

export function tinySimclr(width: number, precision: Precision = 'float32'): Method {
  const projector = { ...PROJECTOR, hidden: 2 * width };
  return tinyMethod({ ...TINY_OPTIONS.simclr, projector }, width, precision);
}

export const sgd = createOptimizer({
  name: 'sgd',
  momentum: 0.9,
  nesterov: false,
  weightDecay: 1e-4,
  excludeBiasAndNorm: true,
});

/** Everything that a training run of the parts changes, before its first step; n images a batch. */
export function initialState(parts: StepParts, n: number): Record<string, HostTensor> {
  return { ...initialValues(parts.method.variables, 7), ...initialStepState(parts, n) };
}

/**
 * A program whose functions `train` and `accumulate` take views `a` and `b` of `shape`, the method's inputs, and for
 * `train` scalars `rate` and `emaStep`.
 */
export function stepProgram(
  parts: StepParts,
  shape: readonly number[],
  session: SessionOptions = { device: 'cpu' },
): Promise<Program> {
  const [n = 1] = shape;
  const views = { shape, dtype: 'float32' } as const;
  const scalar = { shape: [], dtype: 'float32' } as const;
  const own = Object.fromEntries(
    Object.entries(parts.method.inputs?.(n) ?? {}).map(([name, { spec }]) => [name, spec]),
  );
  const batch = { a: views, b: views, ...own };
  const viewsOf = ({ a, b }: Tensors): Tensor[] => [a as Tensor, b as Tensor];
  return createProgram({
    state: initialState(parts, n),
    functions: {
      train: {
        inputs: { ...batch, rate: scalar, emaStep: scalar },
        build: (state, inputs) => {
          const scalars = { learningRate: inputs['rate'] as Tensor, emaStep: inputs['emaStep'] as Tensor };
          return trainStep(parts, state, { views: viewsOf(inputs), inputs }, scalars);
        },
      },
      ...((parts.batches ?? 1) > 1 && {
        accumulate: {
          inputs: batch,
          build: (state: Tensors, inputs: Tensors) => accumulateStep(parts, state, { views: viewsOf(inputs), inputs }),
        },
      }),
    },
    session,
  });
}

/** A program of a method with plain SGD, as `stepProgram` makes it. */
export function trainingProgram(method: Method, shape: readonly number[]): Promise<Program> {
  return stepProgram({ method, optimizer: sgd }, shape);
}

/** The scalars that `train` is fed. */
export function scalars(rate: number, emaStep = 0): Record<string, HostTensor> {
  return { rate: float32([rate], []), emaStep: float32([emaStep], []) };
}
