import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeCheckpoint } from '../../../src/checkpoint/checkpoint.ts';
import { readSafetensors } from '../../../src/checkpoint/safetensors-read.ts';
import { writeSafetensors } from '../../../src/checkpoint/safetensors-write.ts';
import { parseAssignment } from '../../../src/config/assignment.ts';
import { formatConfig } from '../../../src/config/format-config.ts';
import { bareConfig } from '../../../src/config/load.ts';
import { torchTensors } from '../../../src/interop/torch/torch-names.ts';
import { buildParts, initialState } from '../../../src/run/assembly/resolve-run.ts';
import { openEncoder } from '../../../src/run/encoder/open-encoder.ts';
import { viewDifferences } from '../../../src/run/encoder/view-differences.ts';
import { progressOf } from '../../../src/run/training/resume.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { hashFile } from '../../../src/util/hash-file.ts';
import { temporaryFolder } from '../../cli/run-command.ts';
import { rejection } from '../rejection.ts';

const sets = (...texts: readonly string[]) => texts.map(parseAssignment);

const SETTINGS = ['data.path=/images', 'backbone.width=4', 'views.size=16', 'views.normalize=none'];

/** A run folder with one checkpoint, after 3 epochs. */
async function writeRun(...settings: readonly string[]): Promise<{ run: string; checkpoint: string }> {
  const run = join(temporaryFolder(), 'run');
  const config = bareConfig(sets(...SETTINGS, ...settings));
  const parts = buildParts(config);
  mkdirSync(join(run, 'checkpoints'), { recursive: true });
  writeFileSync(join(run, 'config.yaml'), formatConfig(config));
  const checkpoint = join(run, 'checkpoints', 'step-00000009.safetensors');
  const progress = progressOf(parts.identity, { step: 9, epoch: 3, images: 100 });
  await writeCheckpoint(checkpoint, { tensors: initialState(parts), progress, toolVersion: '1' });
  return { run, checkpoint };
}

describe('the encoder of a run', () => {
  test('comes with all its tensors, its epoch and the hash of its file', async () => {
    const { run, checkpoint } = await writeRun();
    const opened = await openEncoder({ run, assignments: [] });
    expect(opened).toMatchObject({ path: checkpoint, epoch: 3, config: { views: { size: 16, normalize: 'none' } } });
    expect(opened.origin).toEqual({ kind: 'checkpoint', sha256: await hashFile(checkpoint), notes: [] });
    expect(Object.keys(opened.tensors).every((name) => name.startsWith('backbone.'))).toBe(true);
    expect(opened.tensors['backbone.conv1.weight']?.shape).toEqual([7, 7, 3, 4]);
    expect(opened.state).toHaveProperty(['projector.0.weight']);
    expect(await openEncoder({ checkpoint, assignments: [] })).toEqual(opened);
  });

  test('must fit the configuration, which settings change', async () => {
    const { run } = await writeRun();
    const refused = await rejection(openEncoder({ run, assignments: sets('backbone.width=8') }));
    expect(refused).toContain("don't fit this configuration");
    expect(refused).toContain('backbone.conv1.weight: expected float32 [7, 7, 3, 8], got float32 [7, 7, 3, 4]');
  });
});

