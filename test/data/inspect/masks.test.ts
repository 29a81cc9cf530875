import sharp from 'sharp';
import { expect, it } from 'vitest';
import { countColours } from '../../../src/data/inspect/image-facts.ts';
import { inspectSource } from '../../../src/data/inspect/inspect-source.ts';
import { summarizeSplit } from '../../../src/data/inspect/summarize.ts';
import { openForTest } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

const raw = { width: 40, height: 40, channels: 3 } as const;

/** Noise, or three colours in stripes. */
const photograph = (seed: number): Promise<Buffer> =>
  sharp(
    Uint8Array.from({ length: 4800 }, (_, i) => (i * 7919 + seed * 131 + ((i * i) % 97)) % 256),
    { raw },
  )
    .png()
    .toBuffer();
const mask = (seed: number): Promise<Buffer> =>
  sharp(
    Uint8Array.from({ length: 4800 }, (_, i) => (Math.floor(i / 600) + seed) % 3),
    { raw },
  )
    .png()
    .toBuffer();

async function summaryOf(files: Record<string, Buffer>) {
  const { train } = await openForTest(folderOf(files));
  const facts = await inspectSource(train, { concurrency: 2, signal: new AbortController().signal });
  return summarizeSplit(train, facts);
}

it('finds masks among photographs, and the pattern that leaves them out', async () => {
  const [photos, masks] = [await Promise.all([0, 1, 2].map(photograph)), await Promise.all([0, 1, 2].map(mask))];
  const named = (images: readonly Buffer[], name: (i: number) => string) =>
    Object.fromEntries(images.map((image, i) => [name(i), image]));
  const apart = { ...named(photos, (i) => `images/${i}.png`), ...named(masks, (i) => `annotations/trimaps/${i}.png`) };
  expect((await summaryOf(apart)).masks).toEqual({
    images: 3,
    example: 'annotations/trimaps/0.png',
    patterns: ['annotations/trimaps/**'],
  });
  const beside = {
    ...named(photos, (i) => `cat/${i}.png`),
    ...named(masks, (i) => `cat/${i}_mask.png`),
    'dog/9.png': photos[0] as Buffer,
  };
  expect((await summaryOf(beside)).masks?.patterns).toEqual(['**/*_mask.png']);
  const mixed = { ...named(photos, (i) => `cat/${i}.png`), ...named(masks, (i) => `cat/${i + 3}.png`) };
  expect((await summaryOf(mixed)).masks?.patterns).toEqual(['cat/3.png', 'cat/4.png', 'cat/5.png']);
  expect((await summaryOf(named(masks, (i) => `${i}/${i}.png`))).masks).toBeNull();
  expect((await summaryOf(named(photos, (i) => `${i}/${i}.png`))).masks).toBeNull();
});

it('finds 16-bit images whose values have fewer bits', async () => {
  const deep = (bits: number, hot = -1): Promise<Buffer> =>
    sharp(
      Uint16Array.from({ length: 1600 }, (_, i) => (i === hot ? 65535 : (i * 7919) % 2 ** bits)),
      { raw: { width: 40, height: 40, channels: 1 } },
    )
      .toColourspace('grey16')
      .png()
      .toBuffer();
  const twelve = await summaryOf({ '0.png': await deep(12), '1.png': await deep(10), '2.png': await photograph(1) });
  expect([twelve.traits.sixteenBit, twelve.dark]).toEqual([2, { images: 2, bits: 12 }]);
  // Few high bytes don't make them masks, nor does a hot pixel hide that they are dark.
  const beside = await summaryOf({
    'cat/0.png': await deep(12),
    'cat/1.png': await deep(12, 7),
    'dog/0.png': await photograph(1),
  });
  expect([beside.masks, beside.dark]).toEqual([null, { images: 2, bits: 12 }]);
  expect((await summaryOf({ '0.png': await deep(16), '2.png': await photograph(1) })).dark).toBeNull();
});

it('counts colours up to one more than the limit', () => {
  expect(countColours(Uint8Array.of(1, 2, 3, 1, 2, 3, 3, 2, 1))).toBe(2);
  expect(countColours(Uint8Array.from({ length: 300 }, (_, i) => i % 251))).toBe(33);
});
