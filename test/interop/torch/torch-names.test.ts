import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BackboneName, createBackbone } from '../../../src/backbones/create-backbone.ts';
import type { BackboneConfig } from '../../../src/config/run-config.ts';
import { fromTorchNames, type TorchLibrary, torchTensors } from '../../../src/interop/torch/torch-names.ts';
import { gridPositions } from '../../../src/nn/tokens.ts';
import { float32, type HostTensor, zeros } from '../../../src/runtime/host-tensor.ts';

interface Model {
  readonly libraries: readonly TorchLibrary[];
  readonly backbone: { readonly name: BackboneName };
  readonly size: number;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

const models: readonly Model[] = JSON.parse(
  readFileSync(new URL('../../fixtures/torch-models/models.json', import.meta.url), 'utf8'),
);

/** The settings of a backbone, complete. */
function settingsOf(backbone: Model['backbone']): BackboneConfig {
  return (
    backbone.name.startsWith('vit-') ? backbone : { zeroInitResidual: false, init: 'he-fan-out', ...backbone }
  ) as BackboneConfig;
}

function stateOf(settings: BackboneConfig): Record<string, HostTensor> {
  const { variables } = createBackbone(settings.name, settings as never).layer;
  return Object.fromEntries(Object.entries(variables).map(([name, { shape }]) => [`backbone.${name}`, zeros(shape)]));
}

describe('the tensors for PyTorch', () => {
  const cases = models.flatMap(({ libraries, ...model }) => libraries.map((library) => ({ library, ...model })));
  it.each(cases)(
    "are what $library's $backbone.name has, but its classifier",
    ({ library, backbone, size, shapes }) => {
      const settings = settingsOf(backbone);
      const tensors = { ...stateOf(settings), 'projector.0.weight': zeros([2, 2]), queue: zeros([2, 3]) };
      const found = torchTensors(library, { backbone: settings, size, tensors });
      expect(Object.fromEntries(Object.entries(found).map(([name, { shape }]) => [name, shape]))).toEqual(shapes);
      // Back to our names; what a library has beside our variables is known by its end.
      const variables = Object.keys(stateOf(settings)).map((name) => name.replace('backbone.', ''));
      const back = Object.keys(fromTorchNames(found)).filter((name) => !/num_batches_tracked$|^pos_embed$/.test(name));
      expect(back.sort()).toEqual(variables.sort());
    },
  );

  it('count no batches, as in a new model, in int64', () => {
    const backbone = settingsOf({ name: 'resnet18', stem: 'cifar', width: 2 } as Model['backbone']);
    const found = torchTensors('timm', { backbone, size: 32, tensors: stateOf(backbone) });
    const counters = Object.entries(found).filter(([name]) => name.endsWith('num_batches_tracked'));
    expect(counters).toHaveLength(Object.keys(found).filter((name) => name.endsWith('running_mean')).length);
    for (const [, counter] of counters)
      expect(counter).toEqual({ dtype: 'int64', shape: [], data: BigInt64Array.of(0n) });
  });

  it.each([
    ['timm', 'pos_embed'],
    ['torchvision', 'encoder.pos_embedding'],
  ] as const)('hold fixed positions for %s, none for the class token', (library, name) => {
    const backbone = settingsOf({ name: 'vit-tiny-16' });
    const found = torchTensors(library, { backbone, size: 48, tensors: stateOf(backbone) });
    const wanted = [...new Float32Array(192), ...gridPositions(3, 3, 192)];
    expect(found[name]).toEqual(float32(wanted, [1, 10, 192]));
  });
});

describe("names of torchvision's vision transformers", () => {
  it('are told in their old form too, which its files have', () => {
    const names = ['mlp.linear_1.weight', 'mlp.linear_2.bias', 'ln_2.weight'];
    const theirs = names.map((name) => `encoder.layers.encoder_layer_11.${name}`);
    expect(Object.keys(fromTorchNames(Object.fromEntries(theirs.map((name) => [name, 0]))))).toEqual([
      'blocks.11.mlp.fc1.weight',
      'blocks.11.mlp.fc2.bias',
      'blocks.11.norm2.weight',
    ]);
  });

  it('leave what no vision transformer has', () => {
    const names = ['layer1.0.conv1.weight', 'fc.weight', 'encoder.other', 'normal.weight', 'head_drop'];
    const tensors = Object.fromEntries(names.map((name, i) => [name, i]));
    expect(fromTorchNames(tensors)).toEqual(tensors);
    expect(fromTorchNames({ 'heads.head.weight': 1 })).toEqual({ 'head.weight': 1 });
  });
});
