import type { Backbone } from '../backbones/backbone.ts';
import type { Lookup, VariableSpecs } from '../nn/layer.ts';
import type { MlpOptions } from '../nn/mlp.ts';
import type { HostTensor, TensorSpec } from '../runtime/host-tensor.ts';
import type { Precision } from '../runtime/precision.ts';
import type { Tensor, Tensors } from '../runtime/tf.ts';
import type { Random } from '../util/rng.ts';

/** The result of a method's forward pass on the views of a batch. */
export interface Forward {
  /** Scalar. */
  readonly loss: Tensor;
  /** New values of buffers that move with every batch (BatchNorm's statistics), by the names of the state. */
  readonly buffers: Tensors;
  /** Scalars to watch. */
  readonly metrics: Tensors;
  /** What `advance` needs of the batch: rows [n, ...] by name, collected over the batches of a step. */
  readonly collected?: Tensors | undefined;
}

/** A random input of a method besides the views. */
export interface MethodInput {
  readonly spec: TensorSpec;
  readonly draw: (random: Random) => HostTensor;
}

/**
 * The course of a target network's decay over training, half a cosine from `start` to `end`; constant without an end.
 */
export interface EmaDecay {
  readonly start: number;
  readonly end?: number | undefined;
}

/** What `advance` sees. */
export interface Advance {
  /** The state before the step. */
  readonly before: Lookup;
  /** The state after the optimizer moved. */
  readonly after: Lookup;
  readonly collected: Tensors;
  /** Scalar: 1 - decay of the target network in this step. */
  readonly emaStep: Tensor;
}

/** A contrastive method: which variables it owns, how views become a loss, and what moves after the optimizer. */
export interface Method {
  readonly variables: VariableSpecs;
  /** Random inputs for a batch of n images. */
  readonly inputs?: ((n: number) => Readonly<Record<string, MethodInput>>) | undefined;
  /** Shapes of what `forward` collects from a batch of n images. */
  readonly collects?: ((n: number) => Readonly<Record<string, readonly number[]>>) | undefined;
  /**
   * `views` are tensors [n, size, size, 3], normalised, row i of each showing image i: two of one size, then any number
   * of smaller ones. `inputs` are those that `inputs` declares.
   */
  forward(lookup: Lookup, views: readonly Tensor[], inputs: Tensors): Forward;
  /** New values of target networks and queues, once a step, after the optimizer. */
  readonly advance?: ((step: Advance) => Tensors) | undefined;
  readonly emaDecay?: EmaDecay | undefined;
  /**
   * The loss of a network that tells nothing apart, for n images of so many views; undefined where there is no such
   * number.
   */
  chanceLoss(n: number, views: number): number | undefined;
  /** Steps of n images for which a loss at chance is normal. */
  readonly stepsAtChance?: ((n: number) => number) | undefined;
}

/** Sizes of a projector or predictor without its input. */
export type HeadOptions = Omit<MlpOptions, 'input' | 'output'>;
export type ProjectorOptions = HeadOptions & { readonly out: number };

/** What every method is built from. */
export interface MethodParts {
  readonly backbone: Backbone;
  /** Element type of the convolutions. */
  readonly precision: Precision;
}
