import sharp from 'sharp';
import { expect, it } from 'vitest';
import { inspectSource } from '../../../src/data/inspect/inspect-source.ts';
import { type SplitReport, summarizeSplit } from '../../../src/data/inspect/summarize.ts';
import { openForTest } from '../fixture-sources.ts';
import { folderOf, patternPng } from '../temp-files.ts';

const flat = (width: number, height: number, background = '#123456'): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();

async function summaryOf(files: Record<string, Buffer | string>): Promise<SplitReport> {
  const { train } = await openForTest(folderOf(files), { labels: 'none' });
  const facts = await inspectSource(train, { concurrency: 2, signal: new AbortController().signal });
  return summarizeSplit(train, facts);
}

it('finds images of a single colour and tiny ones, and the patterns that leave them out', async () => {
  const photos = Object.fromEntries(
    await Promise.all(Array.from({ length: 6 }, async (_, i) => [`${i}.png`, await patternPng(40, 40, i)] as const)),
  );
  const few = await summaryOf({
    ...photos,
    'blank.png': await flat(40, 40),
    'pixel.gif.png': await flat(1, 1),
    'strip.png': await patternPng(7, 40),
    'bad.png': 'none',
  });
  expect(few.uniform).toEqual({ images: 1, example: 'blank.png', patterns: ['blank.png'] });
  expect(few.tiny).toEqual({ images: 2, example: 'pixel.gif.png', patterns: ['pixel.gif.png', 'strip.png'] });
  expect(few.masks).toBeNull();

  const folder = await summaryOf({
    ...photos,
    ...Object.fromEntries(
      await Promise.all(Array.from({ length: 4 }, async (_, i) => [`blank/${i}.png`, await flat(8, 8)] as const)),
    ),
  });
  expect([folder.uniform, folder.tiny]).toEqual([{ images: 4, example: 'blank/0.png', patterns: ['blank/**'] }, null]);
  expect(await summaryOf(photos)).toMatchObject({ uniform: null, tiny: null });
});

it('has no pattern where all images show nothing', async () => {
  const blank = await summaryOf({ '0.png': await flat(16, 16), '1.png': await flat(16, 16, '#000') });
  expect(blank.uniform).toEqual({ images: 2, example: '0.png', patterns: [] });
});
