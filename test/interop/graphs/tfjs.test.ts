import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type GraphEncoder, recordEncoderGraph } from '../../../src/interop/graphs/encoder-graph.ts';
import { tfjsFiles } from '../../../src/interop/graphs/tfjs-model.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { expectNear } from '../../support-tensors.ts';
import { ownFeatures, TINY, TINY_PROJECTED, TINY_RESNETS, tinyImages } from './tiny-encoders.ts';

const root = mkdtempSync(join(tmpdir(), 'cl-tfjs-'));
afterAll(() => rmSync(root, { recursive: true }));

const encoderOf = (name: string): GraphEncoder => TINY[name] as GraphEncoder;

interface Result {
  readonly inputs: readonly { name: string; shape: number[]; dtype: string }[];
  readonly signature: Record<'inputs' | 'outputs', Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, { shape: number[]; data: number[] }>>;
}

/** Runs models in TensorFlow.js as it comes, in a process of its own: here its backend is replaced. */
async function runTfjs(
  ...tasks: readonly (readonly [files: ReturnType<typeof tfjsFiles>, name: string, images: HostTensor])[]
): Promise<readonly Result[]> {
  const given = tasks.map(([files, name, { dtype, shape, data }]) => {
    const folder = mkdtempSync(join(root, 'model-'));
    for (const [path, bytes] of Object.entries(files)) writeFileSync(join(folder, path), bytes);
    return { model: basename(folder), name, dtype: dtype === 'uint8' ? 'int32' : dtype, shape, data: [...data] };
  });
  const child = join(import.meta.dirname, 'tfjs-child.ts');
  const text = await new Promise<string>((resolve, reject) => {
    const running = execFile(
      process.execPath,
      ['--import', 'tsx', child, root],
      { maxBuffer: 2 ** 28 },
      (error, stdout) => (error ? reject(error) : resolve(stdout)),
    );
    running.stdin?.end(JSON.stringify(given));
  });
  // TensorFlow.js recommends its addon first.
  const found = JSON.parse(text.slice(text.indexOf('{"backend"'))) as { backend: string; results: Result[] };
  expect(found.backend).toBe('cpu');
  return found.results;
}

function outputOf(result: Result | undefined, name: string): HostTensor {
  const { shape, data } = result?.outputs[name] ?? { shape: [], data: [] };
  return { dtype: 'float32', shape, data: Float32Array.from(data) };
}

it.each(Object.keys(TINY))('loads in TensorFlow.js and computes our features: %s', async (name) => {
  const encoder = encoderOf(name);
  const [one, three] = [tinyImages(encoder, 1), tinyImages(encoder, 3)];
  const [first, all] = [await ownFeatures(encoder, one), await ownFeatures(encoder, three)];
  const raw = tfjsFiles(recordEncoderGraph(encoder, { input: 'images', output: 'features' }));
  const plain = tfjsFiles(recordEncoderGraph(encoder, { input: 'normalized', output: 'features' }));
  const results = await runTfjs(
    [raw, 'images', one],
    [raw, 'images', three],
    [plain, 'input', all['normalized'] as HostTensor],
  );
  const { size } = encoder;
  expect(results[0]?.inputs).toEqual([{ name: 'images', shape: [-1, size, size, 3], dtype: 'int32' }]);
  expect(Object.keys(results[0]?.signature.outputs ?? {})).toEqual(['features']);
  expectNear(outputOf(results[0], 'features'), first['features'] as HostTensor);
  expectNear(outputOf(results[1], 'features'), all['features'] as HostTensor);
  expectNear(outputOf(results[2], 'features'), all['features'] as HostTensor);
});

it("gives the four stages of a ResNet, and a projector's embeddings", async () => {
  const encoder = encoderOf(TINY_RESNETS[1] as string);
  const images = [tinyImages(encoder, 2), tinyImages(TINY_PROJECTED, 3)] as const;
  const own = await ownFeatures(encoder, images[0]);
  const { embedding } = await ownFeatures(TINY_PROJECTED, images[1]);
  const stages = tfjsFiles(recordEncoderGraph(encoder, { input: 'images', output: 'pyramid' }));
  const projected = tfjsFiles(recordEncoderGraph(TINY_PROJECTED, { input: 'images', output: 'embedding' }));
  const results = await runTfjs([stages, 'images', images[0]], [projected, 'images', images[1]]);
  const names = Object.keys(results[0]?.outputs ?? {});
  expect(names).toEqual(['c2', 'c3', 'c4', 'c5']);
  for (const stage of names) expectNear(outputOf(results[0], stage), own[stage] as HostTensor);
  expectNear(outputOf(results[1], 'embedding'), embedding as HostTensor);
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
  const [result] = await runTfjs([files, 'images', images]);
  expectNear(outputOf(result, 'features'), (await ownFeatures(encoder, images))['features'] as HostTensor);
});
