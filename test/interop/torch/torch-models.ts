import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type BackboneName, createBackbone } from '../../../src/backbones/create-backbone.ts';
import type { FileTensor } from '../../../src/checkpoint/dtypes.ts';
import type { BackboneConfig } from '../../../src/config/run-config.ts';
import type { TorchEncoder, TorchLibrary } from '../../../src/interop/torch/torch-names.ts';
import type { Layer } from '../../../src/nn/layer.ts';
import { elementCount, float32, type HostTensor } from '../../../src/runtime/host-tensor.ts';
import { runOnce } from '../../../src/runtime/run-once.ts';
import type { Tensor } from '../../../src/runtime/tf.ts';

/** An entry of a fixture of test/fixtures/torch-models/make.py. */
export interface TorchModel {
  readonly library: TorchLibrary;
  readonly backbone: { readonly name: BackboneName };
  readonly size: number;
}

export function readTorchModels<T>(name: string): readonly (TorchModel & T)[] {
  return JSON.parse(readFileSync(new URL(`../../fixtures/torch-models/${name}.json`, import.meta.url), 'utf8'));
}

/** Settings, complete. */
export function settingsOf(backbone: TorchModel['backbone']): BackboneConfig {
  const defaults = backbone.name.startsWith('vit-')
    ? { positions: 'fixed', heads: 'auto' }
    : { stem: 'imagenet', width: 64, zeroInitResidual: false, init: 'he-fan-out' };
  return { ...defaults, ...backbone } as BackboneConfig;
}

export function layerOf({ backbone, size }: TorchEncoder): Layer {
  return createBackbone(backbone.name, { ...backbone, viewSize: size }).layer;
}

/** A value for each variable of a backbone, under its name in a state. */
export function stateOf(
  encoder: TorchEncoder,
  valueFor: (shape: readonly number[], name: string) => HostTensor,
): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(layerOf(encoder).variables).map(([name, { shape }]) => [`backbone.${name}`, valueFor(shape, name)]),
  );
}

/** Features of images by the tensors of a state. */
export async function featuresOf(
  encoder: TorchEncoder,
  state: Readonly<Record<string, HostTensor>>,
  images: HostTensor,
): Promise<HostTensor> {
  const layer = layerOf(encoder);
  const { value } = await runOnce(
    ({ images: x, ...tensors }) =>
      layer.apply((name) => tensors[`backbone.${name}`] as Tensor, x as Tensor, { mode: 'eval' }).y,
    { images, ...state },
  );
  return value as HostTensor;
}

/** Types, shapes and hashes of values: tensors of millions take too long to compare one by one. */
export function digests(tensors: Readonly<Record<string, FileTensor>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
      name,
      [dtype, shape, createHash('sha256').update(data).digest('hex')],
    ]),
  );
}

/** The values of make.py's `hashed`, in [-1, 1). */
export function hashed(shape: readonly number[], start: number): HostTensor {
  const values = Float32Array.from({ length: elementCount(shape) }, (_, i) => {
    let x = i + start * 1_000_003;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
  return float32(values, shape);
}

/** The values of make.py's `fill` for tensor `place` of a state dictionary, in PyTorch's layout. */
export function filled(name: string, shape: readonly number[], place: number): HostTensor {
  const raw = hashed(shape, place);
  const scaled = (scale: number, added = 0): HostTensor => ({ ...raw, data: raw.data.map((x) => added + x * scale) });
  if (name.endsWith('running_var')) return scaled(1 / 2, 1);
  if (!name.endsWith('weight')) return scaled(1 / 4);
  return shape.length === 1 ? scaled(1 / 4, 1) : scaled(Math.sqrt(3 / elementCount(shape.slice(1))));
}
