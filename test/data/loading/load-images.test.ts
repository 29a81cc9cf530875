import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it, describe as suite } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { loadImages } from '../../../src/data/loading/load-images.ts';
import { UserError } from '../../../src/util/errors.ts';
import { folderOf, patternPixels, patternPng } from '../temp-files.ts';

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../fixtures/images', name));
const roomy = { budgetBytes: 2 ** 20 };

/** `count` images of 6 x 8, two classes, with other files put in their place. */
async function sourceOf(count: number, others: Record<string, Uint8Array> = {}) {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < count; i++)
    files[`${i % 2 ? 'b' : 'a'}/${String(i).padStart(3, '0')}.png`] = await patternPng(6, 8, i);
  return (await openDataset(folderOf({ ...files, ...others }))).train;
}

suite('loadImages', () => {
  it('decodes all images in the order of the source', async () => {
    const source = await sourceOf(5);
    const progress: number[] = [];
    const loaded = await loadImages(source, { ...roomy, concurrency: 2, onProgress: (done) => progress.push(done) });
    expect(loaded?.images).toMatchObject({ count: 5, height: 6, width: 8 });
    const wanted = [0, 2, 4, 1, 3].flatMap((seed) => [...patternPixels(6, 8, 3, seed)]);
    expect([...(loaded?.images.data ?? [])]).toEqual(wanted);
    expect(loaded?.labels).toEqual(Int32Array.of(0, 0, 0, 1, 1));
    expect(progress).toEqual([1, 2, 3, 4, 5]);
    expect(loaded?.skipped).toEqual([]);
  });

  it('leaves out and lists bad images', async () => {
    const jpeg = await sharp(await patternPng(6, 8, 7))
      .jpeg()
      .toBuffer();
    const source = await sourceOf(40, {
      'a/004.png': fixture('text.jpg'),
      'b/007.png': jpeg.subarray(0, jpeg.length - 12),
    });
    const loaded = await loadImages(source, roomy);
    expect(loaded?.skipped).toEqual([
      { index: 2, name: 'a/004.png', reason: 'is text, not a JPEG, PNG or WebP' },
      { index: 23, name: 'b/007.png', reason: "can't be decoded: VipsJpeg: premature end of JPEG image" },
    ]);
    expect(loaded?.images.count).toBe(38);
    expect(loaded?.labels?.filter((label) => label === 0).length).toBe(19);
    const row = loaded?.indices.indexOf(39) ?? -1;
    expect(loaded?.images.data?.subarray(row * 144, (row + 1) * 144)).toEqual(patternPixels(6, 8, 3, 39));
    expect(loaded?.images.data?.length).toBe(38 * 144);
  });

  it('fails when too many are bad, and tells some', async () => {
    const bad = { 'a/000.png': fixture('text.jpg'), 'a/002.png': new Uint8Array(0) };
    const error = await loadImages(await sourceOf(20, bad), roomy).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(
      /^expected at most 5 % bad images, got 2 of 20 or more: a\/00\d.png is (text|empty).*; a\/00\d.png is/,
    );
    expect((await loadImages(await sourceOf(20, bad), { ...roomy, maxBadShare: 0.1 }))?.images.count).toBe(18);
    const all = folderOf({ 'a.jpg': fixture('text.jpg') });
    await expect(loadImages((await openDataset(all)).train, roomy)).rejects.toBeInstanceOf(UserError);
  });

  it('declines images that vary in size or exceed the budget, and says why', async () => {
    const reasons: string[] = [];
    const options = { ...roomy, onDeclined: (reason: string) => reasons.push(reason) };
    expect(await loadImages(await sourceOf(6, { 'a/002.png': fixture('one-pixel.png') }), options)).toBeUndefined();
    expect(await loadImages(await sourceOf(6), { ...options, budgetBytes: 6 * 144 - 1 })).toBeUndefined();
    expect(await loadImages(await sourceOf(6), { ...options, budgetBytes: 6 * 144 })).toBeDefined();
    expect(reasons).toEqual([
      'images differ in size (8 x 6, 1 x 1)',
      '864 B of pixels exceed data.memoryBudget (863 B) and data.cache is off',
    ]);
  });

  it('declines when a size that no header showed turns up later', async () => {
    const source = await sourceOf(130, { 'a/002.png': fixture('one-pixel.png') });
    expect(source.name(1)).toBe('a/002.png');
    const reasons: string[] = [];
    expect(await loadImages(source, { ...roomy, onDeclined: (reason) => reasons.push(reason) })).toBeUndefined();
    expect(reasons).toEqual(['images differ in size (8 x 6, 1 x 1)']);
  });
});