describe('a checkpoint as a file of weights', () => {
  test('brings its network and its views, and nothing else', async () => {
    const { checkpoint } = await writeRun('data.path=/others', 'schedule.epochs=7');
    const alone = join(temporaryFolder(), 'weights.safetensors');
    copyFileSync(checkpoint, alone);
    const opened = await openEncoder({ weights: alone, assignments: sets('data.path=/mine', 'views.size=32') });
    expect(opened).toMatchObject({ path: alone, epoch: 3, state: undefined, origin: { kind: 'checkpoint' } });
    expect(opened.config).toMatchObject({
      data: { path: '/mine' },
      backbone: { width: 4 },
      views: { size: 32, normalize: 'none' },
      schedule: { epochs: 200 },
    });
    const [note = '', ...others] = opened.origin.notes.map((text) => text.replaceAll(alone, 'FILE'));
    expect(note).toMatch(
      /^FILE \(checkpoint, sha256 [0-9a-f]{12}, 3 epochs\); 100 of 100 tensors of the backbone matched/,
    );
    expect(note).toMatch(/left out: .*projector \(7 tensors/);
    expect(others).toEqual([]);
  });

  test('lies over a configuration, whose network and views may be others', async () => {
    const { checkpoint } = await writeRun();
    const base = join(temporaryFolder(), 'base.yaml');
    writeFileSync(
      base,
      'data: {path: /base}\nmethod: {name: byol}\nbackbone: {name: vit-tiny-16}\nviews: {recipe: simclr-cifar}\nevaluate: {knn: {k: 3}}\n',
    );
    const opened = await openEncoder({ weights: checkpoint, base, assignments: [] });
    expect(opened.config).toMatchObject({ data: { path: '/base' }, evaluate: { knn: { k: 3 } } });
    expect(opened.config.backbone).toMatchObject({ name: 'resnet18', width: 4 });
    expect(opened.config.views).toMatchObject({ size: 16, normalize: 'none', crop: { area: [0.08, 1] } });
    expect(opened.config.views).not.toHaveProperty('recipe');
  });

  test('is refused where its settings are not such', async () => {
    const { checkpoint } = await writeRun();
    const { tensors, metadata } = await readSafetensors(checkpoint);
    const broken = join(temporaryFolder(), 'broken.safetensors');
    const write = (progress: unknown) =>
      writeSafetensors(broken, tensors, { ...metadata, progress: JSON.stringify(progress) });
    const progress = JSON.parse(metadata['progress'] as string);
    const message = async () => {
      const text = await rejection(openEncoder({ weights: broken, assignments: sets('data.path=/x') }));
      return text.split('\n')[0]?.replaceAll(broken, 'FILE');
    };
    await write({ ...progress, settings: { ...progress.settings, backbone: { name: 'resnet18', width: 'wide' } } });
    expect(await message()).toBe('exit 2: settings of FILE: backbone.width: expected a number, got "wide"');
    await write({ ...progress, settings: 5 });
    expect(await message()).toBe('exit 2: Cannot read FILE: expected `settings` in its metadata, got none');
  });
});

test('views that differ from those of the weights are told with the settings that make them alike', () => {
  const views = (...texts: readonly string[]) => bareConfig(sets('data.path=/images', ...texts)).views;
  const numbers = 'views.normalize={mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}';
  expect(viewDifferences(views(), views(numbers, 'views.crop.area=[0.5, 1]', 'views.grey=0'))).toEqual([]);
  expect(
    viewDifferences(views(numbers), views('views.size=96', 'views.normalize=none', 'views.crop.interpolation=bicubic')),
  ).toEqual([
    'views.size is 96, and the weights were trained with 224 (--set views.size=224)',
    `views.normalize is none, and the weights were trained with {"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]} (--set 'views.normalize={"mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225]}')`,
    'views.crop.interpolation is bicubic, and the weights were trained with bilinear (--set views.crop.interpolation=bilinear)',
  ]);
});

/** The run's backbone as PyTorch has it, in a file of that name. */
async function writeTorch(
  name: string,
  metadata: Readonly<Record<string, string>> = {},
  prefix = '',
): Promise<{ path: string; state: Readonly<Record<string, HostTensor>> }> {
  const { checkpoint } = await writeRun();
  const { tensors: state } = await readSafetensors(checkpoint);
  const { backbone } = bareConfig(sets(...SETTINGS));
  const path = join(temporaryFolder(), name);
  const written = Object.entries(torchTensors('torchvision', { backbone, size: 16, tensors: state }));
  await writeSafetensors(
    path,
    Object.fromEntries(written.map(([key, tensor]) => [`${prefix}${key}`, tensor])),
    metadata,
  );
  return { path, state };
}

const expectBackbone = (tensors: Readonly<Record<string, HostTensor>>, state: Readonly<Record<string, HostTensor>>) => {
  expect(tensors).toEqual(Object.fromEntries(Object.entries(state).filter(([name]) => name.startsWith('backbone.'))));
};

describe('an export', () => {
  const settings = { 'backbone.name': 'resnet18', 'backbone.width': 4, 'views.size': 16, 'views.normalize': 'none' };
  const encoder = (more: object = {}) => ({
    ...{ format: 'pt', tool: 'cl-train 1' },
    encoder: JSON.stringify({ backbone: 'resnet18', epoch: 3, settings: { ...settings, ...more } }),
  });

  test('brings its network and its views', async () => {
    const { path, state } = await writeTorch(
      'torchvision.safetensors',
      encoder({ 'views.crop.interpolation': 'bicubic' }),
    );
    const opened = await openEncoder({ weights: path, assignments: sets('data.path=/mine') });
    expect(opened).toMatchObject({ path, epoch: 3, origin: { kind: 'export', sha256: await hashFile(path) } });
    expect(opened.config).toMatchObject({
      backbone: { width: 4 },
      views: { size: 16, normalize: 'none', crop: { interpolation: 'bicubic' } },
    });
    expectBackbone(opened.tensors, state);
  });

  test('can set nothing but its network and its views', async () => {
    for (const key of ['data.path', 'output', 'backbone', 'views.', 'backbone.__proto__']) {
      const { path } = await writeTorch('torchvision.safetensors', encoder({ [key]: '/etc' }));
      const refused = await rejection(openEncoder({ weights: path, assignments: sets('data.path=/mine') }));
      expect(refused).toContain('exit 2: ');
      expect(refused).toContain(path);
    }
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`views.x${i}`, i]));
    const { path: crowded } = await writeTorch('torchvision.safetensors', encoder(many));
    expect(await rejection(openEncoder({ weights: crowded, assignments: sets('data.path=/mine') }))).toContain(
      'expected at most 100 settings in its metadata, got 100004',
    );
    const { path } = await writeTorch('torchvision.safetensors', encoder({ 'backbone.width': 1e9 }));
    const refused = await rejection(openEncoder({ weights: path, assignments: sets('data.path=/mine') }));
    expect(refused.replaceAll(path, 'FILE')).toContain('settings of FILE: backbone.width: expected at most 1024');
  });
});

