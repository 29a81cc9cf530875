import type { Method } from '../methods/method.ts';
import { type Lookup, prefixed } from '../nn/layer.ts';
import { type HostTensor, zeros } from '../runtime/host-tensor.ts';
import { type Tensor, type Tensors, tf } from '../runtime/tf.ts';

const GRADIENT = 'accumulated.gradient.';
const COLLECTED = 'accumulated.';

/** What a batch adds to a step that is made of several. */
export interface Gathered {
  readonly gradients: Tensors;
  readonly collected: Tensors;
}

/** The state that holds the sums and rows of `batches` batches of n images but the last; none for one batch. */
export function initialAccumulation(method: Method, n: number, batches: number): Record<string, HostTensor> {
  if (batches === 1) return {};
  const parameters = Object.entries(method.variables).filter(([, { kind }]) => kind === 'parameter');
  const rows = Object.entries(method.collects?.(n) ?? {});
  return {
    ...Object.fromEntries(parameters.map(([name, { shape }]) => [`${GRADIENT}${name}`, zeros(shape)])),
    ...Object.fromEntries(
      rows.map(([name, [count = 1, ...rest]]) => [`${COLLECTED}${name}`, zeros([count * (batches - 1), ...rest])]),
    ),
  };
}

/** Adds a batch: gradients to their sums, and rows at the end of those collected, the oldest of which leave. */
export function accumulate(lookup: Lookup, { gradients, collected }: Gathered): Record<string, Tensor> {
  const sums = Object.entries(gradients).map(([name, gradient]) => {
    return [`${GRADIENT}${name}`, tf.add(lookup(`${GRADIENT}${name}`), gradient)] as const;
  });
  const rows = Object.entries(collected).map(([name, value]) => {
    const all = tf.concat([lookup(`${COLLECTED}${name}`), value], 0);
    const count = value.shape[0] as number;
    return [`${COLLECTED}${name}`, tf.slice(all, [count, 0], [-1, -1])] as const;
  });
  return Object.fromEntries([...sums, ...rows]);
}

/** The mean gradient and all rows of a step of `batches` batches, its last given, and the emptied sums. */
export function gather(
  lookup: Lookup,
  { gradients, collected }: Gathered,
  batches: number,
): Gathered & { readonly emptied: Tensors } {
  if (batches === 1) return { gradients, collected, emptied: {} };
  const mean = Object.entries(gradients).map(([name, gradient]) => {
    return [name, tf.div(tf.add(lookup(`${GRADIENT}${name}`), gradient), batches)] as const;
  });
  const rows = Object.entries(collected).map(([name, value]) => {
    return [name, tf.concat([lookup(`${COLLECTED}${name}`), value], 0)] as const;
  });
  const emptied = Object.fromEntries(Object.entries(gradients).map(([name, value]) => [name, tf.zerosLike(value)]));
  return {
    gradients: Object.fromEntries(mean),
    collected: Object.fromEntries(rows),
    emptied: prefixed(GRADIENT, emptied),
  };
}
