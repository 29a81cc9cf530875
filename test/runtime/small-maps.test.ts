import { describe, expect, it } from 'vitest';
import { cApi, type Output } from '../../src/runtime/c-api.ts';
import { conv2d } from '../../src/runtime/conv2d.ts';
import { trimmedWindow, wholeWindow } from '../../src/runtime/convolution-window.ts';
import { consumersOf } from '../../src/runtime/edges.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { createGraph } from '../../src/runtime/graph.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';
import { cast } from '../../src/runtime/ops.ts';
import { createProgram } from '../../src/runtime/program.ts';
import { recordFunction } from '../../src/runtime/recorded-function.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, type Tensors, tf } from '../../src/runtime/tf.ts';
import { normals } from '../methods/tiny-methods.ts';
import { expectNear } from '../support-tensors.ts';
import { slowConvolution } from './slow-convolution.ts';

describe('a filter along one axis', () => {
  it.each([
    { of: 'one pixel', size: 1, kernel: 3, stride: 1, padding: 1, wanted: [1, 1, 0, 0] },
    { of: 'one pixel, stride 2', size: 1, kernel: 7, stride: 2, padding: 3, wanted: [3, 1, 0, 0] },
    { of: 'two pixels, stride 2', size: 2, kernel: 3, stride: 2, padding: 1, wanted: [1, 2, 0, 0] },
    { of: 'two pixels', size: 2, kernel: 3, stride: 1, padding: 1, wanted: [0, 3, 1, 1] },
    { of: 'two pixels, five taps', size: 2, kernel: 5, stride: 1, padding: 2, wanted: [1, 3, 1, 1] },
    { of: 'three pixels, seven taps', size: 3, kernel: 7, stride: 1, padding: 3, wanted: [1, 5, 2, 2] },
    { of: 'three pixels, seven taps, stride 2', size: 3, kernel: 7, stride: 2, padding: 3, wanted: [1, 5, 2, 2] },
    { of: 'four pixels, seven taps', size: 4, kernel: 7, stride: 1, padding: 3, wanted: [0, 7, 3, 3] },
    // The second position starts behind the pixel, with padding alone before the first.
    { of: 'more padding than taps', size: 1, kernel: 2, stride: 1, padding: 2, wanted: [0, 2, 2, 2] },
    { of: 'pixels that are not reached', size: 2, kernel: 1, stride: 2, padding: 0, wanted: [0, 1, 0, 0] },
  ])('keeps the taps that meet a pixel: $of', ({ wanted, size, kernel, stride, padding }) => {
    const { first, taps, before, after } = trimmedWindow({ size, kernel, stride, padding });
    expect([first, taps, before, after]).toEqual(wanted);
  });

  it('is whole otherwise, with the zeros that it reaches', () => {
    const axis = { size: 1, kernel: 3, stride: 2, padding: 1 };
    expect(wholeWindow(axis)).toEqual({ first: 0, taps: 3, before: 1, after: 1 });
  });
});

const MAPS = [
  [1, 1],
  [1, 2],
  [2, 1],
  [2, 2],
  [3, 1],
  [1, 4],
  [3, 3],
] as const;
const sizes = MAPS.flatMap(([height, width]) =>
  [3, 5, 7].flatMap((kernel) => [1, 2].map((stride) => ({ height, width, kernel, stride, padding: kernel >> 1 }))),
);
const odd = [
  { height: 2, width: 2, kernel: 4, stride: 1, padding: 1 },
  { height: 1, width: 1, kernel: 2, stride: 1, padding: 1 },
  { height: 2, width: 2, kernel: 2, stride: 1, padding: 0 },
  { height: 1, width: 1, kernel: 2, stride: 1, padding: 2 },
  { height: 2, width: 3, kernel: 3, stride: 3, padding: 1 },
  { height: 3, width: 3, kernel: 5, stride: 2, padding: 2 },
];

/** n images, and channels: with 33 of them the filter may be laid out, with 2 of 20 channels patches are taken. */
const AMOUNTS = [
  { n: 33, input: 3, output: 2 },
  { n: 2, input: 24, output: 20 },
] as const;

