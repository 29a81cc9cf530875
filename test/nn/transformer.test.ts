import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { attention } from '../../src/nn/attention.ts';
import { gelu } from '../../src/nn/gelu.ts';
import { type Layer, pure } from '../../src/nn/layer.ts';
import { layerNorm } from '../../src/nn/layer-norm.ts';
import { transformerBlock } from '../../src/nn/transformer-block.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { fromNested, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { cast, type ElementType } from '../../src/runtime/ops.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { expectNear } from '../support-tensors.ts';

interface Case {
  x: NestedNumbers;
  parameters: Record<string, NestedNumbers>;
  y: NestedNumbers;
  grad_y: NestedNumbers;
  gradients: Record<string, NestedNumbers>;
}
interface Vectors {
  sizes: { size: number; heads: number; hidden: number; epsilon: number };
  layer_norm: Case;
  gelu: Case;
  attention: Case;
  block: Case;
}
const vectors = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/transformer/transformer.json', import.meta.url)), 'utf8'),
) as Vectors;
const { size, heads, hidden, epsilon } = vectors.sizes;
const layers: readonly (readonly [Exclude<keyof Vectors, 'sizes'>, Layer, bfloat16: number, float16: number])[] = [
  ['layer_norm', layerNorm(size, { epsilon }), 0.04, 0.005],
  ['gelu', pure(gelu), 0.01, 0.002],
  ['attention', attention(size, heads), 0.04, 0.005],
  ['block', transformerBlock({ size, heads, hidden, epsilon }), 0.05, 0.008],
];

async function expectVectors(layer: Layer, values: Case, type: ElementType, tolerance: number): Promise<void> {
  expect(Object.keys(layer.variables)).toEqual(Object.keys(values.parameters));
  const { y, ...got } = await runOnce(
    (inputs) => {
      const x = inputs['x'] as Tensor;
      const names = Object.keys(values.parameters);
      const parameters = Object.fromEntries(names.map((name) => [name, inputs[name] as Tensor]));
      const applied = layer.apply((name) => inputs[name] as Tensor, cast(x, type), { mode: 'train' });
      const result = cast(applied.y, 'float32');
      return { y: result, ...gradients(result, { x, ...parameters }, inputs['gradY']) };
    },
    { x: values.x, gradY: values.grad_y, ...values.parameters },
  );
  expectNear(y, fromNested(values.y), tolerance);
  for (const [name, wanted] of Object.entries(values.gradients)) {
    expectNear(got[name], fromNested(wanted), tolerance);
  }
}

describe.each(layers)('%s', (name, layer, bfloat16, float16) => {
  it("equals PyTorch's: output and all gradients", async () => {
    await expectVectors(layer, vectors[name], 'float32', 1e-5);
  });

  it('is close to it in bfloat16 and float16', async () => {
    await expectVectors(layer, vectors[name], 'bfloat16', bfloat16);
    await expectVectors(layer, vectors[name], 'float16', float16);
  });

  it('has variables of the shapes that PyTorch has', () => {
    const shapes = Object.entries(layer.variables).map(([key, { shape }]) => [key, shape]);
    const wanted = Object.entries(vectors[name].parameters).map(([key, values]) => [key, fromNested(values).shape]);
    expect(shapes).toEqual(wanted);
  });
});
