import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { smallViewSettings, viewSettings } from '../../../src/config/resolve-views.ts';
import type { RunConfig } from '../../../src/config/run-config.ts';
import { createSampler } from '../../../src/data/loading/sampler.ts';
import type { RgbImage } from '../../../src/data/pixels/resample.ts';
import { drawSheet, encodeSheet } from '../../../src/data/sheet/contact-sheet.ts';
import type { Point } from '../../../src/data/sheet/sheet-layout.ts';
import { FRAME, type PlacedBand } from '../../../src/data/sheet/sheet-layout.ts';
import { sessionOptions } from '../../../src/run/assembly/session-options.ts';
import { decodingOf } from '../../../src/run/images/decoding.ts';
import { openRunDataset } from '../../../src/run/images/open-run-dataset.ts';
import { openImages, trainingLayout } from '../../../src/run/images/run-images.ts';
import { firstImages, previewSet } from '../../../src/run/preview/preview-images.ts';
import { drawNotes, LEGEND, previewBand } from '../../../src/run/preview/preview-sheet.ts';
import { denormalize, type PreviewView, previewViews } from '../../../src/run/preview/preview-views.ts';
import { createTrainingBatches } from '../../../src/run/training/training-batches.ts';
import { makeGroups, trainingViews } from '../../../src/run/views/view-groups.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { runOnce } from '../../../src/runtime/run-once.ts';
import { load } from '../../config/problems.ts';
import { patternPng, tempFolder } from '../../data/temp-files.ts';
import { resolveOn } from '../resolve.ts';

const signal = new AbortController().signal;

async function imageFolder(sizes: 'equal' | 'mixed'): Promise<string> {
  const folder = join(tempFolder(), 'images');
  mkdirSync(folder);
  for (let i = 0; i < 9; i++) {
    const [height, width] = sizes === 'equal' ? [28, 24] : [20 + i, 40 - i];
    writeFileSync(join(folder, `${i}.png`), await patternPng(height, width, i));
  }
  return folder;
}

function config(path: string, ...sets: string[]): RunConfig {
  const views =
    '{size: 16, blur: {probability: 0.5}, second: {solarize: {probability: 0.5}}, small: {count: 2, size: 8}, normalize: cifar10}';
  return load(`data: {path: ${path}}\nmethod: {name: simclr}\nviews: ${views}\nseed: 3\n`, ...sets);
}

/** The first images of an epoch, held as a run would hold them all, and what their views are made from. */
async function chosenFrom(settings: RunConfig, count: number, epoch = 0) {
  const { train: source, close } = await openRunDataset(settings.data);
  const unloaded = { source, loaded: undefined };
  const { images: chosen, passedOver } = await firstImages(unloaded, { seed: settings.seed, count, epoch, signal });
  const images = await previewSet(settings.data, source, chosen);
  const session = sessionOptions(settings);
  const views = trainingViews(settings.views, trainingLayout({ train: images }), session);
  const from = { seed: settings.seed, images, views, session, decoding: decodingOf(settings.data) };
  return { from, chosen, passedOver, close };
}

async function shown(settings: RunConfig, count: number, views = 2, epoch = 0) {
  const { close, ...rest } = await chosenFrom(settings, count, epoch);
  const made = await previewViews(rest.from, rest.chosen, { views, epoch, signal });
  await close();
  return { ...rest, made };
}

/** The first batch of an epoch as training loads it, with its views denormalised: an array an image. */
async function trainedOn(settings: RunConfig, count: number, epoch: number): Promise<RgbImage[][]> {
  const images = await openImages(settings.data);
  const run = resolveOn({ ...settings, schedule: { ...settings.schedule, batchSize: count } }, images);
  const training = createTrainingBatches(run, { onBad: () => {}, signal: signal });
  const { value: step } = await training.batches(epoch, 0)[Symbol.asyncIterator]().next();
  await Promise.all([training.close(), images.close()]);
  const outputs = await runOnce(
    (inputs) => Object.fromEntries(makeGroups(run.views, inputs).map((view, i) => [String(i), view])),
    step.inputs[0],
  );
  const [{ normalize }] = viewSettings(settings.views);
  const views = [...viewSettings(settings.views), ...smallViewSettings(settings.views)];
  return Array.from({ length: count }, (_, row) =>
    views.map((_, i) => denormalize(outputs[String(i)] as HostTensor, row, normalize)),
  );
}

