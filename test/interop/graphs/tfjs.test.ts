import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type GraphEncoder, recordEncoderGraph } from '../../../src/interop/graphs/encoder-graph.ts';
import { tfjsFiles } from '../../../src/interop/graphs/tfjs-model.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { expectNear } from '../../support-tensors.ts';
import { ownFeatures, TINY, TINY_PROJECTED, TINY_RESNETS, tinyImages } from './tiny-encoders.ts';

const root = mkdtempSync(join(tmpdir(), 'cl-tfjs-'));
afterAll(() => rmSync(root, { recursive: true }));

const encoderOf = (name: string): GraphEncoder => TINY[name] as GraphEncoder;

interface Found {
  readonly backend: string;
  readonly inputs: readonly { name: string; shape: number[]; dtype: string }[];
  readonly signature: Record<'inputs' | 'outputs', Record<string, unknown>>;
  readonly results: readonly Record<string, { shape: number[]; data: number[] }>[];
}

/** Runs a model in TensorFlow.js as it comes, in a process of its own: here its backend is replaced. */
async function runTfjs(
  files: ReturnType<typeof tfjsFiles>,
  name: string,
  batches: readonly HostTensor[],
): Promise<Found> {
  const folder = mkdtempSync(join(root, 'model-'));
  for (const [path, bytes] of Object.entries(files)) writeFileSync(join(folder, path), bytes);
  const child = join(import.meta.dirname, 'tfjs-child.ts');
  const tasks = batches.map(({ dtype, shape, data }) => ({
    name,
    dtype: dtype === 'uint8' ? 'int32' : dtype,
    shape,
    data: [...data],
  }));
  const text = await new Promise<string>((resolve, reject) => {
    const running = execFile(
      process.execPath,
      ['--import', 'tsx', child, folder],
      { maxBuffer: 2 ** 28 },
      (error, stdout) => (error ? reject(error) : resolve(stdout)),
    );
    running.stdin?.end(JSON.stringify(tasks));
  });
  return JSON.parse(text.slice(text.indexOf('{"backend"'))) as Found;
}

const found = ({ shape, data }: { shape: number[]; data: number[] } = { shape: [], data: [] }): HostTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(data),
});

it.each(Object.keys(TINY))('loads in TensorFlow.js and computes our features: %s', async (name) => {
  const encoder = encoderOf(name);
  const images = [tinyImages(encoder, 1), tinyImages(encoder, 3)];
  const own = await Promise.all(images.map((each) => ownFeatures(encoder, each)));
  const raw = await runTfjs(
    tfjsFiles(recordEncoderGraph(encoder, { input: 'images', output: 'features' })),
    'images',
    images,
  );
  const { size } = encoder;
  expect(raw.backend).toBe('cpu');
  expect(raw.inputs).toEqual([{ name: 'images', shape: [-1, size, size, 3], dtype: 'int32' }]);
  expect(Object.keys(raw.signature.outputs)).toEqual(['features']);
  const plain = await runTfjs(
    tfjsFiles(recordEncoderGraph(encoder, { input: 'normalized', output: 'features' })),
    'input',
    own.map(({ normalized }) => normalized as HostTensor),
  );
  own.forEach(({ features }, i) => {
    expectNear(found(raw.results[i]?.['features']), features as HostTensor);
    expectNear(found(plain.results[i]?.['features']), features as HostTensor);
  });
});

it('gives the four stages of a ResNet', async () => {
  const encoder = encoderOf(TINY_RESNETS[1] as string);
  const images = tinyImages(encoder, 2);
  const own = await ownFeatures(encoder, images);
  const files = tfjsFiles(recordEncoderGraph(encoder, { input: 'images', output: 'pyramid' }));
  const { results } = await runTfjs(files, 'images', [images]);
  const [stages = {}] = results;
  expect(Object.keys(stages)).toEqual(['c2', 'c3', 'c4', 'c5']);
  for (const [stage, value] of Object.entries(stages)) expectNear(found(value), own[stage] as HostTensor);
});

it("gives a projector's embeddings", async () => {
  const images = tinyImages(TINY_PROJECTED, 3);
  const { embedding } = await ownFeatures(TINY_PROJECTED, images);
  const files = tfjsFiles(recordEncoderGraph(TINY_PROJECTED, { input: 'images', output: 'embedding' }));
  const { results } = await runTfjs(files, 'images', [images]);
  expectNear(found(results[0]?.['embedding']), embedding as HostTensor);
});

it("cuts the weights into files of 4 MiB, named as TensorFlow.js' converter names them", async () => {
  const encoder = encoderOf('basic blocks, CIFAR stem');
  const graph = recordEncoderGraph(encoder, { input: 'images', output: 'features' });
  // 9 MiB before the weights: the border between files falls into the middle of values.
  const shape = [9 * 2 ** 18 + 1];
  const tensor = { dtype: 'float32', shape, data: new Float32Array(shape[0] as number).fill(0.5) } as const;
  const large = { name: 'large', op: 'Const', inputs: [], attributes: { dtype: { type: 1 }, value: { tensor } } };
  const files = tfjsFiles({ ...graph, nodes: [large, ...graph.nodes] });
  expect(Object.keys(files)).toEqual([
    'model.json',
    'group1-shard1of3.bin',
    'group1-shard2of3.bin',
    'group1-shard3of3.bin',
  ]);
  expect(files['group1-shard1of3.bin']).toHaveLength(4 * 2 ** 20);
  expect(files['group1-shard2of3.bin']).toHaveLength(4 * 2 ** 20);
  const images = tinyImages(encoder, 1);
  const { results } = await runTfjs(files, 'images', [images]);
  expectNear(found(results[0]?.['features']), (await ownFeatures(encoder, images))['features'] as HostTensor);
});
