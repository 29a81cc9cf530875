import { expect, it } from 'vitest';
import { type EvaluationImages, evaluationImages } from '../../../src/data/loading/evaluation-images.ts';
import { decodeResized } from '../../../src/data/pixels/crops.ts';
import { evaluationTransform } from '../../../src/data/pixels/evaluation-transform.ts';
import type { SkippedImage } from '../../../src/data/sources/bad-images.ts';
import { mixedImages } from './mixed-images.ts';

it('transforms streamed images in order, and fills the places of bad ones with those after them', async () => {
  const source = await mixedImages();
  const transform = evaluationTransform(8, 'bilinear');
  const bad: number[] = [];
  const options = {
    source,
    transform,
    chunk: 6,
    maxBadShare: 0.2,
    onBad: ({ index }: SkippedImage) => bad.push(index),
  };
  const chunks: EvaluationImages[] = [];
  for await (const chunk of evaluationImages(undefined, options)) chunks.push(chunk);
  expect(bad.sort()).toEqual([3, 4]);
  expect(chunks.map(({ indices }) => Array.from(indices))).toEqual([
    [0, 1, 2, 5, 6, 7],
    [8, 9, 10, 11, 12, 13],
    [14, 15, 16, 17, 18, 19],
  ]);
  for (const { data, indices } of chunks) {
    const wanted = await Promise.all(
      Array.from(indices, async (index) => decodeResized(await source.read(index), 8, 'bilinear')),
    );
    expect(Buffer.from(data).equals(Buffer.concat(wanted))).toBe(true);
  }
});
