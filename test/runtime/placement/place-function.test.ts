import { describe, expect, it } from 'vitest';
import type { TensorSpec } from '../../../src/runtime/host-tensor.ts';
import { cast, compiled, operation, operations } from '../../../src/runtime/ops.ts';
import { readKernelTable } from '../../../src/runtime/placement/kernel-table.ts';
import { type FunctionPlacement, placeFunction } from '../../../src/runtime/placement/place-function.ts';
import type { ProgramFunction } from '../../../src/runtime/program.ts';
import { recordProgram } from '../../../src/runtime/record-program.ts';
import { type Tensor, tf } from '../../../src/runtime/tf.ts';

const table = readKernelTable();
const SCALAR: TensorSpec = { shape: [], dtype: 'float32' };

async function place(
  build: ProgramFunction['build'],
  state: Readonly<Record<string, TensorSpec>> = {},
  inputs: Readonly<Record<string, TensorSpec>> = { x: { shape: [4, 8, 8, 3], dtype: 'float32' } },
): Promise<FunctionPlacement> {
  const { graph, functions } = await recordProgram({
    state,
    functions: { planted: { inputs, build } },
    session: { device: 'cpu', graphFor: 'gpu' },
  });
  try {
    const [recorded] = functions.values();
    if (!recorded) throw new Error('Expected a function.');
    return placeFunction(graph, recorded, table);
  } finally {
    graph.close();
  }
}

const result = (value: Tensor) => ({ outputs: { value } });

describe('placeFunction', () => {
  it('finds nothing in what a GPU computes', async () => {
    const placed = await place((_, { x }) => result(tf.sum(tf.mul(x as Tensor, 2))));
    expect(placed).toMatchObject({ onCpu: 0, findings: [], notDeterministic: [] });
    expect(placed.onGpu).toBeGreaterThan(0);
    expect(placed.operations).toBe(placed.onGpu + placed.folded);
  });

  it('finds an operation without a kernel for its type, and the copies to it and back', async () => {
    const half = (x?: Tensor): Tensor => cast(operation('RGBToHSV', [cast(x as Tensor, 'bfloat16')]), 'float32');
    const { onCpu, findings } = await place((_, { x }) => result(tf.abs(half(x))));
    expect(onCpu).toBe(1);
    expect(findings).toEqual([
      expect.objectContaining({ kind: 'cpu', operation: 'RGBToHSV', types: 'bfloat16 -> bfloat16', count: 1 }),
      expect.objectContaining({ kind: 'to-host', operation: 'RGBToHSV' }),
      expect.objectContaining({ kind: 'to-card', operation: 'Cast', types: 'bfloat16 -> float32' }),
    ]);
    // The same in a type that it has a kernel for.
    const { findings: none } = await place((_, { x }) => result(operation('RGBToHSV', [x as Tensor])));
    expect(none).toEqual([]);
  });

  it('finds an operation that has no kernel for GPUs in any type', async () => {
    const { findings } = await place((_, { x }) =>
      result(operation('RandomShuffle', [x as Tensor], { seed: 1, seed2: 1 })),
    );
    expect(findings.map(({ kind, operation: type }) => [kind, type])).toEqual([['cpu', 'RandomShuffle']]);
  });

  it('finds arithmetic of int32 that waits for the card', async () => {
    const { onCpu, findings } = await place((_, { x }) => {
      const position = cast(tf.sum(x as Tensor), 'int32');
      return result(tf.add(position, tf.scalar(1, 'int32')));
    });
    // Its kernel is one of GPUs, whose arguments lie in the host's memory.
    expect(onCpu).toBe(0);
    expect(findings).toEqual([expect.objectContaining({ kind: 'to-host', types: 'int32 -> int32', count: 1 })]);
  });

  it('finds a variable of int32, which takes all that uses it to the CPU', async () => {
    const { onCpu } = await place(
      ({ counter }) => ({
        ...result(tf.scalar(0)),
        state: { counter: tf.add(counter as Tensor, tf.scalar(1, 'int32')) },
      }),
      { counter: { shape: [], dtype: 'int32' } },
    );
    expect(onCpu).toBeGreaterThanOrEqual(3);
    const { onCpu: none } = await place(
      ({ counter }) => ({ ...result(tf.scalar(0)), state: { counter: tf.add(counter as Tensor, 1) } }),
      { counter: SCALAR },
    );
    expect(none).toBe(0);
  });

  it('finds what can not be computed deterministically', async () => {
    const rows = { shape: [4, 5], dtype: 'float32' } as const;
    const { notDeterministic, findings } = await place(
      (_, { a, b }) =>
        result(operations('SoftmaxCrossEntropyWithLogits', [a as Tensor, b as Tensor], {}, 2)[0] as Tensor),
      {},
      { a: rows, b: rows },
    );
    expect(notDeterministic).toEqual(['SoftmaxCrossEntropyWithLogits']);
    expect(findings).toEqual([]);
  });

  it('does not count what is computed once, nor ask for what XLA compiles', async () => {
    const { folded, onGpu } = await place(() => result(tf.mul(tf.scalar(2), tf.scalar(3))));
    expect([folded, onGpu]).toEqual([3, 0]);
    const half = (x?: Tensor): Tensor => operation('RGBToHSV', [cast(x as Tensor, 'bfloat16')]);
    const together = await place((_, { x }) => result(compiled('views', () => tf.abs(cast(half(x), 'float32')))));
    expect(together).toMatchObject({ compiled: 4, onCpu: 0, findings: [] });
  });
});
