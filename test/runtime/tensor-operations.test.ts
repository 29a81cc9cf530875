import { expect, it } from 'vitest';
import type { HostTensor } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';

/** Values of an operation of x = [1, -2.5, 4]. */
type Case = readonly [name: string, build: (x: Tensor) => Tensor, values: readonly number[]];

const CASES: readonly Case[] = [
  ['tensor', () => tf.tensor([1, 2], [2, 1]), [1, 2]],
  ['tensor4d', () => tf.tensor4d([1, 2], [1, 1, 2, 1]), [1, 2]],
  ['onesLike', (x) => tf.onesLike(x), [1, 1, 1]],
  ['fill', () => tf.fill([2], 7), [7, 7]],
  ['pow', (x) => tf.pow(x, 2), [1, 6.25, 16]],
  ['squaredDifference', (x) => tf.squaredDifference(x, 1), [0, 12.25, 9]],
  ['sign', (x) => tf.sign(x), [1, -1, 1]],
  ['log1p', (x) => tf.log1p(tf.abs(x)), [Math.log(2), Math.log(3.5), Math.log(5)]],
  ['ceil', (x) => tf.ceil(x), [1, -2, 4]],
  ['round', (x) => tf.round(x), [1, -2, 4]],
  ['sigmoid', (x) => tf.sigmoid(x), [0.731058, 0.075858, 0.982013]],
  ['softplus', (x) => tf.softplus(x), [1.313261, 0.078889, 4.018149]],
  ['erf', (x) => tf.erf(x), [0.8427, -0.999593, 1]],
  ['notEqual', (x) => tf.cast(tf.notEqual(x, 1), 'float32'), [0, 1, 1]],
  ['any', (x) => tf.cast(tf.any(tf.greater(x, 3)), 'float32'), [1]],
  ['min', (x) => tf.min(x), [-2.5]],
  ['prod', (x) => tf.prod(x), [-10]],
  ['argMax', (x) => tf.cast(tf.argMax(x), 'float32'), [2]],
  ['softmax', (x) => tf.softmax(x), [0.047359, 0.00143, 0.951211]],
  ['expandDims', (x) => tf.expandDims(x, 0), [1, -2.5, 4]],
  ['gather', (x) => tf.gather(x, tf.tensor1d([2, 0], 'int32')), [4, 1]],
  ['pad', (x) => tf.pad(x, [[1, 0]]), [0, 1, -2.5, 4]],
];

it('records operations that the tool itself does not use', async () => {
  const values = await runOnce(
    ({ x }) => Object.fromEntries(CASES.map(([name, build]) => [name, build(x as Tensor)])),
    { x: [1, -2.5, 4] },
  );
  for (const [name, , expected] of CASES) {
    const data = [...(values[name] as HostTensor).data];
    expect(data, name).toHaveLength(expected.length);
    for (const [index, value] of expected.entries()) expect(data[index], name).toBeCloseTo(value, 5);
  }
});
