import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type EncoderGraph, type GraphEncoder, recordEncoderGraph } from '../../../src/interop/graphs/encoder-graph.ts';
import { savedModelFiles } from '../../../src/interop/graphs/saved-model.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { openSavedModel } from '../../../src/runtime/saved-model.ts';
import { expectNear } from '../../support-tensors.ts';
import { ownFeatures, TINY, TINY_PROJECTED, TINY_RESNETS, tinyImages } from './tiny-encoders.ts';

const root = mkdtempSync(join(tmpdir(), 'cl-saved-model-'));
afterAll(() => rmSync(root, { recursive: true }));

const encoderOf = (name: string): GraphEncoder => TINY[name] as GraphEncoder;

function written(graph: EncoderGraph): string {
  const folder = mkdtempSync(join(root, 'model-'));
  for (const [path, bytes] of Object.entries(savedModelFiles(graph))) writeFileSync(join(folder, path), bytes);
  return folder;
}

it.each(Object.keys(TINY))('loads in TensorFlow and computes our features: %s', async (name) => {
  const encoder = encoderOf(name);
  const raw = openSavedModel(written(recordEncoderGraph(encoder, { input: 'images', output: 'features' })));
  const graph = recordEncoderGraph(encoder, { input: 'normalized', output: 'features' });
  const plain = openSavedModel(written(graph), { device: 'cpu' });
  for (const n of [1, 3, 8]) {
    const images = tinyImages(encoder, n);
    const { normalized, features } = await ownFeatures(encoder, images);
    expectNear((await raw.run({ images }))['features'], features as HostTensor);
    expectNear((await plain.run({ input: normalized as HostTensor }))['features'], features as HostTensor);
  }
  raw.close();
  plain.close();
  plain.close();
});

it.each(TINY_RESNETS)('gives the four stages: %s', async (name) => {
  const encoder = encoderOf(name);
  const images = tinyImages(encoder, 2);
  const own = await ownFeatures(encoder, images);
  const model = openSavedModel(written(recordEncoderGraph(encoder, { input: 'images', output: 'pyramid' })));
  const stages = await model.run({ images });
  expect(Object.keys(stages)).toEqual(['c2', 'c3', 'c4', 'c5']);
  for (const [stage, value] of Object.entries(stages)) expectNear(value, own[stage] as HostTensor);
  model.close();
});

it("gives a projector's embeddings", async () => {
  const images = tinyImages(TINY_PROJECTED, 3);
  const { embedding } = await ownFeatures(TINY_PROJECTED, images);
  const model = openSavedModel(written(recordEncoderGraph(TINY_PROJECTED, { input: 'images', output: 'embedding' })));
  expectNear((await model.run({ images }))['embedding'], embedding as HostTensor);
  model.close();
});

it('says what can not be loaded, and which input does not exist', async () => {
  expect(() => openSavedModel(join(root, 'nowhere'))).toThrow(/TensorFlow could not load .*nowhere/);
  const encoder = encoderOf('basic blocks, CIFAR stem');
  const model = openSavedModel(written(recordEncoderGraph(encoder, { input: 'images', output: 'features' })));
  await expect(model.run({ pixels: tinyImages(encoder, 1) })).rejects.toThrow("has no 'pixels'");
  model.close();
});
