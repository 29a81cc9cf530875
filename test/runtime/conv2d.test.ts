import { describe, expect, it } from 'vitest';
import { cApi, DataType, type Output } from '../../src/runtime/c-api.ts';
import { conv2d } from '../../src/runtime/conv2d.ts';
import { consumersOf } from '../../src/runtime/edges.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { createGraph } from '../../src/runtime/graph.ts';
import { float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { cast, maxPool2d, operation } from '../../src/runtime/ops.ts';
import { createProgram } from '../../src/runtime/program.ts';
import { recordFunction } from '../../src/runtime/recorded-function.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { currentGraph, outputOf, record, type Tensor, type Tensors, tf } from '../../src/runtime/tf.ts';
import { randomStream } from '../../src/util/rng.ts';
import { expectNear } from '../support-tensors.ts';
import { slowConvolution } from './slow-convolution.ts';

function random(shape: readonly number[], seed: number): HostTensor {
  const stream = randomStream(seed);
  return float32(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => stream.normal()),
    shape,
  );
}

describe('conv2d', () => {
  // The first of each pair takes TensorFlow's operations, the second matrix products: more taps than positions.
  it.each([
    { kernel: 3, stride: 1, padding: 1, side: 6, channels: 2 },
    { kernel: 3, stride: 1, padding: 1, side: 2, channels: 24 },
    { kernel: 3, stride: 2, padding: 1, side: 6, channels: 2 },
    { kernel: 3, stride: 2, padding: 1, side: 4, channels: 24 },
    { kernel: 1, stride: 2, padding: 0, side: 4, channels: 2 },
    // Where oneDNN's own filter gradient writes out of bounds.
    { kernel: 1, stride: 2, padding: 0, side: 56, channels: 8 },
    { kernel: 1, stride: 2, padding: 0, side: 31, channels: 3 },
    { kernel: 1, stride: 3, padding: 0, side: 6, channels: 5 },
    { kernel: 1, stride: 3, padding: 0, side: 7, channels: 5 },
    { kernel: 1, stride: 1, padding: 0, side: 2, channels: 40 },
    { kernel: 1, stride: 1, padding: 0, side: 2, channels: 50 },
    { kernel: 1, stride: 2, padding: 0, side: 3, channels: 50 },
    { kernel: 3, stride: 1, padding: 1, side: 5, channels: 40 },
    { kernel: 3, stride: 1, padding: 0, side: 4, channels: 24 },
    { kernel: 5, stride: 1, padding: 1, side: 4, channels: 16 },
    { kernel: 2, stride: 1, padding: 1, side: 2, channels: 40 },
    { kernel: 7, stride: 2, padding: 3, side: 8, channels: 2 },
    // Sizes of which the filter reaches all, all but one, and all but several of the last padded rows.
    { kernel: 3, stride: 2, padding: 1, side: 7, channels: 2 },
    { kernel: 5, stride: 3, padding: 2, side: 8, channels: 2 },
    { kernel: 2, stride: 4, padding: 3, side: 9, channels: 2 },
    { kernel: 2, stride: 3, padding: 1, side: 7, channels: 2 },
    { kernel: 5, stride: 1, padding: 1, side: 7, channels: 2 },
  ])('equals loops, with its gradients: $kernel x $kernel, stride $stride, $channels channels', async (sizes) => {
    const { kernel, stride, padding, side, channels } = sizes;
    const out = Math.floor((side + 2 * padding - kernel) / stride) + 1;
    const x = random([1, side, side, channels], 1);
    const filter = random([kernel, kernel, channels, channels], 2);
    const dy = random([1, out, out, channels], 3);
    const result = await runOnce(
      (inputs) => {
        const { x: images, filter: taps, dy: weights } = inputs as Record<'x' | 'filter' | 'dy', Tensor>;
        // Matrix products take the place of what others read: exact factors stand before and after.
        const y = tf.mul(conv2d(tf.mul(images, 2), taps, stride, padding), 0.5);
        const ours = gradients(y, { images, taps }, weights);
        const sides = tf.pad(images, [
          [0, 0],
          [padding, padding],
          [padding, padding],
          [0, 0],
        ]);
        const plain = operation('Conv2D', [sides, taps], {
          strides: [1, stride, stride, 1],
          data_format: 'NHWC',
          padding: 'VALID',
        });
        return { y, ...ours, theirs: gradients(plain, { images }, weights)['images'] as Tensor };
      },
      { x, filter, dy },
    );
    const wanted = slowConvolution(x, filter, dy, sizes);
    expectNear(result['y'], wanted.y);
    expectNear(result['taps'], wanted.gradient);
    expectNear(result['images'], result['theirs'] as HostTensor);
  });

  it.each([
    { what: 'a large filter on a small map', kernel: 3, side: 4, stride: 1, channels: 32, forward: 0, backward: 0 },
    { what: 'stride 2', kernel: 3, side: 8, stride: 2, channels: 32, forward: 0, backward: 1 },
    { what: 'a small filter', kernel: 3, side: 4, stride: 1, channels: 24, forward: 1, backward: 1 },
    { what: 'a large map', kernel: 3, side: 6, stride: 1, channels: 64, forward: 1, backward: 1 },
  ])('is a matrix product where that is faster: $what', ({ kernel, side, stride, channels, forward, backward }) => {
    const count = (target: 'cpu' | 'gpu'): { forward: number; backward: number } => {
      const graph = createGraph(target);
      const [x, filter] = [random([1, side, side, channels], 1), random([kernel, kernel, channels, channels], 2)];
      const build = (_: Tensors, { images, taps }: Tensors) => {
        const once = tf.mul(conv2d(tf.mul(images as Tensor, 2), taps as Tensor, stride, 1), 2);
        return { outputs: gradients(tf.sum(once), { images: images as Tensor, taps: taps as Tensor }) };
      };
      recordFunction(graph, 'step', { inputs: { images: x, taps: filter }, build }, new Map());
      const read = [...graph.operations()].filter((oper) => consumersOf({ oper, index: 0 }).length > 0);
      const types = read.map((oper) => cApi().TF_OperationOpType(oper));
      const countOf = (type: string): number => types.filter((each) => each === type).length;
      graph.close();
      return { forward: countOf('Conv2D'), backward: countOf('Conv2DBackpropInput') };
    };
    expect(count('cpu')).toEqual({ forward, backward });
    expect(count('gpu')).toEqual({ forward: 1, backward: 1 });
  });

  it('takes a product for every reader of a convolution, and in a second function of the same program', async () => {
    const [x, filter] = [random([1, 4, 4, 32], 1), random([3, 3, 32, 32], 2)];
    const build = (_: Tensors, { images, taps }: Tensors) => {
      const y = conv2d(images as Tensor, taps as Tensor, 1, 1);
      const again = conv2d(tf.relu(y), taps as Tensor, 1, 1);
      const loss = tf.add(tf.sum(tf.square(y)), tf.sum(again));
      return { outputs: { itself: y, sum: tf.add(y, again), ...gradients(loss, { taps: taps as Tensor }) } };
    };
    const inputs = { images: x, taps: filter };
    const program = await createProgram({ state: {}, functions: { one: { inputs, build }, two: { inputs, build } } });
    const [one, two] = [await program.run('one', inputs), await program.run('two', inputs)];
    program.close();
    expect(two).toEqual(one);
    const sizes = { kernel: 3, stride: 1, padding: 1 };
    const first = slowConvolution(x, filter, random([1, 4, 4, 32], 3), sizes).y;
    expectNear(one['itself'], first);
    const positive = float32(
      Float32Array.from(first.data, (value) => Math.max(0, value)),
      first.shape,
    );
    const second = slowConvolution(
      positive,
      filter,
      float32(new Float32Array(first.data.length).fill(1), first.shape),
      sizes,
    );
    expectNear(
      one['sum'],
      float32(
        Float32Array.from(first.data, (value, i) => value + (second.y.data[i] as number)),
        first.shape,
      ),
    );
  });

  it('adds no zeros that the filter does not reach', async () => {
    const { padded } = await runOnce(
      ({ x, filter }) => {
        const y = conv2d(x as Tensor, filter as Tensor, 2, 1);
        const read = cApi().TF_OperationInput({ oper: outputOf(y).oper, index: 0 }) as Output;
        return { padded: tf.tensor1d([...currentGraph().info(read).shape]) };
      },
      { x: random([1, 32, 7, 2], 8), filter: random([3, 3, 2, 2], 9) },
    );
    expect([...(padded?.data ?? [])]).toEqual([1, 33, 9, 2]);
  });

  it('gives a filter in float32 its gradient from images in bfloat16', async () => {
    const [x, filter] = [random([2, 4, 4, 16], 4), random([3, 3, 16, 16], 5)];
    const result = await runOnce(
      (inputs) => {
        const { x: images, filter: taps } = inputs as Record<'x' | 'filter', Tensor>;
        const y = cast(conv2d(cast(images, 'bfloat16'), taps, 1, 1), 'float32');
        const exact = conv2d(images, taps, 1, 1);
        const loss = (z: Tensor): Tensor => tf.mean(tf.square(z));
        return {
          half: gradients(loss(y), { taps })['taps'] as Tensor,
          full: gradients(loss(exact), { taps })['taps'] as Tensor,
        };
      },
      { x, filter },
    );
    expect(result['half']?.dtype).toBe('float32');
    expectNear(result['half'], result['full'] as HostTensor, 0.02);
  });

  it('differentiates through filters that are computed, and that are used twice', async () => {
    const [x, filter] = [random([1, 4, 4, 2], 6), random([3, 3, 2, 2], 7)];
    const result = await runOnce(
      (inputs) => {
        const { x: images, filter: taps } = inputs as Record<'x' | 'filter', Tensor>;
        const doubled = tf.mul(taps, 2);
        const twice = tf.add(conv2d(images, doubled, 1, 1), conv2d(images, taps, 1, 1));
        const once = conv2d(images, taps, 1, 1);
        return {
          twice: gradients(tf.sum(twice), { taps })['taps'] as Tensor,
          once: tf.mul(gradients(tf.sum(once), { taps })['taps'] as Tensor, 3),
        };
      },
      { x, filter },
    );
    expectNear(result['twice'], result['once'] as HostTensor);
  });
});

