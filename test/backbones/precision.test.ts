import { describe, expect, it } from 'vitest';
import { type BackboneName, createBackbone } from '../../src/backbones/create-backbone.ts';
import { initialValues } from '../../src/methods/initial-values.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import type { HostTensor } from '../../src/runtime/host-tensor.ts';
import { cast, type ElementType } from '../../src/runtime/ops.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { normals } from '../methods/tiny-methods.ts';

const SIZE = 64;
const resnet = { stem: 'imagenet', width: 8, zeroInitResidual: false, init: 'he-fan-out' } as const;

/**
 * Initial values, but for small last scales of residual blocks: with 1, rounding the filters alone moves a gradient by
 * a tenth.
 */
function stateOf(layer: Layer): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(initialValues(layer.variables, 3)).map(([name, value]) => [
      name,
      name.endsWith('bn2.weight') ? { ...value, data: value.data.map(() => 0.2) } : value,
    ]),
  );
}

/** Features, gradients and new statistics of a backbone whose input has an element type. */
function run(layer: Layer, featureSize: number, type: ElementType): Promise<Record<string, HostTensor>> {
  const names = Object.keys(layer.variables).filter((name) => layer.variables[name]?.kind === 'parameter');
  return runOnce(
    ({ images, weights, ...state }) => {
      const lookup = (name: string): Tensor => state[name] as Tensor;
      const { y, buffers } = layer.apply(lookup, cast(images as Tensor, type), { mode: 'train' });
      const loss = tf.sum(tf.mul(y, weights as Tensor));
      const parameters = Object.fromEntries(names.map((name) => [name, lookup(name)]));
      return { features: y, ...gradients(loss, parameters), ...buffers };
    },
    {
      images: normals([16, SIZE, SIZE, 3], 1),
      weights: normals([16, featureSize], 2),
      ...stateOf(layer),
    },
  );
}

/** The length of a - b over that of b. */
function distance(a: HostTensor | undefined, b: HostTensor): number {
  const squares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value ** 2, 0);
  const wanted = Array.from(b.data);
  const difference = wanted.map((value, i) => value - (a?.data[i] ?? Number.NaN));
  return Math.sqrt(squares(difference) / Math.max(squares(wanted), 1e-12));
}

describe.each([
  ['resnet18', 'float16', 0.005, 0.2],
  ['resnet18', 'bfloat16', 0.03, 0.5],
  ['vit-tiny-16', 'float16', 0.005, 0.005],
  ['vit-tiny-16', 'bfloat16', 0.03, 0.03],
] as const)('%s in %s', (name: BackboneName, type, features, gradient) => {
  it('gives float32 features, statistics and gradients, close to those in float32', async () => {
    const { layer, featureSize } = createBackbone(name, resnet);
    const exact = await run(layer, featureSize, 'float32');
    const got = await run(layer, featureSize, type);
    expect(Object.keys(got)).toEqual(Object.keys(exact));
    expect(Object.values(got).every(({ dtype }) => dtype === 'float32')).toBe(true);
    const far = Object.entries(exact)
      .map(([key, value]): [string, number] => [key, distance(got[key], value)])
      .filter(([key, far]) => !(far < (key === 'features' ? features : gradient)));
    expect(far).toEqual([]);
    expect(distance(got['features'], exact['features'] as HostTensor)).toBeGreaterThan(0);
  });
});
