import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBackbone } from '../../../src/backbones/create-backbone.ts';
import type { BackboneConfig } from '../../../src/config/run-config.ts';
import { toTorchLayout, toTorchShape } from '../../../src/interop/torch/torch-layout.ts';
import type { MatchTarget } from '../../../src/interop/weights/match-backbone.ts';
import type { WeightsFile } from '../../../src/interop/weights/read-weights.ts';
import type { VariableSpecs } from '../../../src/nn/layer.ts';
import { elementCount, type HostTensor } from '../../../src/runtime/host-tensor.ts';

/** Settings of a small ResNet, with changes. */
export function resnet(changes: Partial<Extract<BackboneConfig, { stem: unknown }>> = {}): BackboneConfig {
  return { name: 'resnet18', stem: 'imagenet', width: 2, zeroInitResidual: false, init: 'he-fan-out', ...changes };
}

/** Settings of a vision transformer, with changes. */
export function vit(changes: Partial<Exclude<BackboneConfig, { stem: unknown }>> = {}): BackboneConfig {
  return { name: 'vit-tiny-16', positions: 'fixed', heads: 'auto', ...changes };
}

/** A backbone as weights are matched with it. */
export function targetOf(settings: BackboneConfig, size = 32): MatchTarget {
  const { variables } = createBackbone(settings.name, { ...settings, viewSize: size }).layer;
  return { settings, variables, size };
}

/** Different values for every variable, in the layout of a state. */
export function valuesOf(variables: VariableSpecs, seed = 0): Record<string, HostTensor> {
  let next = seed;
  return Object.fromEntries(
    Object.entries(variables).map(([name, { shape }]) => {
      const data = Float32Array.from({ length: elementCount(shape) }, () => (next++ % 1000) / 1000);
      return [name, { dtype: 'float32' as const, shape, data }];
    }),
  );
}

/** The same in PyTorch's layout, under other names. */
export function inTorch(
  tensors: Readonly<Record<string, HostTensor>>,
  rename: (name: string) => string = (name) => name,
): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [rename(name), toTorchLayout(name, tensor)]),
  );
}

/** Tensors as a file of PyTorch has them. */
export function torchWeights(tensors: Readonly<Record<string, HostTensor>>): WeightsFile {
  return { path: 'weights.pth', kind: 'torch', layout: 'torch', tensors, metadata: {}, notes: [] };
}

/** A tensor of zeros. */
export function tensor(...shape: number[]): HostTensor {
  return { dtype: 'float32', shape, data: new Float32Array(elementCount(shape)) };
}

const NAMES = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/torch-names/names.json'), 'utf8'),
) as Record<string, Record<string, number[]>>;

/** A tensor of which the shape alone counts, but for positions. */
function withoutValues(name: string, shape: readonly number[]): HostTensor {
  const count = name.includes('pos_embed') ? elementCount(shape) : 0;
  return { dtype: 'float32', shape, data: new Float32Array(count) };
}

/** A network of torchvision or lightly, by its name in the fixture; its tensors have shapes and no values. */
export function shapesOf(network: string): WeightsFile {
  const found = Object.entries(NAMES[network] as Record<string, number[]>);
  return torchWeights(Object.fromEntries(found.map(([name, shape]) => [name, withoutValues(name, shape)])));
}

/** The variables of a backbone as a checkpoint of a run has them, or PyTorch, without values. */
export function shapesIn(settings: BackboneConfig, layout: 'tensorflow' | 'torch'): WeightsFile {
  const { variables } = targetOf(settings, 224);
  const tensors = Object.entries(variables).map(([name, { shape }]) => [
    `backbone.${name}`,
    withoutValues(name, layout === 'torch' ? toTorchShape(name, shape) : shape),
  ]);
  return { ...torchWeights(Object.fromEntries(tensors)), layout };
}
