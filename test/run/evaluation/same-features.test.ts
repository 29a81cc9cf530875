import { join } from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { pixelFeatures } from '../../../src/evaluate/pixels.ts';
import { initialValues } from '../../../src/methods/initial-values.ts';
import { buildModel } from '../../../src/run/assembly/model.ts';
import { resolveEvaluation } from '../../../src/run/assembly/resolve-run.ts';
import { sessionOptions } from '../../../src/run/assembly/session-options.ts';
import { embedWith } from '../../../src/run/encoder/embed-images.ts';
import { createEncoderProgram, encoderTensors } from '../../../src/run/encoder/encoder-program.ts';
import { labelledFeatures } from '../../../src/run/evaluation/features-of-split.ts';
import { openImages } from '../../../src/run/images/run-images.ts';
import { evaluationView } from '../../../src/run/views/evaluation-view.ts';
import type { Program } from '../../../src/runtime/program.ts';
import { randomStream } from '../../../src/util/rng.ts';
import { load } from '../../config/problems.ts';
import { packFolder } from '../../data/pack/packing.ts';
import { folderOf, tempFolder } from '../../data/temp-files.ts';

const { signal } = new AbortController();

/** A JPEG of soft shapes, like a photograph. */
async function photo(height: number, width: number, seed: number): Promise<Buffer> {
  const random = randomStream(seed);
  const shapes = Uint8Array.from({ length: 8 * 8 * 3 }, () => random.integer(256));
  return sharp(shapes, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** Class folders of photographs of one size; `bad` of them are none. */
async function photos(height: number, width: number, count: number, bad: readonly number[]): Promise<string> {
  const kinds = await Promise.all([0, 1, 2, 3, 4].map((seed) => photo(height, width, seed)));
  const files = Array.from({ length: count }, (_, i): [string, Uint8Array | string] => {
    const name = String(i).padStart(4, '0');
    return [`train/${'ab'[i % 2]}/${name}.jpg`, bad.includes(i) ? 'none' : (kinds[i % 5] as Buffer)];
  });
  return folderOf({ ...Object.fromEntries(files), 'test/a/0.jpg': kinds[0] as Buffer });
}

/** The settings of an evaluation with views of a size. */
function configFor(path: string, size: number, settings: string) {
  return load(
    `data: {path: ${path}, ${settings}}\nmethod: {name: simclr}\nviews: {size: ${size}}\n` +
      `backbone: {width: 4, stem: ${size < 96 ? 'cifar' : 'imagenet'}}\n`,
  );
}

/** The features of a program and the pixels of the training images, in bytes, and how the images were held. */
async function featuresOf(program: Program, path: string, size: number, settings: string) {
  const config = configFor(path, size, settings);
  const images = await openImages(config.data);
  const parts = resolveEvaluation(config, buildModel(config), images);
  const { mean, std } = parts.view.normalization;
  const features = await labelledFeatures(images.train, parts, embedWith(program, parts.view), signal, () => {});
  const pixels = await labelledFeatures(
    images.train,
    parts,
    async (set) => pixelFeatures(set, mean, std),
    signal,
    () => {},
  );
  await images.close();
  const bytes = ({ features: { buffer } }: { features: Float32Array }) => Buffer.from(buffer as ArrayBuffer);
  return { held: images.storage, count: features.count, features: bytes(features), pixels: bytes(pixels) };
}

test.each([
  // The size of the views; the images; how many of them, and which are bad.
  [32, 32, 32, 300, [3, 280]],
  [32, 48, 40, 5, []],
  [96, 96, 96, 5, []],
  [96, 75, 100, 5, []],
  [224, 224, 224, 5, []],
  [224, 256, 320, 5, [2]],
] as const)(
  'an encoder gives the same bits however images are held: views of %i pixels, images of %i x %i',
  async (size, height, width, count, bad) => {
    const path = await photos(height, width, count, bad);
    const pack = join(tempFolder(), 'pack');
    await packFolder(path, pack, { settings: { format: 'raw', shardBytes: 1e6, shuffleSeed: 3 }, maxBadShare: 0.5 });
    const config = configFor(path, size, 'cache: off');
    const encoder = buildModel(config);
    const view = evaluationView(config.views);
    const tensors = encoderTensors(initialValues(encoder.method.variables, 1));
    const program = await createEncoderProgram({ encoder, view, session: sessionOptions(config) }, tensors);
    onTestFinished(() => program.close());
    const found = [
      await featuresOf(program, path, size, 'maxBadShare: 0.5, cache: off'),
      await featuresOf(program, path, size, 'maxBadShare: 0.5, memoryBudget: 1kB, cache: on'),
      await featuresOf(program, path, size, 'maxBadShare: 0.5, memoryBudget: 1kB, cache: off'),
      await featuresOf(program, pack, size, 'cache: off'),
      await featuresOf(program, pack, size, 'memoryBudget: 1kB, cache: off'),
    ];
    expect(found.map(({ held }) => held.replace(/[:,].*/, '').replace(/ in \/.*/, ''))).toEqual([
      'in memory',
      'in a cache file',
      'streamed',
      'in memory',
      'streamed',
    ]);
    const [first] = found as [(typeof found)[number]];
    for (const { held, ...other } of found) {
      expect({ held, count: other.count }).toEqual({ held, count: count - bad.length });
      expect({ held, isSame: other.features.equals(first.features) }).toEqual({ held, isSame: true });
      expect({ held, isSame: other.pixels.equals(first.pixels) }).toEqual({ held, isSame: true });
    }
  },
);
