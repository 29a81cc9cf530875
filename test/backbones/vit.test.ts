import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createBackbone } from '../../src/backbones/create-backbone.ts';
import { initialValues } from '../../src/methods/initial-values.ts';
import type { VariableSpec } from '../../src/nn/layer.ts';
import { gridPositions, positionedTokens } from '../../src/nn/tokens.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import {
  elementCount,
  float32,
  fromNested,
  type HostTensor,
  type NestedNumbers,
} from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { UserError } from '../../src/util/errors.ts';
import { randomStream } from '../../src/util/rng.ts';
import { normals } from '../methods/tiny-methods.ts';
import { expectNear } from '../support-tensors.ts';

const variants = [
  ['vit-tiny-16', 192, 3],
  ['vit-small-16', 384, 12],
] as const;

describe.each(variants)('%s', (name, size) => {
  const { layer, featureSize } = createBackbone(name, {});
  const count = (kind: 'parameter' | 'buffer'): number =>
    Object.values(layer.variables)
      .filter((variable) => variable.kind === kind)
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

  it('has the number of parameters of its formula and of timm', () => {
    const norm = 2 * size;
    const attention = size * 3 * size + 3 * size + size * size + size;
    const perceptron = size * 4 * size + 4 * size + 4 * size * size + size;
    expect(count('parameter')).toBe(size + 12 * (2 * norm + attention + perceptron) + norm);
    expect(count('buffer')).toBe(16 * 16 * 3 * size + size);
    // timm's models at 224 px without classifier also learn the patch projection and 197 positions.
    const timm = { 'vit-tiny-16': 5_524_416, 'vit-small-16': 21_665_664 };
    expect(count('parameter') + count('buffer') + 197 * size).toBe(timm[name]);
    expect(featureSize).toBe(size);
  });

  it("has vits.py's names", () => {
    const block = ['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2'];
    const both = (part: string): string[] => [`${part}.weight`, `${part}.bias`];
    expect(Object.keys(layer.variables)).toEqual([
      ...both('patch_embed.proj'),
      'cls_token',
      ...Array.from({ length: 12 }, (_, i) => block.flatMap((part) => both(`blocks.${i}.${part}`))).flat(),
      ...both('norm'),
    ]);
  });

  it("starts as vits.py: Xavier's bounds with queries, keys and values apart, biases 0", () => {
    const first = (key: string): Float32Array => {
      const variable = layer.variables[key] as VariableSpec;
      return variable.initialize(variable.shape, randomStream(1));
    };
    const largest = (key: string): number => first(key).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const bounds = {
      'blocks.3.attn.qkv.weight': Math.sqrt(6 / (size + size)),
      'blocks.3.attn.proj.weight': Math.sqrt(6 / (size + size)),
      'blocks.11.mlp.fc1.weight': Math.sqrt(6 / (size + 4 * size)),
      'blocks.11.mlp.fc2.weight': Math.sqrt(6 / (size + 4 * size)),
      'patch_embed.proj.weight': Math.sqrt(6 / (3 * 16 * 16 + size)),
    };
    for (const [key, bound] of Object.entries(bounds)) {
      expect(largest(key)).toBeLessThanOrEqual(Math.fround(bound));
      expect(largest(key) / bound).toBeGreaterThan(0.999);
    }
    const biases = Object.keys(layer.variables).filter((key) => key.endsWith('.bias'));
    expect(biases).toHaveLength(1 + 12 * 6 + 1);
    for (const key of biases) expect(largest(key)).toBe(0);
    expect(largest('cls_token')).toBeLessThan(1e-5);
    expect(largest('cls_token')).toBeGreaterThan(1e-6);
    expect(first('norm.weight')).toEqual(new Float32Array(size).fill(1));
  });
});

