import { type Applied, type Context, type Layer, type Lookup, prefixed, scoped, sequential } from '../nn/layer.ts';
import { mlp } from '../nn/mlp.ts';
import { castTo } from '../runtime/precision.ts';
import { type Tensor, type Tensors, tf } from '../runtime/tf.ts';
import type { HeadOptions, MethodParts, ProjectorOptions } from './method.ts';

/** The projector: features [n, featureSize] -> embeddings [n, out]. */
export function projectorOf(featureSize: number, { out, ...sizes }: ProjectorOptions): Layer {
  return mlp({ ...sizes, input: featureSize, output: out });
}

/** Backbone and projector: views [n, size, size, 3] -> embeddings [n, out], as `backbone.` and `projector.`. */
export function encoder({ backbone, precision }: MethodParts, projector: ProjectorOptions): Layer {
  const layer = sequential([
    ['backbone', backbone.layer],
    ['projector', projectorOf(backbone.featureSize, projector)],
  ]);
  return { ...layer, apply: (lookup, views, context) => layer.apply(lookup, castTo(views, precision), context) };
}

/** A predictor: embeddings [n, size] -> [n, size], as `predictor.`. */
export function predictorOf(size: number, sizes: HeadOptions): Layer {
  return sequential([['predictor', mlp({ ...sizes, input: size, output: size })]]);
}

/** The lookup that finds new values where there are any. */
export function updated(lookup: Lookup, values: Tensors): Lookup {
  return (name) => values[name] ?? lookup(name);
}

/** Outputs for several inputs, and the buffers after the last. */
export interface AppliedEach {
  readonly ys: readonly Tensor[];
  readonly buffers: Tensors;
}

/** A network on one batch after another: BatchNorm sees each alone, and its running statistics move with each. */
export function applyEach(layer: Layer, lookup: Lookup, batches: readonly Tensor[], context: Context): AppliedEach {
  let buffers: Tensors = {};
  const ys = batches.map((batch) => {
    const applied: Applied = layer.apply(updated(lookup, buffers), batch, context);
    buffers = { ...buffers, ...applied.buffers };
    return applied.y;
  });
  return { ys, buffers };
}

/** A network on several inputs of one size as one batch: BatchNorm sees them together. */
export function applyJoint(layer: Layer, lookup: Lookup, batches: readonly Tensor[], context: Context): AppliedEach {
  if (batches.length < 2) return applyEach(layer, lookup, batches, context);
  const { y, buffers } = layer.apply(lookup, tf.concat([...batches], 0), context);
  return { ys: tf.split(y, batches.length, 0), buffers };
}

const TARGET = 'target.';

/**
 * The variables of a layer's target network: buffers that start as copies, so that no gradient, decay or slot reaches
 * them.
 */
export function targetVariables(layer: Layer): Layer['variables'] {
  return prefixed(
    TARGET,
    Object.fromEntries(
      Object.entries(layer.variables).map(([name, spec]) => [name, { ...spec, kind: 'buffer', copyOf: name } as const]),
    ),
  );
}

/**
 * The target network on one batch after another, in training mode: BatchNorm uses the batch and keeps running
 * statistics of the target's own, as in MoCo and BYOL.
 */
export function applyTarget(layer: Layer, lookup: Lookup, batches: readonly Tensor[], context: Context): AppliedEach {
  const { ys, buffers } = applyEach(layer, scoped(lookup, TARGET), batches, context);
  return { ys, buffers: prefixed(TARGET, buffers) };
}

/** Parameters of the target after a step: target + emaStep (online - target). Statistics are not averaged. */
export function moveTarget(layer: Layer, before: Lookup, after: Lookup, emaStep: Tensor): Tensors {
  const parameters = Object.keys(layer.variables).filter((name) => layer.variables[name]?.kind === 'parameter');
  return Object.fromEntries(
    parameters.map((name) => {
      const target = before(`${TARGET}${name}`);
      return [`${TARGET}${name}`, tf.add(target, tf.mul(tf.sub(after(name), target), emaStep))];
    }),
  );
}
