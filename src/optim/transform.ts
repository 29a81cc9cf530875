import type { Lookup } from '../nn/layer.ts';
import type { Tensor, Tensors } from '../runtime/tf.ts';

/** What a transform sees of one parameter. */
export interface Parameter {
  readonly name: string;
  readonly value: Tensor;
  /** A vector or scalar: a bias, or the scale or shift of a normalisation. */
  readonly isBiasOrNorm: boolean;
}

/** What a transform sees of one update, the same for all parameters. */
export interface UpdateContext {
  /** Scalar. */
  readonly learningRate: Tensor;
  /** The number of this update (1, 2, ...), a scalar; only for transforms that count updates. */
  updateNumber(): Tensor;
}

/** The update of one parameter so far, with new values for the transform's own slots. */
export interface Transformed {
  readonly update: Tensor;
  readonly slots?: Tensors | undefined;
}

/**
 * One link of an optimizer: rewrites the update of every parameter, keeping slots of the parameter's shape.
 *
 * Slots are state under `<slot>.<parameter name>`, start at 0 and are found by name, never by position.
 */
export interface Transform {
  readonly slots: readonly string[];
  /** Whether the state must hold the number of updates done. */
  readonly countsUpdates?: boolean | undefined;
  apply(update: Tensor, parameter: Parameter, slot: Lookup, context: UpdateContext): Transformed;
}

/** Transforms one after another; the first receives the gradient. */
export function chain(...transforms: readonly Transform[]): Transform {
  return {
    slots: transforms.flatMap((transform) => transform.slots),
    countsUpdates: transforms.some((transform) => transform.countsUpdates),
    apply(gradient, parameter, slot, context) {
      const slots: Record<string, Tensor> = {};
      const update = transforms.reduce((current, transform) => {
        const next = transform.apply(current, parameter, slot, context);
        Object.assign(slots, next.slots);
        return next.update;
      }, gradient);
      return { update, slots };
    },
  };
}
