import { fromNested, type HostTensor, type NestedNumbers } from './host-tensor.ts';
import { createProgram } from './program.ts';
import type { SessionOptions } from './session-settings.ts';
import type { Tensor, Tensors } from './tf.ts';

/**
 * Records `fn` as a TensorFlow graph, runs it once on `inputs` and returns its values by name.
 *
 * Inputs are host tensors or nested arrays of numbers (float32). A function that returns one tensor gives `{ value }`.
 */
export async function runOnce(
  fn: (inputs: Tensors) => Tensors | Tensor,
  inputs: Readonly<Record<string, HostTensor | NestedNumbers>>,
  options: SessionOptions = { device: 'cpu' },
): Promise<Record<string, HostTensor>> {
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, isHostTensor(value) ? value : fromNested(value)]),
  );
  const program = await createProgram({
    state: {},
    functions: {
      runOnce: {
        inputs: feeds,
        build: (_, tensors) => {
          const result = fn(tensors);
          return { outputs: isTensor(result) ? { value: result } : result };
        },
      },
    },
    session: options,
  });
  try {
    return await program.run('runOnce', feeds);
  } finally {
    program.close();
  }
}

function isHostTensor(value: HostTensor | NestedNumbers): value is HostTensor {
  return typeof value === 'object' && 'dtype' in value;
}

function isTensor(value: Tensors | Tensor): value is Tensor {
  return typeof (value as Tensor).rank === 'number';
}
