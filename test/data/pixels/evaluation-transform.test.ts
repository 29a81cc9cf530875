import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Interpolation } from '../../../src/config/view-settings.ts';
import {
  describeTransform,
  evaluationTransform,
  keepsImages,
  transformImage,
} from '../../../src/data/pixels/evaluation-transform.ts';
import type { RgbImage } from '../../../src/data/pixels/resample.ts';

interface Case {
  readonly height: number;
  readonly width: number;
  readonly size: number;
  readonly interpolation: Interpolation;
  readonly sha256: string;
}

/** Made by make.py beside them, which says how to make others: CL_TRANSFORM_CASES names their file. */
const file = new URL('../../fixtures/evaluation-transform/torchvision.json', import.meta.url);
const { cases }: { cases: readonly Case[] } = JSON.parse(
  readFileSync(process.env['CL_TRANSFORM_CASES'] ?? file, 'utf8'),
);

/** An image of a hash of each byte's place, as make.py beside the expected values has it. */
function hashed(height: number, width: number): RgbImage {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => {
    const value = Math.imul(i + 1, 0x9e3779b1) >>> 0;
    return Math.imul(value ^ (value >>> 15), 0x85ebca6b) >>> 24;
  });
  return { data, height, width };
}

it.each(cases)(
  'equals Resize and CenterCrop on Pillow: $height x $width at $size px, $interpolation',
  ({ height, width, size, interpolation, sha256 }) => {
    const transform = evaluationTransform(size, interpolation);
    const image = hashed(height, width);
    const view = transformImage(image, transform);
    expect(view).toHaveLength(size * size * 3);
    expect(createHash('sha256').update(view).digest('hex')).toBe(sha256);
    expect(keepsImages(transform, image)).toBe(
      view.length === image.data.length && Buffer.from(view).equals(image.data),
    );
  },
);

it('is decided by the size of the views alone, and named in torchvision’s words', () => {
  expect(
    [8, 32, 64, 95, 96, 112, 224, 384].map((size) => describeTransform(evaluationTransform(size, 'bilinear'))),
  ).toEqual([
    'Resize(8) + CenterCrop(8), bilinear',
    'Resize(32) + CenterCrop(32), bilinear',
    'Resize(64) + CenterCrop(64), bilinear',
    'Resize(95) + CenterCrop(95), bilinear',
    'Resize(110) + CenterCrop(96), bilinear',
    'Resize(128) + CenterCrop(112), bilinear',
    'Resize(256) + CenterCrop(224), bilinear',
    'Resize(439) + CenterCrop(384), bilinear',
  ]);
});