const pixelsOf = (images: readonly RgbImage[]): number[][] => images.map(({ data }) => [...data]);

test.each(['equal', 'mixed'] as const)(
  'images of %s size show the views of training, pixel for pixel',
  async (sizes) => {
    const settings = config(await imageFolder(sizes));
    const { chosen, made } = await shown(settings, 4, 2, 5);
    const order = createSampler({ count: 9, batchSize: 4, seed: 3 }).order(5);
    expect(chosen.map(({ index }) => index)).toEqual([...order.slice(0, 4)]);
    const trained = await trainedOn(settings, 4, 5);
    for (const [row, views] of made.entries()) {
      expect(views.map(({ image }) => image.width)).toEqual([16, 16, 8, 8]);
      expect(pixelsOf(views.map(({ image }) => image))).toEqual(pixelsOf(trained[row] as RgbImage[]));
    }
    const all = made.flatMap((views) => views.map(({ image }) => String(image.data)));
    expect(new Set(all).size).toBe(16);
  },
);

test('more views come from later epochs, without small ones, and show the same images', async () => {
  const settings = config(await imageFolder('mixed'));
  const { made } = await shown(settings, 2, 3);
  const labels = (made[0] as PreviewView[]).map(({ kind, number, epoch }) => `${kind} ${number} of epoch ${epoch}`);
  expect(labels).toEqual([
    'view 1 of epoch 0',
    'view 2 of epoch 0',
    'small 1 of epoch 0',
    'small 2 of epoch 0',
    'view 1 of epoch 1',
  ]);
});

test('images are held or streamed as a run would', async () => {
  const held = async (path: string, ...sets: string[]): Promise<boolean> => {
    const settings = config(path, ...sets);
    const { from, close } = await chosenFrom(settings, 2);
    const run = await openImages(settings.data);
    expect(from.views.layout).toEqual(trainingLayout(run));
    await Promise.all([run.close(), close()]);
    return from.images.loaded !== undefined;
  };
  const equal = await imageFolder('equal');
  expect(await held(equal)).toBe(true);
  expect(await held(equal, 'data.memoryBudget=9kB')).toBe(true);
  expect(await held(equal, 'data.memoryBudget=9kB', 'data.cache=off')).toBe(false);
  expect(await held(await imageFolder('mixed'))).toBe(false);
});

/** The first images of an epoch of a run on a folder with a bad one, `bad.png`, and what their views are made from. */
async function firstOfRun(settings: RunConfig) {
  const images = await openImages(settings.data);
  const run = resolveOn({ ...settings, schedule: { ...settings.schedule, batchSize: 4 } }, images);
  const from = { ...run, images: images.train };
  const { images: chosen } = await firstImages(from.images, { seed: run.seed, count: 4, epoch: 0, signal });
  const made = await previewViews(from, chosen, { views: 2, epoch: 0, signal });
  await images.close();
  return { chosen, made };
}

test('the first images of a run are those of its first batch, where bad ones are left out before it shuffles', async () => {
  const folder = await imageFolder('equal');
  writeFileSync(join(folder, 'bad.png'), 'bad');
  const settings = config(folder, 'data.maxBadShare=0.5');
  const { made } = await firstOfRun(settings);
  const trained = await trainedOn(settings, 4, 0);
  expect(made.map((views) => pixelsOf(views.map(({ image }) => image)))).toEqual(trained.map(pixelsOf));
});

test('the first images of a streamed run are those of its epoch but for the bad ones', async () => {
  const folder = await imageFolder('mixed');
  writeFileSync(join(folder, 'bad.png'), 'bad');
  const { chosen } = await firstOfRun(config(folder, 'data.maxBadShare=0.5'));
  const order = createSampler({ count: 10, batchSize: 4, seed: 3 }).order(0);
  expect(chosen.map(({ index }) => index)).toEqual([...order].filter((index) => index !== 9).slice(0, 4));
});

