import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { createChannelSums } from '../../../src/data/inspect/channel-statistics.ts';
import { findDuplicates } from '../../../src/data/inspect/duplicates.ts';
import { readFacts, sumPixels } from '../../../src/data/inspect/image-facts.ts';
import { inspectSource, type SourceFacts } from '../../../src/data/inspect/inspect-source.ts';
import { summarizeSplit } from '../../../src/data/inspect/summarize.ts';
import { decodeRgb } from '../../../src/data/pixels/decode.ts';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import { openForTest } from '../fixture-sources.ts';
import { folderOf, patternPixels, patternPng } from '../temp-files.ts';

const signal = new AbortController().signal;

async function inspected(path: string, sample?: number): Promise<{ source: ImageSource; facts: SourceFacts }> {
  const { train } = await openForTest(path);
  return { source: train, facts: await inspectSource(train, { concurrency: 3, signal, sample }) };
}

/** Mean and standard deviation of each channel by plain loops over all pixels, twice. */
function slowStatistics(images: readonly Uint8Array[]) {
  const perChannel = [0, 1, 2].map((c) =>
    images.flatMap((data) => [...data].filter((_, i) => i % 3 === c).map((v) => v / 255)),
  );
  const mean = perChannel.map((values) => values.reduce((a, b) => a + b, 0) / values.length);
  const std = perChannel.map((values, c) =>
    Math.sqrt(values.reduce((sum, v) => sum + (v - (mean[c] as number)) ** 2, 0) / values.length),
  );
  return { mean, std };
}

describe('mean and standard deviation', () => {
  test('equal plain loops over all pixels of images of different sizes', async () => {
    const path = folderOf({
      'a.png': await patternPng(20, 31, 1),
      'b.png': await patternPng(7, 9, 5),
      'c.png': await patternPng(40, 3, 9),
    });
    const { source, facts } = await inspected(path);
    const pixels = await Promise.all([0, 1, 2].map(async (i) => (await decodeRgb(await source.read(i))).data));
    const slow = slowStatistics(pixels);
    for (let c = 0; c < 3; c++) {
      expect(facts.channels?.mean[c]).toBeCloseTo(slow.mean[c] as number, 12);
      expect(facts.channels?.std[c]).toBeCloseTo(slow.std[c] as number, 12);
    }
    expect(facts.channels?.pixels).toBe(20 * 31 + 7 * 9 + 40 * 3);
  });

  test('equal what NumPy says of two pixels', () => {
    const sums = createChannelSums();
    sums.add(sumPixels(Uint8Array.of(0, 51, 255, 255, 102, 255)));
    // numpy.array([[0, 51, 255], [255, 102, 255]]).mean(0) / 255 and .std(0) / 255
    expect(sums.statistics()).toEqual({ mean: [0.5, 0.3, 1], std: [0.5, 0.1, 0], pixels: 2 });
  });

  test('stay exact where float64 would no longer hold the sums', () => {
    const sums = createChannelSums();
    const half = 2 ** 52;
    sums.add({ count: half, sums: [0, half * 255, half], squares: [0, half * 65025, half] });
    sums.add({ count: half, sums: [half * 255, half * 255, 0], squares: [half * 65025, half * 65025, 0] });
    expect(sums.statistics()?.mean).toEqual([0.5, 1, 0.5 / 255]);
    expect(sums.statistics()?.std.slice(0, 2)).toEqual([0.5, 0]);
    expect(createChannelSums().statistics()).toBeUndefined();
  });
});