describe('a vision transformer', () => {
  const { layer } = createBackbone('vit-tiny-16', {});
  const state = initialValues(layer.variables, 1);

  it("equals PyTorch's with the same weights, its class token normalised last", async () => {
    const path = fileURLToPath(new URL('../fixtures/transformer/transformer.json', import.meta.url));
    const wanted = JSON.parse(readFileSync(path, 'utf8')) as { 'vit-tiny-16': NestedNumbers };
    const waves = (shape: readonly number[], start: number, scale: number): HostTensor =>
      float32(
        Float32Array.from({ length: elementCount(shape) }, (_, i) => scale * Math.sin(start + i)),
        shape,
      );
    // The scales of make.py.
    const scaleOf = (name: string): number => {
      if (name === 'cls_token') return 0.5;
      if (name.endsWith('bias')) return 0.1;
      return name.includes('norm') ? 1 : 0.05;
    };
    const parameters = Object.entries(layer.variables).map(([name, { shape }], i): [string, HostTensor] => [
      name,
      waves(shape, i + 1, scaleOf(name)),
    ]);
    const { value } = await runOnce(
      ({ images, ...tensors }) => layer.apply((name) => tensors[name] as Tensor, images as Tensor, { mode: 'train' }).y,
      { images: waves([2, 32, 32, 3], 0, 1), ...Object.fromEntries(parameters) },
    );
    expectNear(value, fromNested(wanted['vit-tiny-16']), 2e-5);
  });

  it.each([32, 48, 96])('takes images of %i px', async (size) => {
    const { value } = await runOnce(
      ({ images, ...tensors }) => layer.apply((name) => tensors[name] as Tensor, images as Tensor, { mode: 'train' }).y,
      { images: normals([2, size, size, 3], 1), ...state },
    );
    expect(value?.shape).toEqual([2, 192]);
    expect(layer.trace([size, size, 3]).shape).toEqual([192]);
    // The last normalisation: mean 0, deviation 1 for every image; and images differ.
    const rows = [0, 192].map((start) => Array.from(value?.data.slice(start, start + 192) ?? []));
    for (const row of rows) {
      expect(row.reduce((sum, x) => sum + x, 0) / 192).toBeCloseTo(0, 4);
      expect(row.reduce((sum, x) => sum + x * x, 0) / 192).toBeCloseTo(1, 3);
    }
    expect(Math.max(...(rows[0] ?? []).map((x, i) => Math.abs(x - (rows[1]?.[i] ?? 0))))).toBeGreaterThan(0.01);
  });

  it.each([0, 8, 28, 100, 225])('refuses views of %i px before anything is computed', (size) => {
    const trace = (): unknown => layer.trace([size, size, 3]);
    expect(trace).toThrow(UserError);
    expect(trace).toThrow(`Expected views whose size is a multiple of 16, got ${size} x ${size} px.`);
    expect(layer.trace([224, 224, 3]).shape).toEqual([192]);
  });

  it('lets no gradient into the patch projection, nor behind it', async () => {
    const names = ['cls_token', 'blocks.0.attn.qkv.weight', 'norm.weight'];
    const differentiate = (asked: readonly string[]) =>
      runOnce(
        (tensors) => {
          const { y, buffers } = layer.apply((name) => tensors[name] as Tensor, tensors['images'] as Tensor, {
            mode: 'train',
          });
          expect(buffers).toEqual({});
          const variables = Object.fromEntries(asked.map((name) => [name, tensors[name] as Tensor]));
          return gradients(tf.sum(tf.mul(y, tensors['weights'] as Tensor)), variables);
        },
        { images: normals([2, 32, 32, 3], 1), weights: normals([2, 192], 2), ...state },
      );
    const got = await differentiate(names);
    for (const name of names) expect(got[name]?.data.some((value) => value !== 0)).toBe(true);
    const fixed = ['patch_embed.proj.weight', 'patch_embed.proj.bias', 'images'];
    await expect(differentiate([...names, ...fixed])).rejects.toThrow(
      `The result does not depend on: ${fixed.join(', ')}.`,
    );
  });
});

