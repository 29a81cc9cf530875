import { createBackbone } from '../../backbones/create-backbone.ts';
import { vit } from '../../backbones/vit.ts';
import { createMethod, type MethodOptions } from '../../methods/create-method.ts';
import { initialValues } from '../../methods/initial-values.ts';
import type { Method } from '../../methods/method.ts';
import { createOptimizer } from '../../optim/optimizer.ts';
import { elementCount, float32, type TensorSpec } from '../../runtime/host-tensor.ts';
import type { Precision } from '../../runtime/precision.ts';
import type { ProgramDefinition } from '../../runtime/program.ts';
import type { Tensor } from '../../runtime/tf.ts';
import { initialStepState, trainStep } from '../../train/step.ts';
import { randomStream } from '../../util/rng.ts';
import type { Values } from './compare-values.ts';

/** The backbones that are checked: convolutions with BatchNorm, and attention. */
export const BACKBONES = ['resnet18', 'vit'] as const;
export type CheckedBackbone = (typeof BACKBONES)[number];

/** How large the networks and their batches are. */
export interface NetworkSize {
  /** Channels of the ResNet's first stage. */
  readonly width: number;
  /** Side of the views in pixels, a multiple of 16. */
  readonly size: number;
  /** Images, each with two views. */
  readonly batch: number;
}

const HEAD = { hidden: 64, layers: 2, batchNorm: true } as const;
const PROJECTOR = { ...HEAD, out: 32 } as const;

/** Every method with small heads. Biases whose gradient would be rounding alone are left out. */
export const METHODS = {
  simclr: { name: 'simclr', temperature: 0.5, passes: 'joint', projector: { ...PROJECTOR, lastBias: false } },
  moco: {
    name: 'moco',
    ...{ temperature: 0.2, queueSize: 256, queues: 1, symmetric: 'none', emaDecay: { start: 0.9 } },
    ...{ batchNormGroups: 2, shuffleKeys: true, projector: { ...PROJECTOR, batchNorm: false } },
  },
  mocov3: {
    name: 'mocov3',
    ...{ temperature: 0.2, emaDecay: { start: 0.9, end: 1 } },
    ...{
      projector: { ...PROJECTOR, lastBias: false, lastBatchNorm: 'plain' },
      predictor: { ...HEAD, lastBias: false },
    },
  },
  byol: {
    name: 'byol',
    emaDecay: { start: 0.9, end: 1 },
    projector: { ...PROJECTOR, lastBias: false },
    predictor: { ...HEAD, lastBias: false },
  },
} as const satisfies Record<MethodOptions['name'], MethodOptions>;

export type MethodName = keyof typeof METHODS;

/** A network to be trained: what it is called, its program, and what its function `train` is fed. */
export interface CheckedNetwork {
  readonly name: string;
  readonly definition: Pick<ProgramDefinition, 'state' | 'functions'>;
  /** The variables that random changes are made to: weights, not statistics or counters. */
  readonly parameters: readonly string[];
  /** The inputs of a step, which its number decides. */
  readonly inputs: (step: number) => Values;
}

/** What a network is made of. */
export interface NetworkChoice {
  readonly method: MethodName;
  readonly backbone: CheckedBackbone;
  readonly precision: Precision;
  readonly size: NetworkSize;
  /**
   * For many steps: blocks that start as the identity and a low learning rate, with which rounding grows slowly enough
   * to be told from a mistake.
   */
  readonly calm?: boolean | undefined;
}

function methodOf({ method, backbone, precision, size, calm = false }: NetworkChoice): Method {
  const made =
    backbone === 'resnet18'
      ? createBackbone('resnet18', { stem: 'cifar', width: size.width, zeroInitResidual: calm, init: 'he-fan-out' })
      : vit({ size: 64, heads: 4, depth: 2 }, {});
  return createMethod(METHODS[method], { backbone: made, precision });
}

/** Two views [batch, size, size, 3] that have something in common, as those of an image have. */
function drawViews({ size, batch }: NetworkSize, step: number): Values {
  const random = randomStream(1, step);
  const shape = [batch, size, size, 3];
  const image = Float32Array.from({ length: elementCount(shape) }, random.normal);
  const view = () =>
    float32(
      image.map((value) => 0.8 * value + 0.6 * random.normal()),
      shape,
    );
  return { first: view(), second: view() };
}

const SCALAR: TensorSpec = { shape: [], dtype: 'float32' };

/**
 * A network with a function `train`, one step of SGD with momentum: after the first step the momentum of a parameter is
 * its gradient, so that the state holds all that a step computes.
 */
export function checkedNetwork(choice: NetworkChoice): CheckedNetwork {
  const { size, precision, calm = false } = choice;
  const method = methodOf(choice);
  const optimizer = createOptimizer({
    ...{ name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0, excludeBiasAndNorm: true },
  });
  const parts = { method, optimizer, scalesLoss: precision === 'float16' };
  const specs = Object.entries(method.inputs?.(size.batch) ?? {});
  const view: TensorSpec = { shape: [size.batch, size.size, size.size, 3], dtype: 'float32' };
  return {
    name: `${choice.method}, ${choice.backbone}${precision === 'float32' ? '' : `, ${precision}`}`,
    parameters: Object.keys(method.variables).filter((name) => method.variables[name]?.kind === 'parameter'),
    definition: {
      state: { ...initialValues(method.variables, 0), ...initialStepState(parts, size.batch) },
      functions: {
        train: {
          inputs: {
            ...{ first: view, second: view, learningRate: SCALAR, emaStep: SCALAR },
            ...Object.fromEntries(specs.map(([name, { spec }]) => [name, spec])),
          },
          build: (state, fed) => {
            const { first, second, learningRate: rate, emaStep } = fed as Record<string, Tensor>;
            const scalars = { learningRate: rate as Tensor, emaStep: emaStep as Tensor };
            return trainStep(parts, state, { views: [first as Tensor, second as Tensor], inputs: fed }, scalars);
          },
        },
      },
    },
    inputs: (step) => ({
      ...drawViews(size, step),
      ...Object.fromEntries(specs.map(([name, { draw }]) => [name, draw(randomStream(2, step))])),
      learningRate: float32([calm ? 0.001 : 0.01], []),
      emaStep: float32([0.1], []),
    }),
  };
}