describe('one image', () => {
  test.each([
    ['jpeg', [], (image: Sharp) => image.jpeg()],
    ['png', [], (image: Sharp) => image.png()],
    ['webp', [], (image: Sharp) => image.webp()],
    ['jpeg', ['grey'], (image: Sharp) => image.toColourspace('b-w').jpeg()],
    ['jpeg', ['cmyk'], (image: Sharp) => image.toColourspace('cmyk').jpeg()],
    ['png', ['alpha'], (image: Sharp) => image.ensureAlpha(0.5).png()],
    ['png', ['sixteenBit'], (image: Sharp) => image.toColourspace('rgb16').png()],
    ['jpeg', ['rotated'], (image: Sharp) => image.withMetadata({ orientation: 6 }).jpeg()],
  ])('%s %s', async (encoding, traits, encode) => {
    const raw = sharp(patternPixels(6, 10, 3), { raw: { height: 6, width: 10, channels: 3 } });
    const bytes = await encode(raw).toBuffer();
    const upright = traits.includes('rotated') ? { height: 10, width: 6 } : { height: 6, width: 10 };
    const facts = await readFacts(bytes);
    expect(facts).toMatchObject({ encoding, traits, bytes: bytes.length, ...upright });
    expect(facts.pixels.count).toBe(60);
  });

  test('webp animated', async () => {
    const facts = await readFacts(readFileSync(join(import.meta.dirname, '../../fixtures/images/animated.webp')));
    expect(facts).toMatchObject({ encoding: 'webp', traits: ['animated'] });
  });

  test('has the same key in another encoding, and another at another size or pixel', async () => {
    const pixels = patternPixels(4, 6, 3);
    const png = await readFacts(await patternPng(4, 6));
    const decoded = await readFacts({ data: pixels, height: 4, width: 6 });
    const turned = await readFacts({ data: pixels, height: 6, width: 4 });
    pixels[7] = (pixels[7] as number) ^ 1;
    const changed = await readFacts({ data: pixels, height: 4, width: 6 });
    expect(decoded).toMatchObject({ encoding: 'pixels', key: png.key });
    expect(new Set([png.key, turned.key, changed.key].map(String)).size).toBe(3);
  });
});

test('bad images are listed with reasons and count for nothing else', async () => {
  const png = await patternPng(8, 8, 1);
  const path = folderOf({
    'a/good.png': png,
    'a/empty.png': '',
    'a/cut.png': png.subarray(0, png.length - 30),
    'b/text.jpg': 'hello',
    'b/large.png': await patternPng(30, 20, 2),
  });
  const { source, facts } = await inspected(path);
  expect(facts.bad.map(({ name, reason }) => `${name} ${reason.slice(0, 16)}`)).toEqual([
    "a/cut.png can't be decoded",
    'a/empty.png is empty',
    'b/text.jpg is text, not a J',
  ]);
  expect(summarizeSplit(source, facts)).toMatchObject({
    images: 5,
    inspected: 5,
    classes: { classes: 2, min: 2, median: 2, max: 3, images: { a: 3, b: 2 } },
    encodings: { png: 2 },
    sizes: {
      width: { min: 8, median: 8, max: 20 },
      height: { min: 8, median: 8, max: 30 },
      distinct: 2,
      usual: { width: 8, height: 8, images: 1 },
    },
    bytes: { decoded: 3 * (8 * 8 + 30 * 20) },
  });
});

test('a sample is spread evenly, and bytes are estimated from it', async () => {
  const files = Object.fromEntries(
    await Promise.all(Array.from({ length: 10 }, async (_, i) => [`${i}.png`, await patternPng(4, 4, i)] as const)),
  );
  const { source, facts } = await inspected(folderOf(files), 5);
  expect([...facts.indices]).toEqual([0, 2, 4, 6, 8]);
  expect(summarizeSplit(source, facts)).toMatchObject({ images: 10, inspected: 5, bytes: { decoded: 10 * 48 } });
});

test('duplicates are found within and across splits, in order', () => {
  const keys = (...values: readonly (number | undefined)[]): Float64Array =>
    Float64Array.from(values.flatMap((value) => [value === undefined ? Number.NaN : 1, value ?? Number.NaN]));
  const groups = findDuplicates([keys(7, 8, undefined, 7, 9, 7), keys(undefined, 9, 10)]);
  const text = groups.map((group) => group.map(({ split, row }) => `${split}.${row}`).join(' '));
  expect(text).toEqual(['0.0 0.3 0.5', '0.4 1.1']);
  expect(findDuplicates([keys(1, 2), keys()])).toEqual([]);
});

test('an abort ends the inspection', async () => {
  const { train } = await openForTest(folderOf({ 'a.png': await patternPng(4, 4), 'b.png': await patternPng(4, 4) }));
  const controller = new AbortController();
  const looking = inspectSource(train, {
    concurrency: 1,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(looking).rejects.toThrow('abort');
});

test('an error that concerns the whole source is thrown, not counted', async () => {
  const { train } = await openForTest(folderOf({ 'a.png': await patternPng(4, 4) }));
  const broken = { ...train, read: () => Promise.reject(new Error('disk')) };
  await expect(inspectSource(broken, { concurrency: 2, signal })).rejects.toThrow('disk');
});
