import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { drawView } from '../../../src/augment/draw.ts';
import { makeViews } from '../../../src/augment/make-views.ts';
import { viewInputSpecs, viewInputs } from '../../../src/augment/view-inputs.ts';
import { planViews, type ViewPlan } from '../../../src/augment/view-plan.ts';
import { smallViewSettings, viewSettings } from '../../../src/config/resolve-views.ts';
import type { RunConfig } from '../../../src/config/run-config.ts';
import { prefixed } from '../../../src/nn/layer.ts';
import { initialState, type ResolvedRun } from '../../../src/run/assembly/resolve-run.ts';
import { sessionOptions } from '../../../src/run/assembly/session-options.ts';
import type { ImageLayout } from '../../../src/run/images/image-layout.ts';
import { openImages } from '../../../src/run/images/run-images.ts';
import { createTrainingBatches } from '../../../src/run/training/training-batches.ts';
import { createTrainingProgram } from '../../../src/run/training/training-program.ts';
import { groupInputs, makeGroups, trainingViews } from '../../../src/run/views/view-groups.ts';
import type { BatchInputs } from '../../../src/run/views/view-loader.ts';
import { float32, type HostTensor } from '../../../src/runtime/host-tensor.ts';
import { runOnce } from '../../../src/runtime/run-once.ts';
import type { Tensor } from '../../../src/runtime/tf.ts';
import { randomStream } from '../../../src/util/rng.ts';
import { load } from '../../config/problems.ts';
import { patternPng, tempFolder } from '../../data/temp-files.ts';
import { resolveOn } from '../resolve.ts';

const BATCH = 4;
const SMALL = 'views.small={count: 3, size: 8, crop: {area: [0.1, 0.4]}, flip: 0.9}';
const STREAMED = ['data.memoryBudget=9kB', 'data.cache=off'];

async function imageFolder(): Promise<string> {
  const folder = join(tempFolder(), 'images');
  mkdirSync(folder);
  for (let i = 0; i < 9; i++) writeFileSync(join(folder, `${i}.png`), await patternPng(28, 24, i));
  return folder;
}

function config(path: string, ...sets: string[]): RunConfig {
  const views = '{size: 16, blur: {probability: 0.5}, second: {solarize: {probability: 0.5}}, normalize: none}';
  const backbone = '{name: resnet18, stem: cifar, width: 4}';
  const text = `data: {path: ${path}}\nmethod: {name: simclr, projector: {hidden: 8, out: 4}}\nviews: ${views}\nbackbone: ${backbone}\nschedule: {batchSize: ${BATCH}}\n`;
  return load(text, ...sets);
}

interface Taken {
  readonly run: ResolvedRun;
  readonly layout: ImageLayout;
  readonly batches: readonly BatchInputs[];
}

async function take(settings: RunConfig): Promise<Taken> {
  const images = await openImages(settings.data);
  const run = resolveOn(settings, images);
  const training = createTrainingBatches(run, { onBad: () => {}, signal: new AbortController().signal });
  const batches: BatchInputs[] = [];
  for await (const { inputs } of training.batches(1, 0)) batches.push(...inputs);
  await training.close();
  await images.close();
  return { run, layout: run.views.layout, batches };
}

const viewsFor = (settings: RunConfig, layout: ImageLayout) =>
  trainingViews(settings.views, layout, sessionOptions(settings));

/** The views of a batch as the train function makes them, but not compiled. */
async function viewsOf(settings: RunConfig, layout: ImageLayout, batch: BatchInputs): Promise<HostTensor[]> {
  const views = viewsFor(settings, layout);
  const groups = views.groups.map((group) => ({ ...group, plan: { ...group.plan, cluster: undefined } }));
  const outputs = await runOnce(
    (inputs) => Object.fromEntries(makeGroups({ ...views, groups }, inputs).map((view, i) => [`view${i}`, view])),
    batch,
  );
  return Object.keys(outputs).map((_, i) => outputs[`view${i}`] as HostTensor);
}

