import { describe, expect, it } from 'vitest';
import { blurMatrices, gaussianBlur } from '../../src/augment/gaussian-blur.ts';
import { onPlanes } from '../../src/augment/planes.ts';
import { float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { randomImages } from './settings.ts';
import { expectClose, type ImageChw, readVectors, repeat, toImages } from './vectors.ts';

interface BlurVectors {
  readonly image: ImageChw;
  readonly cases: readonly {
    readonly kernel: number;
    readonly sigma: number;
    readonly kernel_1d: readonly number[];
    readonly expected: ImageChw;
  }[];
}

const vectors = readVectors<BlurVectors>('gaussian_blur');

async function blur(images: HostTensor, sigmas: readonly number[], kernels: readonly number[]): Promise<HostTensor> {
  const size = images.shape[1] ?? 0;
  const { value } = await runOnce(
    (inputs) =>
      onPlanes(inputs['images'] as Tensor, (planes) =>
        gaussianBlur(planes, blurMatrices(inputs['sigmas'] as Tensor, inputs['kernels'] as Tensor, size)),
      ),
    { images, sigmas, kernels },
  );
  return value as HostTensor;
}

describe('Gaussian blur', () => {
  it('gives torchvision’s results, with one kernel for each image', async () => {
    expect(vectors.cases).toHaveLength(3);
    const blurred = await blur(
      repeat(vectors.image, 3),
      vectors.cases.map(({ sigma }) => sigma),
      vectors.cases.map(({ kernel }) => kernel),
    );
    expectClose(blurred, toImages(vectors.cases.map(({ expected }) => expected)));
  });

  it('has torchvision’s kernel in the middle row of its matrix', async () => {
    for (const { kernel, sigma, kernel_1d } of vectors.cases) {
      const { value } = await runOnce(({ sigmas, kernels }) => blurMatrices(sigmas as Tensor, kernels as Tensor, 9), {
        sigmas: [sigma],
        kernels: [kernel],
      });
      const start = 4 * 9 + 4 - (kernel - 1) / 2;
      expectClose(
        float32(Float32Array.from(value?.data.slice(start, start + kernel) ?? []), [kernel]),
        float32(kernel_1d, [kernel]),
        1e-6,
      );
    }
  });

  it('leaves an image with sigma 0 and no kernel as it is, bit for bit', async () => {
    const images = randomImages(2, 8, 8);
    const blurred = await blur(images, [0, 1.2], [0, 5]);
    const count = 8 * 8 * 3;
    expect(blurred.data.slice(0, count)).toEqual(images.data.slice(0, count));
    expect(blurred.data.slice(count)).not.toEqual(images.data.slice(count));
  });

  it('keeps constants with the widest kernel that reflection allows', async () => {
    const images = float32(new Float32Array(6 * 6 * 3).fill(0.25), [1, 6, 6, 3]);
    expectClose(await blur(images, [2.5], [11]), images, 1e-6);
  });
});