describe('gradients', () => {
  it('names what the result does not depend on', async () => {
    const difference = runOnce(({ a, b }) => gradients(tf.sum(a as Tensor), { a: a as Tensor, b: b as Tensor }), {
      a: [1, 2],
      b: [3],
    });
    await expect(difference).rejects.toThrow('does not depend on: b');
  });
});

describe('half precision', () => {
  const x = random([2, 6, 6, 4], 1);
  const filter = random([3, 3, 4, 8], 2);
  const dy = random([2, 3, 3, 8], 3);

  /** The convolution and its gradients with rounded factors: `halve` rounds and says in which type the product is. */
  function convolved(halve: (tensor: Tensor) => Tensor) {
    return runOnce(
      ({ x: images, filter: taps, dy: weights }) => {
        const y = cast(conv2d(halve(images as Tensor), halve(taps as Tensor), 2, 1), 'float32');
        const loss = tf.sum(tf.mul(cast(halve(y), 'float32'), weights as Tensor));
        return { y, ...gradients(loss, { images: images as Tensor, taps: taps as Tensor }) };
      },
      { x, filter, dy },
    );
  }

  it('multiplies float16 in float32 on the CPU: factors and results rounded, nothing else', async () => {
    const half = await convolved((tensor) => cast(tensor, 'float16'));
    const wide = await convolved((tensor) => cast(cast(tensor, 'float16'), 'float32'));
    const rounded = await runOnce(({ y }) => ({ y: cast(cast(y as Tensor, 'float16'), 'float32') }), {
      y: wide['y'] as HostTensor,
    });
    expect(half['y']).toEqual(rounded['y']);
    for (const name of ['images', 'taps']) expectNear(half[name], wide[name] as HostTensor, 2 ** -9);
  });

  it.each(['bfloat16', 'float16'] as const)('pools %s, also where oneDNN refuses it', async (type) => {
    const { half, exact } = await runOnce(
      ({ x: images }) => ({
        half: cast(maxPool2d(cast(images as Tensor, type), 3, 2, 1), 'float32'),
        exact: cast(cast(maxPool2d(images as Tensor, 3, 2, 1), type), 'float32'),
      }),
      { x },
    );
    expect(half).toEqual(exact);
  });

  it('leaves float16 to the GPU', () => {
    const typeOfProduct = (target: 'cpu' | 'gpu'): string => {
      const graph = createGraph(target);
      record(graph, () => conv2d(cast(tf.zeros([1, 4, 4, 1]), 'float16'), tf.zeros([3, 3, 1, 1]), 1, 1));
      const product = [...graph.operations()].find((each) => cApi().TF_OperationOpType(each) === 'Conv2D');
      return String(graph.info({ oper: product, index: 0 }).type);
    };
    expect(typeOfProduct('cpu')).toBe(String(DataType.float32));
    expect(typeOfProduct('gpu')).toBe(String(DataType.float16));
  });
});
