import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { float32, type HostTensor } from '../../src/runtime/host-tensor.ts';

/** An image as nested arrays [channels, height, width]. */
export type ImageChw = readonly (readonly (readonly number[])[])[];

/** Reads results of PyTorch and torchvision. */
export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/vectors/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** Channels-first images as one tensor [n, h, w, c]. */
export function toImages(images: readonly ImageChw[]): HostTensor {
  const [first = []] = images;
  const height = first[0]?.length ?? 0;
  const width = first[0]?.[0]?.length ?? 0;
  const values = images.flatMap((image) =>
    Array.from({ length: height * width }, (_, i) =>
      image.map((plane) => plane[Math.floor(i / width)]?.[i % width] ?? Number.NaN),
    ).flat(),
  );
  return float32(values, [images.length, height, width, first.length]);
}

/** The same image `count` times. */
export function repeat(image: ImageChw, count: number): HostTensor {
  return toImages(Array.from({ length: count }, () => image));
}

/** Expects |actual - expected| <= tolerance * max(1, |expected|) everywhere, for values of order one. */
export function expectClose(actual: HostTensor | undefined, expected: HostTensor, tolerance = 1e-5): void {
  expect(actual?.shape).toEqual(expected.shape);
  let worst = 0;
  expected.data.forEach((value, i) => {
    const difference = Math.abs((actual?.data[i] ?? Number.NaN) - value) / Math.max(1, Math.abs(value));
    worst = difference > worst || Number.isNaN(difference) ? difference : worst;
  });
  expect(worst).toBeLessThanOrEqual(tolerance);
}
