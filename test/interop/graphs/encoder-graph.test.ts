import { expect, it } from 'vitest';
import { type GraphOptions, recordEncoderGraph } from '../../../src/interop/graphs/encoder-graph.ts';
import { decodeGraphDef, encodeGraphDef } from '../../../src/interop/graphs/graph-def.ts';
import { UserError } from '../../../src/util/errors.ts';
import { TINY, tinyEncoder } from './tiny-encoders.ts';

const FEATURES: GraphOptions = { input: 'images', output: 'features' };
const encoderOf = (name: string) => TINY[name] as (typeof TINY)[string];

it('records plain operations, with the parameters by their names and the batch free', () => {
  const { nodes, input, outputs } = recordEncoderGraph(encoderOf('basic blocks, CIFAR stem'), FEATURES);
  expect(input).toEqual({ name: 'images', dtype: 'uint8', shape: [-1, 16, 16, 3] });
  expect(outputs).toEqual([{ name: 'features', dtype: 'float32', shape: [-1, 64] }]);
  const operations = new Set(nodes.map(({ op }) => op));
  expect([...operations].sort()).toEqual(
    [
      'AddV2',
      'Cast',
      'Const',
      'Conv2D',
      'FusedBatchNormV3',
      'Mean',
      'Pad',
      'Placeholder',
      'RealDiv',
      'Relu',
      'Sub',
    ].sort(),
  );
  expect(nodes.filter(({ op }) => op === 'Placeholder').map(({ name }) => name)).toEqual(['images']);
  expect(nodes.map(({ name }) => name)).toContain('layer1.0.conv1/Conv2D');
  // Outputs are what is computed last, not one operation more.
  expect(nodes.at(-1)).toMatchObject({ name: 'features', op: 'Mean' });
});

it('holds every value of the state once, as it is', () => {
  const encoder = encoderOf('vision transformer');
  const { nodes } = recordEncoderGraph(encoder, FEATURES);
  for (const [name, tensor] of Object.entries(encoder.tensors)) {
    const held = nodes.filter((node) => node.name === name.replace('backbone.', ''));
    expect(held.map(({ op, attributes }) => [op, attributes['value']])).toEqual([['Const', { tensor }]]);
  }
});

it('survives being written and read', () => {
  const { nodes, versions } = recordEncoderGraph(encoderOf('vision transformer'), FEATURES);
  const bytes = encodeGraphDef({ nodes, versions });
  const plain = nodes.map(({ shape: _, ...node }) => node);
  expect(decodeGraphDef(bytes)).toEqual({ nodes: plain, versions });
  expect(versions.producer).toBeGreaterThan(1000);
});

it('refuses a pyramid of a network without stages, and a size that patches do not fill', () => {
  const encoder = encoderOf('vision transformer');
  const pyramid = { input: 'images', output: 'pyramid' } as const;
  expect(() => recordEncoderGraph(encoder, pyramid)).toThrow(UserError);
  expect(() => recordEncoderGraph(encoder, pyramid)).toThrow('a network without stages');
  expect(() => recordEncoderGraph({ ...encoder, size: 40 }, FEATURES)).toThrow('multiple of 16, got 40 x 40 px');
  // What was refused leaves nothing behind.
  expect(recordEncoderGraph(encoder, FEATURES).nodes.length).toBeGreaterThan(0);
});

it('says which value is missing, and that embeddings need a projector', () => {
  const { backbone, tensors, size } = encoderOf('basic blocks, CIFAR stem');
  const encoder = tinyEncoder(backbone, size);
  const { 'backbone.bn1.bias': _, ...rest } = tensors;
  expect(() => recordEncoderGraph({ ...encoder, tensors: rest }, FEATURES)).toThrow("no tensor 'backbone.bn1.bias'");
  const embedding = { input: 'images', output: 'embedding' } as const;
  expect(() => recordEncoderGraph(encoder, embedding)).toThrow('Expected a projector');
});

it('refuses attributes and constants that graphs of encoders do not have', () => {
  const graph = recordEncoderGraph(encoderOf('basic blocks, CIFAR stem'), FEATURES);
  const [first] = graph.nodes;
  const odd = { ...graph, nodes: [{ ...first, attributes: { value: { tensor: oddTensor() } } }] } as typeof graph;
  expect(() => decodeGraphDef(encodeGraphDef(odd))).toThrow("value of Placeholder 'images', got TensorFlow's type 4");
});

function oddTensor() {
  return { dtype: 'uint8', shape: [1], data: Uint8Array.of(1) } as const;
}
