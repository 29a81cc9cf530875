import { describe, expect, it } from 'vitest';
import { ntXent } from '../../src/losses/nt-xent.ts';
import { initialValues } from '../../src/methods/initial-values.ts';
import type { Method } from '../../src/methods/method.ts';
import { batchNorm } from '../../src/nn/batch-norm.ts';
import { convolution } from '../../src/nn/convolution.ts';
import { pure, sequential } from '../../src/nn/layer.ts';
import { linear } from '../../src/nn/linear.ts';
import { residual } from '../../src/nn/residual.ts';
import { cApi, type Output } from '../../src/runtime/c-api.ts';
import { conv2d } from '../../src/runtime/conv2d.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { createGraph, type Graph } from '../../src/runtime/graph.ts';
import { float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { maxPool2d, operation, relu, stopGradient } from '../../src/runtime/ops.ts';
import { createProgram } from '../../src/runtime/program.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { record, type Tensor, type Tensors, tensorOf, tf } from '../../src/runtime/tf.ts';
import { randomStream } from '../../src/util/rng.ts';
import { normals } from '../methods/tiny-methods.ts';
import { expectNear } from '../support-tensors.ts';

/**
 * Expects the gradient along random directions to equal the central difference of the loss, which has an error of
 * `step`^2 and of 1e-7 / `step`.
 */
async function checkGradients(
  values: Readonly<Record<string, HostTensor>>,
  loss: (inputs: Tensors) => Tensor,
  moved: readonly string[],
  { step = 1e-2, tolerance = 0.02 } = {},
): Promise<void> {
  const program = await createProgram({
    state: {},
    functions: {
      loss: { inputs: values, build: (_, inputs) => ({ outputs: { loss: loss(inputs) } }) },
      gradients: {
        inputs: values,
        build: (_, inputs) => {
          const xs = Object.fromEntries(moved.map((name) => [name, inputs[name] as Tensor]));
          return { outputs: gradients(loss(inputs), xs) };
        },
      },
    },
    session: { device: 'cpu' },
  });
  try {
    const found = await program.run('gradients', values);
    for (const name of moved) {
      const value = values[name] as HostTensor;
      const gradient = found[name] as HostTensor;
      expect(gradient.shape).toEqual(value.shape);
      // Half along the gradient, half at random: a direction in which the loss surely changes.
      const length = Math.hypot(...gradient.data);
      const noise = normals(value.shape, 99).data;
      const noiseLength = Math.hypot(...noise);
      const direction = [...gradient.data].map((g, i) => g / length + (0.7 * (noise[i] as number)) / noiseLength);
      const at = async (t: number): Promise<number> => {
        const data = Float32Array.from(value.data, (x, i) => x + t * (direction[i] as number));
        const outputs = await program.run('loss', { ...values, [name]: { ...value, data } });
        return outputs['loss']?.data[0] ?? Number.NaN;
      };
      const slope = ((await at(step)) - (await at(-step))) / (2 * step);
      const wanted = direction.reduce((sum, d, i) => sum + d * (gradient.data[i] as number), 0);
      expect(Math.abs(slope - wanted) / Math.abs(wanted), name).toBeLessThan(tolerance);
    }
  } finally {
    program.close();
  }
}

const init = 'he-fan-out';
const block = residual(
  sequential([
    ['conv1', convolution({ input: 4, output: 4, kernel: 3, stride: 2, init })],
    ['bn1', batchNorm(4)],
    ['', pure(relu)],
    ['conv2', convolution({ input: 4, output: 4, kernel: 3, init })],
    ['bn2', batchNorm(4)],
  ]),
  sequential([
    ['0', convolution({ input: 4, output: 4, kernel: 1, stride: 2, init })],
    ['1', batchNorm(4)],
  ]),
);
const network = sequential([
  ['conv', convolution({ input: 3, output: 4, kernel: 3, init })],
  ['bn', batchNorm(4)],
  ['', pure(relu)],
  ['block', block],
  ['', pure((x) => tf.mean(x, [1, 2]))],
  ['fc', linear(4, 5, { bias: true })],
]);
const variables = initialValues(network.variables as Method['variables'], 3);
const parameters = Object.keys(variables).filter((name) => network.variables[name]?.kind === 'parameter');
const lookupIn = (inputs: Tensors) => (name: string) => inputs[name] as Tensor;

/** The terms of each sum of several tensors in a graph. */
function sumsOf(graph: Graph): Output[][] {
  const api = cApi();
  return [...graph.operations()]
    .filter((operation) => api.TF_OperationOpType(operation) === 'AddN')
    .map((oper) => {
      const count = Number(api.TF_OperationNumInputs(oper));
      return Array.from({ length: count }, (_, index) => api.TF_OperationInput({ oper, index }) as Output);
    });
}

describe('gradients', () => {
  it('equal finite differences: convolutions, BatchNorm, ReLU, shortcuts, pooling, linear maps, NT-Xent', async () => {
    const loss = (inputs: Tensors): Tensor => {
      const { y } = network.apply(lookupIn(inputs), inputs['images'] as Tensor, { mode: 'train' });
      const [z0, z1] = tf.split(y, 2, 0) as [Tensor, Tensor];
      return ntXent([z0, z1], 0.5);
    };
    const values = { images: normals([8, 6, 6, 3], 1), ...variables };
    // A bias before BatchNorm has no gradient; here none is.
    expect(parameters).toHaveLength(4 * 3 + 2);
    await checkGradients(values, loss, ['images', ...parameters]);
  });

  it('equal finite differences in evaluation mode, with the stored statistics', async () => {
    const loss = (inputs: Tensors): Tensor => {
      const { y } = network.apply(lookupIn(inputs), inputs['images'] as Tensor, { mode: 'eval' });
      return tf.mean(tf.square(y));
    };
    await checkGradients({ images: normals([4, 6, 6, 3], 1), ...variables }, loss, parameters);
  });

  it('equal finite differences through max-pooling', async () => {
    const loss = ({ x }: Tensors): Tensor => tf.mean(tf.square(maxPool2d(x as Tensor, 3, 2, 1)));
    await checkGradients({ x: normals([2, 6, 6, 2], 4) }, loss, ['x'], { step: 1e-3 });
  });

  it('do not flow through stopGradient', async () => {
    const x = [1, -2, 3];
    const result = await runOnce(
      ({ x: input }) => {
        const y = input as Tensor;
        return gradients(tf.sum(tf.mul(y, stopGradient(y))), { y });
      },
      { x },
    );
    // x * x has the gradient 2 x; with one factor held it is x.
    expect(result['y']).toEqual(float32(x, [3]));
    const stopped = runOnce(
      ({ x: input }) => gradients(tf.sum(stopGradient(input as Tensor)), { x: input as Tensor }),
      { x },
    );
    await expect(stopped).rejects.toThrow('The result does not depend on: x.');
  });

  it('are weighted by the gradient of the output, and sum over the ways to an input', async () => {
    const result = await runOnce(
      ({ x, weights }) => {
        const y = x as Tensor;
        return {
          ...gradients(tf.square(y), { weighted: y }, weights as Tensor),
          ...gradients(tf.add(tf.sum(y), tf.sum(tf.mul(y, 3))), { summed: y }),
          ...gradients(tf.sum(tf.square(y)), { first: y, second: y }),
        };
      },
      { x: [1, 2], weights: [10, 1] },
    );
    expect([...(result['weighted']?.data ?? [])]).toEqual([20, 4]);
    expect([...(result['summed']?.data ?? [])]).toEqual([4, 4]);
    expect(result['first']).toEqual(result['second']);
    expect([...(result['first']?.data ?? [])]).toEqual([2, 4]);
  });

  it('have names that depend on the graph alone, not on what was recorded before', () => {
    const namesOf = (): string[] => {
      const graph = createGraph();
      record(graph, () => {
        const placeholder = graph.add('Placeholder', [], { dtype: 'float32', shape: [4, 6, 6, 3] });
        const x = tensorOf({ oper: placeholder, index: 0 });
        const filter = tf.ones([3, 3, 3, 2]);
        const loss = tf.mean(tf.square(conv2d(tf.neg(x), filter, 1, 1)));
        // Twice: the names within a graph differ.
        gradients(loss, { x, filter });
        gradients(loss, { x });
      });
      const names = [...graph.operations()].map((operation) => String(cApi().TF_OperationName(operation)));
      graph.close();
      return names;
    };
    const first = namesOf();
    expect(first.filter((name) => name.startsWith('gradients')).length).toBeGreaterThan(4);
    expect(namesOf()).toEqual(first);
  });

  it('of a tensor that is used often are summed in one order, wherever its consumers lie in memory', async () => {
    const parts = 12;
    const inputs = { x: normals([parts, 64], 1), w: normals([64], 2) };
    const found = new Set<string>();
    for (let i = 0; i < 12; i++) {
      const { w } = await runOnce(({ x, w }) => {
        const rows = tf.split(x as Tensor, parts).map((row) => tf.mul(row, w as Tensor));
        return gradients(tf.sum(tf.exp(tf.concat(rows, 0))), { w: w as Tensor });
      }, inputs);
      found.add(String(w?.data));
    }
    expect(found.size).toBe(1);
  });

  it('of several outputs of one operation are summed in the order of these', async () => {
    const graph = createGraph();
    let sums: (readonly Output[])[] = [];
    record(graph, () => {
      const placeholder = graph.add('Placeholder', [], { dtype: 'float32', shape: [4] });
      const x = tensorOf({ oper: placeholder, index: 0 });
      gradients(tf.sum(tf.square(tf.stack([x, x, x, x, x, x]))), { x });
      sums = sumsOf(graph);
    });
    graph.close();
    expect(sums.map((terms) => terms.map(({ index }) => index))).toEqual([[0, 1, 2, 3, 4, 5]]);
  });

  it('say for which operation TensorFlow has none', async () => {
    const run = runOnce(({ x }) => gradients(tf.sum(operation('RGBToHSV', [x as Tensor])), { x: x as Tensor }), {
      x: [[0.1, 0.2, 0.3]],
    });
    await expect(run).rejects.toThrow(/could not differentiate: .*RGBToHSV/);
  });
});

describe('the gradient of ReLU', () => {
  /** Values at least 0.05 away from the kink. */
  const values = (count: number, seed: number): HostTensor => {
    const random = randomStream(seed);
    const one = (): number => (random.uniform() < 0.5 ? -1 : 1) * (0.05 + random.uniform());
    return float32(Array.from({ length: count }, one), [count]);
  };

  it('is that of the input, read from the output', async () => {
    const result = await runOnce(
      ({ x, dy }) => {
        const input = x as Tensor;
        // The same as relu, without a ReluGrad that could be rewired.
        const plain = tf.mul(input, tf.cast(tf.greater(input, 0), 'float32'));
        return {
          relu: gradients(relu(input), { input }, dy)['input'] as Tensor,
          plain: gradients(plain, { input }, dy)['input'] as Tensor,
        };
      },
      { x: [...values(40, 1).data, 0], dy: [...values(40, 2).data, 1] },
    );
    expect(result['relu']?.data.some((g) => g !== 0)).toBe(true);
    expect(result['relu']?.data.some((g) => g === 0)).toBe(true);
    expectNear(result['relu'], result['plain'] as HostTensor, 1e-7);
  });

  it('equals finite differences where ReLUs follow each other, share an input and end two branches', async () => {
    const loss = ({ x }: Tensors): Tensor => {
      const input = x as Tensor;
      const first = relu(input);
      const other = relu(input);
      const inner = relu(tf.sub(tf.mul(first, 2), 0.001));
      const sum = relu(tf.add(inner, input));
      return tf.sum(tf.mul(tf.add(tf.square(sum), tf.mul(other, 3)), tf.add(first, 1)));
    };
    await checkGradients({ x: values(30, 3) }, loss, ['x'], { step: 1e-3, tolerance: 5e-3 });
  });

  it('lets the input be forgotten: the gradient in the graph reads the ReLU', () => {
    const api = cApi();
    const graph = createGraph();
    record(graph, () => {
      const placeholder = graph.add('Placeholder', [], { dtype: 'float32', shape: [2] });
      const input = tf.neg(tensorOf({ oper: placeholder, index: 0 }));
      gradients(tf.sum(tf.square(relu(input))), { input });
    });
    const read: unknown[] = [];
    for (const oper of graph.operations()) {
      if (api.TF_OperationOpType(oper) !== 'ReluGrad') continue;
      read.push(api.TF_OperationOpType((api.TF_OperationInput({ oper, index: 1 }) as Output).oper));
    }
    graph.close();
    expect(read).toEqual(['Relu']);
  });
});