test('a preview says which bad images it passed over', async () => {
  const folder = await imageFolder('equal');
  for (const name of ['00', '01', '02', '03']) writeFileSync(join(folder, `${name}.png`), 'bad');
  const { passedOver } = await shown(config(folder), 9);
  expect(passedOver.map(({ name }) => name).sort()).toEqual(['00.png', '01.png', '02.png', '03.png']);
  expect(passedOver[0]?.reason).toBe('is text, not a JPEG, PNG or WebP');
});

test('bad images are passed over; where all are bad, that is said', async () => {
  const folder = await imageFolder('equal');
  for (let i = 0; i < 8; i++) writeFileSync(join(folder, `${i}.png`), 'bad');
  const settings = config(folder);
  const { chosen } = await shown(settings, 3);
  expect(chosen.map(({ index }) => index)).toEqual([8]);
  writeFileSync(join(folder, '8.png'), '');
  await expect(shown(settings, 3)).rejects.toThrow('expected images that can be decoded, got none of 9');
});

/** The pixels of a part of an image. */
async function cut(png: Uint8Array, top: number, left: number, height: number, width: number): Promise<Uint8Array> {
  return sharp(png).extract({ top, left, height, width }).raw().toBuffer();
}

/** The corner of a tile: column 0 is the original. */
function tileOf({ rows }: PlacedBand, row: number, column: number): Point {
  return (rows[row] as PlacedBand['rows'][number]).tiles[column] as Point;
}

test('the tiles of the PNG are the views, each pixel a square, and texts are where they belong', async () => {
  const settings = config(await imageFolder('equal'));
  const { from, chosen, made } = await shown(settings, 2);
  const band = previewBand('tiny <&> title', from, chosen, made);
  const { image, placement } = await drawSheet({ bands: [band, band], footer: LEGEND });
  const png = await encodeSheet(image);
  const factor = 8; // 16 pixels become 128
  for (const placed of placement.bands) {
    for (const [row, views] of made.entries()) {
      for (const [v, { image: view }] of views.entries()) {
        const { top, left } = tileOf(placed, row, v + 1);
        const side = view.width * factor;
        const tile = await cut(png, top + FRAME, left + FRAME, side, side);
        const expected = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
          const [y, x] = [Math.floor(i / 3 / side), Math.floor(i / 3) % side];
          return view.data[(Math.floor(y / factor) * view.width + Math.floor(x / factor)) * 3 + (i % 3)] as number;
        });
        expect(Buffer.compare(tile, expected)).toBe(0);
      }
    }
    for (const { top, left } of [placed.head, ...placed.titles, ...placed.rows.flatMap(({ notes }) => notes)]) {
      const text = await cut(png, top, left, 14, 60);
      expect(text.filter((value) => value < 128).length).toBeGreaterThan(30);
    }
  }
  const [
    ,
    [
      {
        draw: { crop },
      },
    ],
  ] = made as [PreviewView[], [PreviewView]];
  const { top, left } = tileOf(placement.bands[0] as PlacedBand, 1, 0);
  const scale = Math.floor(134 / 28);
  const corner = await cut(png, top + crop.top * scale, left + crop.left * scale, 2, 2);
  expect([...corner]).toEqual(Array.from({ length: 4 }, () => [230, 159, 0]).flat());
});

test('notes say what was drawn', () => {
  const draw = {
    crop: { top: 0, left: 0, height: 10, width: 20 },
    flip: true,
    jitter: {
      order: ['hue', 'contrast', 'brightness', 'saturation'],
      brightness: 1.204,
      contrast: 0.5,
      saturation: 1,
      hue: -0.05,
    },
    grey: true,
    blur: { sigma: 1.26, kernel: 3 },
    solarize: 0.5,
  } as const;
  expect(drawNotes(draw, 1000)).toEqual(['crop 20 %, flip', 'h-18° c0.50 b1.20 s1.00', 'grey, blur 1.3, solarize']);
  const plain = { ...draw, flip: false, jitter: undefined, grey: false, blur: undefined, solarize: undefined };
  expect(drawNotes(plain, 200)).toEqual(['crop 100 %', 'no jitter']);
});