const without = (batch: BatchInputs | undefined, prefix: string): BatchInputs =>
  Object.fromEntries(Object.entries(batch ?? {}).filter(([name]) => !name.startsWith(prefix)));

describe.each([
  ['in memory', []],
  ['streamed', STREAMED],
] as const)('small views of images %s', (kind, sets) => {
  test('come as inputs of their own, whose shapes the program declares', async () => {
    const settings = config(await imageFolder(), ...sets, SMALL);
    const { layout, batches } = await take(settings);
    expect(layout.kind).toBe(kind === 'streamed' ? 'crops' : 'whole');
    expect(batches).toHaveLength(2);
    const declared = groupInputs(viewsFor(settings, layout), BATCH);
    for (const batch of batches) {
      const got = Object.entries(batch).map(([name, { dtype, shape }]) => [name, { dtype, shape }] as const);
      expect(Object.fromEntries(got)).toEqual(declared);
    }
    expect(declared['small.flips']?.shape).toEqual([3 * BATCH]);
    expect(declared['small.images']?.shape).toEqual(kind === 'streamed' ? [3 * BATCH, 8, 8, 3] : undefined);
    // Only the large group's second view is solarized.
    expect(Object.keys(declared)).not.toContain('small.thresholds');
  });

  test('do not move the draws or the pixels of the large ones, and more of them do not move the first', async () => {
    const path = await imageFolder();
    const two = await take(config(path, ...sets));
    const five = await take(config(path, ...sets, SMALL));
    const six = await take(config(path, ...sets, SMALL, 'views.small.count=4'));
    for (const [i, batch] of two.batches.entries()) {
      expect(without(five.batches[i], 'small.')).toEqual(batch);
      for (const [name, { data }] of Object.entries(five.batches[i] ?? {})) {
        if (!name.startsWith('small.')) continue;
        expect(six.batches[i]?.[name]?.data.slice(0, data.length), name).toEqual(data);
      }
    }
  });

  test('become [n, size, size, 3] each, after the large ones', async () => {
    const settings = config(await imageFolder(), ...sets, SMALL);
    const { layout, batches } = await take(settings);
    const views = await viewsOf(settings, layout, batches[0] as BatchInputs);
    expect(views.map(({ shape }) => shape)).toEqual([16, 16, 8, 8, 8].map((size) => [BATCH, size, size, 3]));
    const large = await viewsOf(config(settings.data.path, ...sets), layout, without(batches[0], 'small.'));
    for (const [i, { data }] of large.entries()) expect(views[i]?.data).toEqual(data);
  });
});

test.each([
  ['simclr', []],
  ['byol', STREAMED],
] as const)('small views train %s', async (method, sets) => {
  const settings = config(await imageFolder(), ...sets, SMALL, `method.name=${method}`);
  const { run, batches } = await take(settings);
  const program = await createTrainingProgram(run, initialState(run));
  const scalars = { learningRate: float32([0.1], []), emaStep: float32([0.01], []) };
  const losses: number[] = [];
  for (const batch of batches)
    losses.push((await program.run('train', { ...batch, ...scalars }))['loss']?.data[0] ?? 0);
  program.close();
  expect(losses).toHaveLength(2);
  for (const loss of losses) {
    expect(loss).toBeGreaterThan(0);
    expect(loss).toBeLessThan(30);
  }
});

/** Which image each row of a batch held in memory is, by its pixels. */
function samplesOf(batch: BatchInputs, images: Uint8Array): number[] {
  const { data } = batch['images'] as HostTensor;
  const stride = 28 * 24 * 3;
  const key = (pixels: ArrayLike<number>, row: number): string =>
    Array.from(pixels)
      .slice(row * stride, (row + 1) * stride)
      .join();
  const keys = Array.from({ length: 9 }, (_, i) => key(images, i));
  return Array.from({ length: BATCH }, (_, row) => keys.indexOf(key(data, row)));
}

