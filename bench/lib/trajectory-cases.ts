import type { MethodOptions } from '../../src/methods/create-method.ts';
import type { OptimizerOptions } from '../../src/optim/optimizer-options.ts';

/** What both sides train: small enough for minutes, with everything that the published networks have. */
export const NETWORK = { width: 8, size: 16, batch: 32, warmupSteps: 10 } as const;

const PROJECTOR = { hidden: 64, out: 32, layers: 2, batchNorm: true } as const;
const QUEUE = 256;
const EMA = { start: 0.9, end: 1 } as const;
const MOCO = {
  name: 'moco',
  temperature: 0.2,
  queueSize: QUEUE,
  queues: 1,
  symmetric: 'none',
  emaDecay: { start: 0.9 },
  batchNormGroups: 1,
  shuffleKeys: false,
  projector: { ...PROJECTOR, batchNorm: false },
} as const;

/** Every method and published variant; the keys are their names in results. */
export const METHODS = {
  simclr: { name: 'simclr', temperature: 0.5, passes: 'joint', projector: PROJECTOR },
  'simclr-separate': { name: 'simclr', temperature: 0.5, passes: 'separate', projector: PROJECTOR },
  'moco-v2': MOCO,
  // solo-learn's: a queue for each view.
  'moco-v2plus': { ...MOCO, queues: 2, symmetric: 'mean' },
  // The authors' CIFAR demo: both views' keys in one queue, BatchNorm in groups, keys shuffled among them.
  'moco-cifar': { ...MOCO, symmetric: 'sum', batchNormGroups: 2, shuffleKeys: true },
  mocov3: {
    name: 'mocov3',
    temperature: 0.2,
    emaDecay: EMA,
    projector: { ...PROJECTOR, lastBias: false, lastBatchNorm: 'plain' },
    predictor: { hidden: 64, layers: 2, batchNorm: true, lastBias: false },
  },
  // Without the last bias, as in the paper: BatchNorm in the predictor would cancel it, and its gradient be rounding
  // alone.
  byol: {
    name: 'byol',
    emaDecay: EMA,
    projector: { ...PROJECTOR, lastBias: false },
    predictor: { hidden: 64, layers: 2, batchNorm: true, lastBias: false },
  },
} as const satisfies Record<string, MethodOptions>;

/**
 * The optimizers with their peak learning rates; not Adam, which differs from AdamW in where the decay goes.
 *
 * The rates are low because rounding grows with them: at SGD's usual 0.03, PyTorch's float32 leaves its own float64 by
 * 1e-2 within ten steps of the same start (ReLU's kinks, and steep directions at the start).
 */
export const OPTIMIZERS = {
  sgd: {
    learningRate: 0.001,
    options: { name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 5e-4, excludeBiasAndNorm: false },
  },
  // The forms that lightly has.
  lars: {
    learningRate: 1e-3,
    options: {
      name: 'lars',
      momentum: 0.9,
      nesterov: false,
      momentumForm: 'torch',
      trustForm: 'sum',
      trustCoefficient: 0.03,
      clip: false,
      weightDecay: 1e-4,
      excludeBiasAndNorm: true,
    },
  },
  adamw: {
    learningRate: 1e-4,
    options: { name: 'adamw', betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.05, excludeBiasAndNorm: false },
  },
} as const satisfies Record<string, { learningRate: number; options: OptimizerOptions }>;

/** One run that both sides do. */
export interface Case {
  readonly name: string;
  readonly method: MethodOptions;
  readonly optimizer: OptimizerOptions;
  readonly learningRate: number;
}

/** All methods with all optimizers, or those whose name (`byol/lars`) contains one of `parts`. */
export function selectCases(parts: readonly string[]): Case[] {
  const all = Object.entries(METHODS).flatMap(([method, settings]) =>
    Object.entries(OPTIMIZERS).map(([optimizer, { learningRate, options }]) => ({
      name: `${method}/${optimizer}`,
      method: settings,
      optimizer: options,
      learningRate,
    })),
  );
  return parts.length === 0 ? all : all.filter(({ name }) => parts.some((part) => name.includes(part)));
}
