import type { Lookup } from '../nn/layer.ts';
import { float32, type HostTensor, zeros } from '../runtime/host-tensor.ts';
import { type Tensor, type Tensors, tf } from '../runtime/tf.ts';
import { adaptiveMoments } from './adaptive-moments.ts';
import { clipByGlobalNorm } from './clip-gradients.ts';
import { scaleByLearningRate } from './learning-rate.ts';
import { momentum } from './momentum.ts';
import type { LarsOptions, OptimizerOptions } from './optimizer-options.ts';
import { chain, type Transform, type UpdateContext } from './transform.ts';
import { trustRatio } from './trust-ratio.ts';
import { addWeightDecay } from './weight-decay.ts';

/** Moves parameters against their gradients; its slots are named state. */
export interface Optimizer {
  /** Names of the slots that each parameter has, all of its shape. */
  readonly slots: readonly string[];
  /** The state of an optimizer of parameters with these shapes, all 0. */
  initialize(shapes: Readonly<Record<string, readonly number[]>>): Record<string, HostTensor>;
  /**
   * Gradients as `update` is to get them: clipped, if the settings say so; then `metrics` has `gradientNorm` before
   * clipping.
   */
  clip(gradients: Tensors): { readonly gradients: Tensors; readonly metrics: Tensors };
  /** New values of parameters and of the optimizer's state, which `lookup` finds; `learningRate` is a scalar. */
  update(parameters: Tensors, gradients: Tensors, lookup: Lookup, learningRate: Tensor): Record<string, Tensor>;
}

function larsTransform(options: LarsOptions): Transform {
  const ratio = trustRatio({ ...options, coefficient: options.trustCoefficient, form: options.trustForm });
  const accumulate = momentum(options.momentum, options);
  return options.momentumForm === 'google'
    ? chain(ratio, scaleByLearningRate(), accumulate)
    : chain(ratio, accumulate, scaleByLearningRate());
}

/** The chain from a gradient to what is subtracted from the parameter. */
function transformOf(options: OptimizerOptions): Transform {
  const decay = addWeightDecay(options.weightDecay, options);
  switch (options.name) {
    case 'sgd':
      return chain(decay, momentum(options.momentum, options), scaleByLearningRate());
    case 'lars':
      return larsTransform(options);
    case 'adam':
      return chain(decay, adaptiveMoments(options), scaleByLearningRate());
    case 'adamw':
      return chain(adaptiveMoments(options), decay, scaleByLearningRate());
  }
}

const slotName = (slot: string, parameter: string): string => `optimizer.${slot}.${parameter}`;

/** The number of updates done, a scalar; only in the state of optimizers that need it. */
const UPDATES = 'optimizer.updates';

/** The optimizer's own scalars after this update, and what its transforms see of it. */
function beginUpdate({ countsUpdates }: Transform, lookup: Lookup, learningRate: Tensor) {
  const counted: Record<string, Tensor> = countsUpdates ? { [UPDATES]: tf.add(lookup(UPDATES), 1) } : {};
  const context: UpdateContext = {
    learningRate,
    updateNumber() {
      const number = counted[UPDATES];
      if (!number) throw new Error('A transform that reads the number of the update must say so in `countsUpdates`.');
      return number;
    },
  };
  return { counted, context };
}

/**
 * Creates an optimizer; the state holds its slots as `optimizer.<slot>.<parameter>`, and `optimizer.updates` if it
 * counts.
 */
export function createOptimizer(options: OptimizerOptions): Optimizer {
  const transform = transformOf(options);
  return {
    slots: transform.slots,
    initialize: (shapes) => ({
      ...Object.fromEntries(
        Object.entries(shapes).flatMap(([parameter, shape]) =>
          transform.slots.map((slot): [string, HostTensor] => [slotName(slot, parameter), zeros(shape)]),
        ),
      ),
      ...(transform.countsUpdates && { [UPDATES]: float32([0], []) }),
    }),
    clip(gradients) {
      if (options.clipGradientNorm === undefined) return { gradients, metrics: {} };
      const { gradients: clipped, norm } = clipByGlobalNorm(gradients, options.clipGradientNorm);
      return { gradients: clipped, metrics: { gradientNorm: norm } };
    },
    update(parameters, gradients, lookup, learningRate) {
      const { counted, context } = beginUpdate(transform, lookup, learningRate);
      const next: Record<string, Tensor> = { ...counted };
      for (const [name, value] of Object.entries(parameters)) {
        const parameter = { name, value, isBiasOrNorm: value.rank <= 1 };
        const slot: Lookup = (key) => lookup(slotName(key, name));
        const { update, slots } = transform.apply(gradients[name] as Tensor, parameter, slot, context);
        next[name] = tf.sub(value, update);
        for (const [key, tensor] of Object.entries(slots ?? {})) next[slotName(key, name)] = tensor;
      }
      return next;
    },
  };
}