describe('learnt positions', () => {
  const { layer } = createBackbone('vit-tiny-16', { positions: 'learned', viewSize: 48 });

  it('are a parameter for the grid of the views, the class token first, drawn as in timm', () => {
    const { shape, kind, initialize } = layer.variables['pos_embed'] as VariableSpec;
    expect([shape, kind]).toEqual([[1, 10, 192], 'parameter']);
    const values = initialize(shape, randomStream(1));
    expect(Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length)).toBeCloseTo(0.02, 3);
    const { variables } = createBackbone('vit-tiny-16', { positions: 'learned' }).layer;
    expect(variables['pos_embed']?.shape).toEqual([1, 197, 192]);
    expect(Object.keys(createBackbone('vit-tiny-16', { positions: 'fixed', viewSize: 48 }).layer.variables)).toEqual(
      Object.keys(layer.variables).filter((name) => name !== 'pos_embed'),
    );
  });

  it('refuse views of another size, whose patches have none', () => {
    expect(layer.trace([48, 48, 3]).shape).toEqual([192]);
    expect(() => layer.trace([96, 96, 3])).toThrow(UserError);
    expect(() => layer.trace([96, 96, 3])).toThrow(
      'Expected views of 48 x 48 px, for whose patches positions are learnt, got 96 x 96 px.',
    );
    expect(() => layer.trace([50, 50, 3])).toThrow('a multiple of 16');
  });

  it('get a gradient', async () => {
    const { pos_embed } = await runOnce(
      (tensors) => {
        const { y } = layer.apply((name) => tensors[name] as Tensor, tensors['images'] as Tensor, { mode: 'train' });
        const loss = tf.sum(tf.mul(y, tensors['weights'] as Tensor));
        return gradients(loss, { pos_embed: tensors['pos_embed'] as Tensor });
      },
      { images: normals([2, 48, 48, 3], 1), weights: normals([2, 192], 2), ...initialValues(layer.variables, 1) },
    );
    expect(pos_embed?.shape).toEqual([1, 10, 192]);
    for (let token = 0; token < 10; token++) {
      expect(pos_embed?.data.slice(192 * token, 192 * (token + 1)).some((value) => value !== 0)).toBe(true);
    }
  });
});

describe('the number of heads', () => {
  it("is the variant's, or one that divides a token", () => {
    const shapes = (heads: number | 'auto') =>
      Object.values(createBackbone('vit-small-16', { heads }).layer.variables).map(({ shape }) => shape);
    expect(shapes(6)).toEqual(shapes('auto'));
    const build = (): unknown => createBackbone('vit-small-16', { heads: 7 });
    expect(build).toThrow(UserError);
    expect(build).toThrow('backbone.heads: expected a number that divides 384, got 7.');
  });
});

describe('positions', () => {
  it('are the published sines and cosines, the row first', () => {
    const [rows, columns, size] = [3, 5, 16];
    const positions = gridPositions(rows, columns, size);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let d = 0; d < size; d++) {
          const omega = 1 / 10_000 ** ((d % (size / 4)) / (size / 4));
          const angle = (d < size / 2 ? row : column) * omega;
          const isSine = Math.floor(d / (size / 4)) % 2 === 0;
          const wanted = isSine ? Math.sin(angle) : Math.cos(angle);
          expect(positions[(row * columns + column) * size + d]).toBeCloseTo(wanted, 6);
        }
  });

  it('are added to the patches, row by row, after a class token that has none', async () => {
    const [rows, columns, size] = [2, 3, 4];
    const patches = normals([2, rows, columns, size], 1);
    const token = [5, 6, 7, 8];
    const { value } = await runOnce(
      (inputs) =>
        positionedTokens(size).apply((name) => inputs[name] as Tensor, inputs['x'] as Tensor, { mode: 'train' }).y,
      { x: patches, cls_token: fromNested([[token]]) },
    );
    const positions = gridPositions(rows, columns, size);
    const wanted = [0, 1].flatMap((image) => [
      ...token,
      ...Array.from(positions, (position, i) => position + (patches.data[image * positions.length + i] as number)),
    ]);
    expectNear(value, float32(wanted, [2, 1 + rows * columns, size]), 1e-6);
  });
});
