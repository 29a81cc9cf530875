import type { VariableSpecs } from '../nn/layer.ts';
import { operation } from '../runtime/ops.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import type { Random } from '../util/rng.ts';

/** Rows of a queue [size, width] before any key entered it: random directions of length 1. */
function randomDirections([, width = 1]: readonly number[], size: number, random: Random): Float32Array {
  const values = new Float32Array(size * width);
  for (let row = 0; row < size; row++) {
    const direction = Array.from({ length: width }, random.normal);
    const length = Math.hypot(...direction);
    values.set(
      direction.map((value) => value / length),
      row * width,
    );
  }
  return values;
}

/**
 * A ring of `size` keys of `width` values, as `<name>` [size, width], and the row that is written next, as
 * `<name>.position` [].
 */
export function queueVariables(name: string, size: number, width: number): VariableSpecs {
  return {
    [name]: {
      shape: [size, width],
      kind: 'buffer',
      initialize: (shape, random) => randomDirections(shape, size, random),
    },
    // A float32 like all state; exact up to 2^24 rows.
    [`${name}.position`]: { shape: [], kind: 'buffer', initialize: () => new Float32Array(1) },
  };
}

/**
 * Writes keys [n, width] over the oldest rows of a ring [size, width]; returns the ring and its next position.
 *
 * Every row is taken from the keys or stays. To scatter the keys would need their rows as int32, which GPUs have no
 * arithmetic for in TensorFlow, and where results must be deterministic it scatters on the host.
 */
export function enqueue(queue: Tensor, position: Tensor, keys: Tensor): { queue: Tensor; position: Tensor } {
  const [size] = queue.shape as [number, number];
  const [n] = keys.shape as [number, number];
  const age = tf.mod(tf.sub(tf.range(0, size, 1, 'float32'), position), size);
  const rows = operation('GatherV2', [keys, tf.cast(tf.minimum(age, n - 1), 'int32'), tf.scalar(0, 'int32')]);
  return {
    queue: tf.where(tf.expandDims(tf.less(age, n), 1), rows, queue),
    position: tf.mod(tf.add(position, n), size),
  };
}