test('every image and every view has a draw of its own, from (seed, epoch, sample, view)', async () => {
  const settings = config(await imageFolder(), SMALL, 'seed=5');
  const images = await openImages(settings.data);
  const { layout, batches } = await take(settings);
  for (const batch of batches) {
    const samples = samplesOf(batch, images.train.loaded?.images.data as Uint8Array);
    expect(new Set(samples).size).toBe(BATCH);
    const all = [...viewSettings(settings.views), ...smallViewSettings(settings.views)];
    const rows = all.map((view, v) => samples.map((sample) => drawView(view, 28, 24, randomStream(5, 1, sample, v))));
    const [large, small] = viewsFor(settings, layout).groups;
    const expected = {
      ...viewInputs(rows.slice(0, 2).flat(), large?.plan as ViewPlan),
      ...prefixed('small.', viewInputs(rows.slice(2).flat(), small?.plan as ViewPlan)),
    };
    expect(without(batch, 'images')).toEqual(expected);
    const jitters = rows.flat().flatMap(({ jitter }) => (jitter ? [jitter.brightness] : []));
    expect(new Set(jitters).size).toBe(jitters.length);
  }
  await images.close();
});

test('small views equal those of a plain plan of their size', async () => {
  const settings = config(await imageFolder(), SMALL);
  const { layout, batches } = await take(settings);
  const [batch] = batches as [BatchInputs];
  const plan = planViews(smallViewSettings(settings.views), {
    size: 8,
    normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
    cropOnDevice: true,
  });
  const draws = Object.keys(viewInputSpecs(1, plan)).map(
    (name) => [name, batch[`small.${name}`] as HostTensor] as const,
  );
  const { value } = await runOnce(({ images, ...rest }) => makeViews(images as Tensor, rest, plan), {
    images: batch['images'] as HostTensor,
    ...Object.fromEntries(draws),
  });
  const made = (await viewsOf(settings, layout, batch)).slice(2).flatMap(({ data }) => Array.from(data));
  expect(made).toHaveLength(3 * BATCH * 8 * 8 * 3);
  expect(Float32Array.from(made)).toEqual(value?.data);
});

test('streamed and held in memory, large and small views show the same', async () => {
  const path = await imageFolder();
  const still = ['views.jitter.probability=0', SMALL];
  const memory = await take(config(path, ...still));
  const streamed = await take(config(path, ...still, ...STREAMED));
  for (const [i, batch] of memory.batches.entries()) {
    const other = streamed.batches[i] as BatchInputs;
    for (const name of Object.keys(batch)) {
      if (!/images|boxes/.test(name)) expect(other[name], name).toEqual(batch[name]);
    }
    const settings = config(path, ...still);
    const [here, there] = [
      await viewsOf(settings, memory.layout, batch),
      await viewsOf(settings, streamed.layout, other),
    ];
    for (const [v, { data }] of here.entries()) {
      const differences = Array.from(data, (pixel, at) => Math.abs(pixel - (there[v]?.data[at] ?? Number.NaN)));
      // The host rounds to bytes; solarizing may then fall on the other side of its threshold.
      const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
      expect(mean, `view ${v}`).toBeLessThan(0.01);
    }
  }
});

test('views of one group resized in different ways are refused, however the images come', () => {
  const settings = config('/x', 'views.second.crop.interpolation=bicubic');
  for (const layout of [{ kind: 'crops' }, { kind: 'whole', height: 20, width: 20 }] as const) {
    expect(() => viewsFor(settings, layout)).toThrow('one interpolation');
  }
  const small = config('/x', SMALL, 'views.small.crop.interpolation=bicubic');
  expect(viewsFor(small, { kind: 'crops' }).groups).toMatchObject([
    { prefix: '', firstView: 0, interpolation: 'bilinear' },
    { prefix: 'small.', firstView: 2, interpolation: 'bicubic' },
  ]);
});
