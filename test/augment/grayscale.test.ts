import { describe, expect, it } from 'vitest';
import { grayscale } from '../../src/augment/grayscale.ts';
import { onPlanes } from '../../src/augment/planes.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { expectClose, type ImageChw, readVectors, repeat, toImages } from './vectors.ts';

const vectors = readVectors<{ image: ImageChw; three_channels: ImageChw }>('grayscale');

describe('grayscale', () => {
  it('gives torchvision’s grey for the chosen images and leaves the others', async () => {
    const { value } = await runOnce(
      ({ images, chosen }) => onPlanes(images as Tensor, (planes) => grayscale(planes, chosen as Tensor)),
      { images: repeat(vectors.image, 2), chosen: [1, 0] },
    );
    expectClose(value, toImages([vectors.three_channels, vectors.image]));
    expect(value?.data.slice(-48)).toEqual(repeat(vectors.image, 1).data);
  });
});