describe('weights of another tool', () => {
  test('are taken for the network that they look like, and for its usual views', async () => {
    const { path, state } = await writeTorch('others.safetensors', {}, 'module.');
    const opened = await openEncoder({ weights: path, assignments: sets('data.path=/mine') });
    expect(opened.config).toMatchObject({
      backbone: { name: 'resnet18', stem: 'imagenet', width: 4 },
      views: { size: 224, normalize: 'imagenet' },
    });
    expect(opened).toMatchObject({ epoch: undefined, origin: { kind: 'safetensors' } });
    expectBackbone(opened.tensors, state);
    const [first, second] = opened.origin.notes.map((note) => note.replaceAll(path, 'FILE'));
    expect(first).toMatch(/^FILE \(safetensors, sha256 [0-9a-f]{12}\); 100 of 100 tensors .* \(prefix module\.\)/);
    expect(second).toBe(
      'taken from names and shapes: backbone.name resnet18, stem imagenet, width 4, zeroInitResidual false, init he-fan-out; views.size 224, normalize imagenet; --set changes them',
    );
  });

  test('are told without what settings change', async () => {
    const { path } = await writeTorch('others.safetensors');
    const told = async (...texts: readonly string[]) =>
      (await openEncoder({ weights: path, assignments: sets('data.path=/mine', ...texts) })).origin.notes[1];
    const network = 'backbone.name resnet18, stem imagenet, width 4, zeroInitResidual false, init he-fan-out';
    expect(await told('views.size=32')).toBe(
      `taken from names and shapes: ${network}; views.normalize imagenet; --set changes them`,
    );
    expect(await told('views={size: 32}')).toBe(`taken from names and shapes: ${network}; --set changes them`);
    expect(await told('backbone.name=resnet18', 'views.size=32')).toBe(
      'taken from names and shapes: backbone.stem imagenet, width 4, zeroInitResidual false, init he-fan-out; views.normalize imagenet; --set changes them',
    );
    expect(await told('backbone={name: resnet18, stem: imagenet, width: 4}', 'views={size: 32}')).toBeUndefined();
  });

  test('are shown images as a configuration has it, and as settings have it', async () => {
    const { path } = await writeTorch('others.safetensors');
    const base = join(temporaryFolder(), 'base.yaml');
    writeFileSync(base, 'data: {path: /base}\nmethod: {name: simclr}\nviews: {size: 64, normalize: cifar10}\n');
    const { config } = await openEncoder({ weights: path, base, assignments: sets('views.size=96') });
    expect(config).toMatchObject({ backbone: { width: 4 }, views: { size: 96, normalize: 'cifar10' } });
    const refused = await rejection(openEncoder({ weights: path, base, assignments: sets('backbone.name=resnet50') }));
    expect(refused.replaceAll(path, 'FILE')).toContain('--weights: FILE does not fit backbone.name=resnet50');
  });
});

test('weights that are not there are told by the option that names them', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'weights.safetensors'), '');
  const missing = await rejection(openEncoder({ weights: join(folder, 'wieghts.safetensors'), assignments: [] }));
  expect(missing.replaceAll(folder, 'FOLDER')).toMatchInlineSnapshot(`
    "exit 2: --weights: expected a file of weights, got nothing at FOLDER/wieghts.safetensors
    Did you mean FOLDER/weights.safetensors?"
  `);
  const { run } = await writeRun();
  const directory = await rejection(openEncoder({ weights: run, assignments: [] }));
  expect(directory.replaceAll(run, 'RUN')).toMatchInlineSnapshot(`
    "exit 2: --weights: expected a file of weights, got the folder of a run at RUN
    Name the run by --run or --init, or one of its checkpoints, in RUN/checkpoints"
  `);
});
