import sharp from 'sharp';
import { expect, it } from 'vitest';
import { DecodeProblem } from '../../../src/data/pixels/decode-problem.ts';
import type { StoredImage } from '../../../src/data/pixels/stored-image.ts';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import { dataName } from '../../../src/run/export/open-data.ts';
import { chooseVerificationImages } from '../../../src/run/export/verification-images.ts';
import { patternPixels } from '../../data/temp-files.ts';

const TRANSFORM = { resize: 8, size: 8, interpolation: 'bilinear' } as const;

/** Images of 8 x 8 pixels, of which some are bad. */
function sourceOf(
  count: number,
  bad: readonly number[] = [],
  error: Error = new DecodeProblem('is damaged'),
): ImageSource {
  return {
    kind: 'class folders',
    count,
    labels: undefined,
    classes: [],
    name: String,
    origin: String,
    async read(index): Promise<StoredImage> {
      if (bad.includes(index)) throw error;
      return { data: patternPixels(8, 8, 3, index), height: 8, width: 8 };
    },
  };
}

const none = (): void => {};

it('takes eight test images at even distances, and the next for a bad one', async () => {
  const data = { train: sourceOf(10), test: sourceOf(80, [20, 21]) };
  const { images, split, indices } = await chooseVerificationImages(data, TRANSFORM, none);
  expect({ split, indices }).toEqual({ split: 'test', indices: [0, 10, 22, 30, 40, 50, 60, 70] });
  expect(images).toMatchObject({ dtype: 'uint8', shape: [8, 8, 8, 3] });
  expect(Uint8Array.from(images.data.subarray(2 * 192, 3 * 192))).toEqual(patternPixels(8, 8, 3, 22));
});

it('takes training images where there are no test images, and some again where there are few', async () => {
  const { split, indices } = await chooseVerificationImages({ train: sourceOf(3), test: undefined }, TRANSFORM, none);
  expect({ split, indices }).toEqual({ split: 'training', indices: [0, 1, 2, 0, 1, 2, 0, 1] });
});

it('makes the same eight patterns, all different, where there is no data, or it went away', async () => {
  const warnings: string[] = [];
  const gone = { train: sourceOf(9, [0], new Error('ENOENT: a.png')), test: undefined };
  const made = await chooseVerificationImages(gone, TRANSFORM, (message) => warnings.push(message));
  expect(warnings).toEqual(['no training image can be read for the verification (ENOENT: a.png): others stand in']);
  expect(made.split).toBeUndefined();
  const again = await chooseVerificationImages(undefined, TRANSFORM, none);
  expect(again.images.data).toEqual(made.images.data);
  const rows = Array.from({ length: 8 }, (_, i) => made.images.data.slice(i * 192, (i + 1) * 192).join());
  expect(new Set(rows).size).toBe(8);
  const { channels } = await sharp(Buffer.from(made.images.data), {
    raw: { width: 8, height: 64, channels: 3 },
  }).stats();
  for (const { min, max } of channels) expect(max - min).toBeGreaterThan(150);
});

it.each([
  ['/somewhere/secret/cifar10.tar.gz', 'cifar10.tar.gz'],
  ['/somewhere/photos/', 'photos'],
  ['/data/train-{000..009}.tar', 'train-{000..009}.tar'],
  ['/data/CIFAR-10-C/{fog.npy,labels.npy}', '{fog.npy,labels.npy}'],
  ['/data/{a/x.npy,b/c/y.npy}', '{x.npy,y.npy}'],
  ['/', 'images'],
])('names the data of %s without its place', (path, name) => {
  expect(dataName(path)).toBe(name);
});
