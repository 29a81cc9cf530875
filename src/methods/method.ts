import type { Backbone } from '../backbones/resnet.ts';
import { type Lookup, prefixed, type VariableSpecs } from '../nn/layer.ts';
import type { HostTensor } from '../runtime/host-tensor.ts';
import type { Tensor, Tensors } from '../runtime/tf.ts';
import { randomStream } from '../util/rng.ts';

/** The result of a method's forward pass on the views of a batch. */
export interface Forward {
  /** Scalar. */
  readonly loss: Tensor;
  /** New values of buffers, by the names of the state. */
  readonly state: Tensors;
  /** Scalars to watch. */
  readonly metrics: Tensors;
}

/** A contrastive method: which variables it owns, and how views become a loss. */
export interface Method {
  readonly variables: VariableSpecs;
  /** `views` are two tensors [n, size, size, 3], normalised; row i of both shows image i. */
  forward(lookup: Lookup, views: readonly [Tensor, Tensor]): Forward;
  /** The loss of a network that tells nothing apart, for a batch of `n` images. */
  chanceLoss(n: number): number;
}

/** What every method is built from. */
export interface MethodParts {
  readonly backbone: Backbone;
  /** Element type of the convolutions. */
  readonly precision: 'float32' | 'bfloat16';
}

/** The variables of the backbone under the names that every method and evaluation uses. */
export function backboneVariables({ layer }: Backbone): Record<string, VariableSpecs[string]> {
  return prefixed('backbone.', layer.variables);
}

/** Initial values: each variable has a random stream of its own, so that adding one changes no other. */
export function initialValues(variables: VariableSpecs, seed: number): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, { shape, initialize }]) => [
      name,
      { dtype: 'float32', shape, data: initialize(shape, randomStream(seed, hashName(name), INITIAL_VALUES)) },
    ]),
  );
}

/** Keeps the streams of initial values apart from those of orders and views. */
const INITIAL_VALUES = 0x494e4954;

/** FNV-1a, 32 bits. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
