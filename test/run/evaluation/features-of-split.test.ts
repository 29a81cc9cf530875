import { expect, test } from 'vitest';
import type { SkippedImage } from '../../../src/data/sources/bad-images.ts';
import { buildModel } from '../../../src/run/assembly/model.ts';
import { resolveEvaluation } from '../../../src/run/assembly/resolve-run.ts';
import type { Embed } from '../../../src/run/encoder/embed-images.ts';
import { labelledFeatures } from '../../../src/run/evaluation/features-of-split.ts';
import { openImages } from '../../../src/run/images/run-images.ts';
import { load } from '../../config/problems.ts';
import { folderOf, patternPng } from '../../data/temp-files.ts';

/** More images than are decoded at once, of three kinds; `bad` names those that are none. */
async function folder(bad: readonly number[]): Promise<string> {
  const kinds = await Promise.all([0, 1, 2].map((seed) => patternPng(8, 8, seed)));
  const files = Array.from({ length: 1030 }, (_, i): [string, Uint8Array | string] => {
    const name = String(i).padStart(4, '0');
    return [`train/${'abc'[i % 3]}/${name}.png`, bad.includes(i) ? 'none' : (kinds[i % 3] as Buffer)];
  });
  return folderOf({ ...Object.fromEntries(files), 'test/a/0.png': kinds[0] as Buffer });
}

/** The first pixel's red: an image of class c has 37 c. */
const firstPixel: Embed = async ({ data, count, height, width }) => ({
  features: Float32Array.from({ length: count }, (_, i) => data[i * height * width * 3] as number),
  count,
  width: 1,
});

test.each([
  ['held in memory', '1MB', 'off', []],
  ['streamed', '1kB', 'off', []],
  ['streamed, some of them bad', '1kB', 'off', [3, 1025]],
  ['in a cache file', '1kB', 'auto', []],
  ['in a cache file, some of them bad', '1kB', 'auto', [3, 1025]],
] as const)(
  'every image gives features beside its own label, also after the last full chunk: %s',
  async (_, budget, cache, bad) => {
    const path = await folder(bad);
    const config = load(
      `data: {path: ${path}, memoryBudget: ${budget}, cache: ${cache}}\nmethod: {name: simclr}\nviews: {size: 8}\nbackbone: {stem: cifar}\n`,
    );
    const images = await openImages(config.data);
    expect(images.train.loaded !== undefined).toBe(budget === '1MB' || cache === 'auto');
    expect(images.train.loaded?.images.data !== undefined).toBe(budget === '1MB');
    const skipped: SkippedImage[] = [];
    const { signal } = new AbortController();
    const reading = resolveEvaluation(config, buildModel(config), images);
    const found = await labelledFeatures(images.train, reading, firstPixel, signal, (each) => skipped.push(each));
    await images.close();
    expect([...images.skipped, ...skipped]).toHaveLength(bad.length);
    const count = 1030 - bad.length;
    expect(found).toMatchObject({ count, width: 1, classes: 3 });
    expect(found.labels).toHaveLength(count);
    expect([...found.features]).toEqual([...found.labels].map((label) => 37 * label));
    expect([0, 1, 2].map((label) => found.labels.filter((each) => each === label).length)).toEqual(
      [0, 1, 2]
        .map((label) => [344, 343, 343][label] as number)
        .map((n, label) => n - bad.filter((i) => i % 3 === label).length),
    );
  },
);
