import { expect, it } from 'vitest';
import { type EncoderGraph, type GraphEncoder, recordEncoderGraph } from '../../../src/interop/graphs/encoder-graph.ts';
import { encodeOnnxModel } from '../../../src/interop/graphs/onnx/encode-onnx.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { expectNear, transpose } from '../../support-tensors.ts';
import { readOnnx, type Values } from './onnx-file.ts';
import { runOnnx } from './run-onnx.ts';
import { ownFeatures, TINY, TINY_PROJECTED, TINY_RESNETS, tinyImages } from './tiny-encoders.ts';

const encoderOf = (name: string): GraphEncoder => TINY[name] as GraphEncoder;
const found = ({ shape, data }: Values): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(data) });
const asValues = ({ shape, data }: HostTensor): Values => ({ shape, data: Float64Array.from(data) });
const channelsFirst = (images: HostTensor): HostTensor => transpose(images, [0, 3, 1, 2]);

it.each(Object.keys(TINY))('computes our features by the specification of ONNX: %s', async (name) => {
  const encoder = encoderOf(name);
  for (const n of [1, 3]) {
    const images = tinyImages(encoder, n);
    const own = await ownFeatures(encoder, images);
    const raw = encodeOnnxModel(recordEncoderGraph(encoder, { input: 'images', output: 'features' }), {});
    expectNear(found(runOnnx(raw, asValues(images))['features'] as Values), own['features'] as HostTensor);
    const plain = encodeOnnxModel(recordEncoderGraph(encoder, { input: 'normalized', output: 'features' }), {});
    const fed = asValues(channelsFirst(own['normalized'] as HostTensor));
    expectNear(found(runOnnx(plain, fed)['features'] as Values), own['features'] as HostTensor);
  }
});

it.each(TINY_RESNETS)('gives the four stages with channels first: %s', async (name) => {
  const encoder = encoderOf(name);
  const images = tinyImages(encoder, 2);
  const own = await ownFeatures(encoder, images);
  const bytes = encodeOnnxModel(recordEncoderGraph(encoder, { input: 'images', output: 'pyramid' }), {});
  const stages = runOnnx(bytes, asValues(images));
  expect(Object.keys(stages)).toEqual(['c2', 'c3', 'c4', 'c5']);
  for (const [stage, value] of Object.entries(stages)) {
    expectNear(found(value), channelsFirst(own[stage] as HostTensor));
  }
});

it("gives a projector's embeddings", async () => {
  const images = tinyImages(TINY_PROJECTED, 3);
  const { embedding } = await ownFeatures(TINY_PROJECTED, images);
  const graph = recordEncoderGraph(TINY_PROJECTED, { input: 'images', output: 'embedding' });
  const file = runOnnx(encodeOnnxModel(graph, {}), asValues(images));
  expectNear(found(file['embedding'] as Values), embedding as HostTensor);
});

it("has parameters by their names, filters in PyTorch's layout, borders inside of the windows", () => {
  const encoder = encoderOf('basic blocks, ImageNet stem');
  const graph = recordEncoderGraph(encoder, { input: 'normalized', output: 'features' });
  const file = readOnnx(encodeOnnxModel(graph, { tool: 'cl-train', a: 'ä' }));
  expect(file.format).toBe(9);
  expect(file.operatorSets).toEqual({ '': 20 });
  expect(file.metadata).toEqual({ a: 'ä', tool: 'cl-train' });
  expect(file.inputs).toEqual([{ name: 'input', element: 1, shape: ['batch', 3, 45, 45] }]);
  expect(file.outputs).toEqual([{ name: 'features', element: 1, shape: ['batch', 64] }]);
  const wanted = Object.keys(encoder.tensors).map((name) => name.replace('backbone.', ''));
  expect([...file.initializers.keys()].filter((name) => !name.includes('/'))).toEqual(wanted);
  const filter = file.initializers.get('layer2.0.conv1.weight') as Values;
  const held = encoder.tensors['backbone.layer2.0.conv1.weight'] as HostTensor;
  expectNear(found(filter), transpose(held, [3, 2, 0, 1]), 1e-9);
  expect(file.nodes.slice(0, 4).map(({ op }) => op)).toEqual(['Conv', 'BatchNormalization', 'Relu', 'MaxPool']);
  expect(file.nodes[0]?.name).toBe('conv1/Conv2D');
  expect(file.nodes[0]?.attributes).toEqual({ kernel_shape: [7, 7], strides: [2, 2], pads: [3, 3, 3, 3] });
  expect(file.nodes.filter(({ op }) => op === 'Pad' || op === 'Transpose')).toEqual([]);
});

it('takes pixels as they are in files', () => {
  const graph = recordEncoderGraph(encoderOf('vision transformer'), { input: 'images', output: 'features' });
  const file = readOnnx(encodeOnnxModel(graph, {}));
  expect(file.inputs).toEqual([{ name: 'images', element: 2, shape: ['batch', 32, 32, 3] }]);
});

it('refuses an operation that has no counterpart, by its name', () => {
  const graph: EncoderGraph = recordEncoderGraph(encoderOf('basic blocks, CIFAR stem'), {
    input: 'normalized',
    output: 'features',
  });
  const nodes = graph.nodes.map((node) => (node.op === 'Mean' ? { ...node, op: 'Median' } : node));
  expect(() => encodeOnnxModel({ ...graph, nodes }, {})).toThrow("Median 'features' has no counterpart in ONNX.");
});
