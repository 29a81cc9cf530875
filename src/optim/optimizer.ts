import type { Lookup } from '../nn/layer.ts';
import { elementCount, type HostTensor } from '../runtime/host-tensor.ts';
import { type Tensor, type Tensors, tf } from '../runtime/tf.ts';
import { momentum } from './momentum.ts';
import { chain, type Transform } from './transform.ts';
import { trustRatio } from './trust-ratio.ts';
import { addWeightDecay } from './weight-decay.ts';

/** Settings of stochastic gradient descent, equal to torch.optim.SGD. */
export interface SgdOptions {
  readonly name: 'sgd';
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly excludeBiasAndNorm: boolean;
}

/** Settings of LARS (You et al., arXiv:1708.03888). */
export interface LarsOptions extends Omit<SgdOptions, 'name'> {
  readonly name: 'lars';
  readonly trustCoefficient: number;
  readonly trustForm: 'sum' | 'joint';
  readonly clip: boolean;
}

export type OptimizerOptions = SgdOptions | LarsOptions;

/** Moves parameters against their gradients; its slots are named state. */
export interface Optimizer {
  /** The slots of parameters with these shapes, all 0. */
  initialize(shapes: Readonly<Record<string, readonly number[]>>): Record<string, HostTensor>;
  /** New values of parameters and slots; `lookup` finds slots, `learningRate` is a scalar. */
  update(parameters: Tensors, gradients: Tensors, lookup: Lookup, learningRate: Tensor): Record<string, Tensor>;
}

function transformOf(options: OptimizerOptions): Transform {
  const accumulate = momentum(options.momentum, options);
  if (options.name === 'sgd') return chain(addWeightDecay(options.weightDecay, options), accumulate);
  return chain(
    trustRatio({
      coefficient: options.trustCoefficient,
      weightDecay: options.weightDecay,
      form: options.trustForm,
      clip: options.clip,
      excludeBiasAndNorm: options.excludeBiasAndNorm,
    }),
    accumulate,
  );
}

const slotName = (slot: string, parameter: string): string => `optimizer.${slot}.${parameter}`;

/** Creates an optimizer; the state holds its slots as `optimizer.<slot>.<parameter>`. */
export function createOptimizer(options: OptimizerOptions): Optimizer {
  const transform = transformOf(options);
  return {
    initialize: (shapes) =>
      Object.fromEntries(
        Object.entries(shapes).flatMap(([parameter, shape]) =>
          transform.slots.map((slot): [string, HostTensor] => [
            slotName(slot, parameter),
            { dtype: 'float32', shape, data: new Float32Array(elementCount(shape)) },
          ]),
        ),
      ),
    update(parameters, gradients, lookup, learningRate) {
      const next: Record<string, Tensor> = {};
      for (const [name, value] of Object.entries(parameters)) {
        const parameter = { name, value, isBiasOrNorm: value.rank <= 1 };
        const slot: Lookup = (key) => lookup(slotName(key, name));
        const { update, slots } = transform.apply(gradients[name] as Tensor, parameter, slot, learningRate);
        next[name] = tf.sub(value, tf.mul(update, learningRate));
        for (const [key, tensor] of Object.entries(slots ?? {})) next[slotName(key, name)] = tensor;
      }
      return next;
    },
  };
}
