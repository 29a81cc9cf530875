import { describe, expect, it } from 'vitest';
import { onPlanes } from '../../src/augment/planes.ts';
import { solarize } from '../../src/augment/solarize.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { expectClose, type ImageChw, readVectors, repeat, toImages } from './vectors.ts';

const vectors = readVectors<{
  image: ImageChw;
  cases: readonly { threshold: number; expected: ImageChw }[];
}>('solarize');

describe('solarize', () => {
  it('inverts from the threshold upwards like torchvision, and nothing above 1', async () => {
    expect(vectors.cases).toHaveLength(3);
    const { value } = await runOnce(
      ({ images, thresholds }) => onPlanes(images as Tensor, (planes) => solarize(planes, thresholds as Tensor)),
      { images: repeat(vectors.image, 4), thresholds: [...vectors.cases.map(({ threshold }) => threshold), 2] },
    );
    expectClose(value, toImages([...vectors.cases.map(({ expected }) => expected), vectors.image]));
  });

  it('inverts the threshold itself', async () => {
    const { value } = await runOnce(
      ({ images, thresholds }) => onPlanes(images as Tensor, (planes) => solarize(planes, thresholds as Tensor)),
      { images: float32([0.25, 0.125, 0.5], [1, 1, 1, 3]), thresholds: float32([0.25], [1]) },
    );
    expect([...(value?.data ?? [])]).toEqual([0.75, 0.125, 0.5]);
  });
});
