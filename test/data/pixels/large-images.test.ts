import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { decodeCrops } from '../../../src/data/pixels/crops.ts';
import { claimedPixels } from '../../../src/data/pixels/large-images.ts';
import { badFiles } from '../torture.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/images');
const names = readdirSync(FIXTURES).filter((name) => /\.(jpg|png|webp)$/.test(name) && name !== 'text.jpg');

it.each(names)('reads the pixels that %s claims', async (name) => {
  const bytes = readFileSync(join(FIXTURES, name));
  const { width, height, pageHeight = height } = await sharp(bytes).metadata();
  expect(claimedPixels(bytes)).toBe(width * pageHeight);
});

it('reads the claims of bombs, and takes any bytes', async () => {
  const bad = await badFiles();
  expect(['bomb.png', 'bomb.jpg', 'bomb.webp'].map((name) => claimedPixels(bad[name]?.bytes as Buffer))).toEqual([
    2_500_000_000,
    65_000 ** 2,
    16_383 ** 2,
  ]);
  for (const { bytes } of Object.values(bad)) {
    for (let length = 0; length < Math.min(64, bytes.length); length++) claimedPixels(bytes.subarray(0, length));
  }
});

it('decodes one large image at a time, and small ones side by side', async () => {
  const mostAtOnce = async (side: number): Promise<number> => {
    const black = { create: { width: side, height: side, channels: 3, background: '#000' } } as const;
    const png = await sharp(black).png().toBuffer();
    const box = { top: 0, left: 0, height: 1, width: 1 };
    let [left, highest] = [4, 0];
    const cropOne = async (): Promise<void> => {
      await decodeCrops(png, () => [box], [{ size: 1, interpolation: 'bilinear' }]);
      left--;
    };
    const all = Promise.all(Array.from({ length: left }, cropOne));
    while (left > 0) {
      const { queue, process } = sharp.counters();
      highest = Math.max(highest, queue + process);
      await setImmediate();
    }
    await all;
    return highest;
  };
  // sharp may count an image a moment longer than it takes, when the next has begun.
  expect(await mostAtOnce(4200)).toBeLessThanOrEqual(2);
  expect(await mostAtOnce(1000)).toBe(4);
});
