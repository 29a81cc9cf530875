import { describe, expect, it } from 'vitest';
import { onPlanes } from '../../src/augment/planes.ts';
import { solarize } from '../../src/augment/solarize.ts';
import { evaluate } from '../../src/runtime/evaluate.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { expectClose, type ImageChw, readVectors, repeat, toImages } from './vectors.ts';

const vectors = readVectors<{
  image: ImageChw;
  cases: readonly { threshold: number; expected: ImageChw }[];
}>('solarize');

describe('solarize', () => {
  it('inverts from the threshold upwards like torchvision, and nothing above 1', async () => {
    expect(vectors.cases).toHaveLength(3);
    const { value } = await evaluate(
      ({ images, thresholds }) => onPlanes(images as Tensor, (planes) => solarize(planes, thresholds as Tensor)),
      { images: repeat(vectors.image, 4), thresholds: [...vectors.cases.map(({ threshold }) => threshold), 2] },
    );
    expectClose(value, toImages([...vectors.cases.map(({ expected }) => expected), vectors.image]));
  });
});