describe('convolutions of maps smaller than the filter', () => {
  it.each([...sizes, ...odd])(
    'equal loops, with both gradients: $height x $width pixels, $kernel x $kernel, stride $stride',
    async (each) => {
      const { height, width, kernel, stride, padding } = each;
      const count = (size: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
      for (const { n, input, output } of AMOUNTS) {
        const values = {
          x: normals([n, height, width, input], 1),
          filter: normals([kernel, kernel, input, output], 2),
          dy: normals([n, count(height), count(width), output], 3),
        };
        const build = (_: Tensors, { x, filter, dy }: Tensors) => {
          // Matrix products take the place of what others read: exact factors stand before and after.
          const y = tf.mul(conv2d(tf.mul(x as Tensor, 2), filter as Tensor, stride, padding), 0.5);
          return { outputs: { y, ...gradients(y, { x: x as Tensor, filter: filter as Tensor }, dy as Tensor) } };
        };
        const program = await createProgram({ state: {}, functions: { step: { inputs: values, build } } });
        const result = await program.run('step', values);
        program.close();
        const wanted = slowConvolution(values.x, values.filter, values.dy, { stride, padding });
        expectNear(result['y'], wanted.y);
        expectNear(result['filter'], wanted.gradient);
        expectNear(result['x'], wanted.inputGradient);
      }
    },
  );

  it('multiply one pixel by the centre of the filter, whose other taps have no gradient', async () => {
    const [x, filter] = [
      float32([2, 3], [1, 1, 1, 2]),
      float32(
        Array.from({ length: 18 }, (_, i) => i),
        [3, 3, 2, 1],
      ),
    ];
    const result = await runOnce(
      (inputs) => {
        const y = conv2d(inputs['x'] as Tensor, inputs['filter'] as Tensor, 1, 1);
        return { y, ...gradients(tf.sum(y), { filter: inputs['filter'] as Tensor }) };
      },
      { x, filter },
    );
    expect([...(result['y']?.data ?? [])]).toEqual([2 * 8 + 3 * 9]);
    const wanted = Array.from({ length: 18 }, () => 0);
    expect([...(result['filter']?.data ?? [])]).toEqual(wanted.with(8, 2).with(9, 3));
  });

  it('sum the gradients of a filter that meets maps of several sizes', async () => {
    const filter = normals([3, 3, 4, 4], 2);
    const maps = [1, 2, 3, 6].map((side) => normals([2, side, side, 4], side));
    const { filter: got } = await runOnce(
      ({ filter: taps, ...images }) => {
        const loss = Object.values(images).map((x) => tf.sum(conv2d(x, taps as Tensor, 1, 1)));
        return gradients(tf.addN(loss), { filter: taps as Tensor });
      },
      { filter, ...Object.fromEntries(maps.map((x, i) => [`x${i}`, x])) },
    );
    const parts = maps.map((x) => {
      const ones = float32(new Float32Array(x.data.length).fill(1), x.shape);
      return slowConvolution(x, filter, ones, { stride: 1, padding: 1 }).gradient.data;
    });
    const sum = Float32Array.from(filter.data, (_, i) => parts.reduce((total, part) => total + (part[i] as number), 0));
    expectNear(got, float32(sum, filter.shape));
  });

  it.each([1, 2])('take bfloat16, stride %i', async (stride) => {
    const [x, filter] = [normals([40, 2, 2, 8], 1), normals([3, 3, 8, 8], 2)];
    const build = (_: Tensors, inputs: Tensors) => {
      const half = cast(inputs['x'] as Tensor, 'bfloat16');
      const y = cast(conv2d(half, inputs['filter'] as Tensor, stride, 1), 'float32');
      const loss = tf.sum(tf.square(y));
      return { outputs: { y, ...gradients(loss, { x: inputs['x'] as Tensor, filter: inputs['filter'] as Tensor }) } };
    };
    const program = await createProgram({ state: {}, functions: { step: { inputs: { x, filter }, build } } });
    const got = await program.run('step', { x, filter });
    program.close();
    const side = 2 / stride;
    const zeros = float32(new Float32Array(40 * side * side * 8), [40, side, side, 8]);
    const { y } = slowConvolution(x, filter, zeros, { stride, padding: 1 });
    const dy = { ...y, data: Float32Array.from(y.data, (value) => 2 * value) };
    const wanted = slowConvolution(x, filter, dy, { stride, padding: 1 });
    expectNear(got['y'], wanted.y, 0.02);
    expectNear(got['x'], wanted.inputGradient, 0.02);
    expectNear(got['filter'], wanted.gradient, 0.02);
  });
});

describe('what is multiplied on the CPU', () => {
  it.each([
    { what: 'the centre alone', side: 1, stride: 1, n: 4, wanted: ['8x8'] },
    { what: 'four taps at once', side: 2, stride: 2, n: 4, wanted: ['32x8'] },
    { what: 'four taps for each of four positions', side: 2, stride: 1, n: 32, wanted: ['32x32'] },
    { what: 'nothing, for a few images', side: 2, stride: 1, n: 31, wanted: [] },
    { what: 'nothing, where positions do not see all', side: 3, stride: 1, n: 32, wanted: [] },
  ])('is $what: $side x $side pixels, stride $stride, $n images', ({ side, stride, n, wanted }) => {
    const products = (target: 'cpu' | 'gpu'): string[] => {
      const graph = createGraph(target);
      const values = { x: normals([n, side, side, 8], 1), filter: normals([3, 3, 8, 8], 2) };
      const build = (_: Tensors, { x, filter }: Tensors) => ({
        outputs: { y: tf.mul(conv2d(x as Tensor, filter as Tensor, stride, 1), 2) },
      });
      recordFunction(graph, 'step', { inputs: values, build }, new Map());
      const read = [...graph.operations()].filter((oper) => consumersOf({ oper, index: 0 }).length > 0);
      const found = read
        .filter((oper) => cApi().TF_OperationOpType(oper) === 'MatMul')
        .map((oper) => graph.info(cApi().TF_OperationInput({ oper, index: 1 }) as Output).shape.join('x'));
      graph.close();
      return found;
    };
    expect(products('cpu')).toEqual(wanted);
    expect(products('gpu')).toEqual([]);
  });
});
