import { DataType, type Output, type Pointer } from './c-api.ts';
import type { Graph } from './graph.ts';
import type { TensorSpec } from './host-tensor.ts';
import { type Tensor, tensorOf, tf } from './tf.ts';

/** An input's place in the graph. */
export interface FedInput {
  readonly output: Output;
  readonly spec: TensorSpec;
}

/** Inputs that wait on the device for a run that takes them. */
export interface Staging {
  /** What is fed to hand them over. */
  readonly feeds: Readonly<Record<string, FedInput>>;
  /** The operation that hands them over. */
  readonly stage: Pointer;
  /** The inputs that were handed over first, for the function that is being recorded. */
  readonly taken: Readonly<Record<string, Tensor>>;
}

/**
 * Records how inputs are handed to the device before the run that needs them (TensorFlow's StagingArea), so that their
 * copy runs beside the step before. Functions whose staged inputs are the same share what waits: first in, first out.
 *
 * Use it while a function is being recorded.
 */
export function recordStaging(graph: Graph, name: string, specs: Readonly<Record<string, TensorSpec>>): Staging {
  const entries = Object.entries(specs);
  const feeds = Object.fromEntries(
    entries.map(([input, spec]): [string, FedInput] => {
      const attributes = { dtype: spec.dtype, shape: spec.shape };
      const oper = graph.add('Placeholder', [], attributes, { name: `${name}/stage/${input}` });
      return [input, { output: { oper, index: 0 }, spec }];
    }),
  );
  const area = { shared_name: JSON.stringify(entries) };
  const stage = graph.add(
    'Stage',
    Object.values(feeds).map(({ output }) => output),
    area,
    { name: `${name}/stage` },
  );
  const dtypes = entries.map(([, { dtype }]) => DataType[dtype]);
  const taking = graph.add('Unstage', [], { ...area, dtypes }, { name: `${name}/unstage` });
  // TensorFlow does not know the shapes of what waits.
  const taken = entries.map(([input, { shape }], index): [string, Tensor] => [
    input,
    tf.reshape(tensorOf({ oper: taking, index }), [...shape]),
  ]);
  return { feeds, stage, taken: Object.fromEntries(taken) };
}
