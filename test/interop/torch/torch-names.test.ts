import { describe, expect, it } from 'vitest';
import { fromTorchLayout } from '../../../src/interop/torch/torch-layout.ts';
import { type TorchLibrary, torchTensors } from '../../../src/interop/torch/torch-names.ts';
import { fromTorchvisionVitName } from '../../../src/interop/torch/vit-names.ts';
import { gridPositions } from '../../../src/nn/tokens.ts';
import { float32, fromNested, type HostTensor, type NestedNumbers, zeros } from '../../../src/runtime/host-tensor.ts';
import { expectNear } from '../../support-tensors.ts';
import {
  digests,
  featuresOf,
  filled,
  hashed,
  readTorchModels,
  settingsOf,
  stateOf,
  type TorchModel,
} from './torch-models.ts';

const models = readTorchModels<{ libraries: TorchLibrary[]; shapes: Record<string, number[]> }>('models').flatMap(
  ({ libraries, ...model }) => libraries.map((library) => ({ ...model, library })),
);

describe('the tensors for PyTorch', () => {
  it.each(models)('are what $backbone.name of $library has', ({ library, backbone, size, shapes }) => {
    const encoder = { backbone: settingsOf(backbone), size };
    const state = stateOf(encoder, zeros);
    const tensors = { ...state, 'projector.0.weight': zeros([2, 2]), queue: zeros([2, 3]) };
    const found = torchTensors(library, { ...encoder, tensors });
    expect(Object.fromEntries(Object.entries(found).map(([name, { shape }]) => [name, shape]))).toEqual(shapes);
    const back = Object.keys(found).map((name) => `backbone.${fromTorchvisionVitName(name)}`);
    expect(back.filter((name) => !/num_batches_tracked$|\.pos_embed$/.test(name)).sort()).toEqual(
      Object.keys(state).sort(),
    );
  });

  it('count no batches, as in a new model, in int64', () => {
    const encoder = { backbone: settingsOf({ name: 'resnet18', width: 2 } as TorchModel['backbone']), size: 32 };
    const found = torchTensors('timm', { ...encoder, tensors: stateOf(encoder, zeros) });
    const counters = Object.entries(found).filter(([name]) => name.endsWith('num_batches_tracked'));
    expect(counters).toHaveLength(20);
    for (const [, counter] of counters) {
      expect(counter).toEqual({ dtype: 'int64', shape: [], data: BigInt64Array.of(0n) });
    }
  });

  it.each([
    ['timm', 'pos_embed'],
    ['torchvision', 'encoder.pos_embedding'],
  ] as const)('hold fixed positions for %s, none for the class token', (library, name) => {
    const encoder = { backbone: settingsOf({ name: 'vit-tiny-16' }), size: 48 };
    const found = torchTensors(library, { ...encoder, tensors: stateOf(encoder, zeros) });
    const wanted = [...new Float32Array(192), ...gridPositions(3, 3, 192)];
    expect(found[name]).toEqual(float32(wanted, [1, 10, 192]));
  });
});

describe('a model of PyTorch', () => {
  const computed = readTorchModels<{ features: NestedNumbers }>('features');
  it.each(computed)('$library $backbone.name at $size px has the same features here', async (model) => {
    const { library, features } = model;
    const encoder = { backbone: settingsOf(model.backbone), size: model.size };
    const theirs = torchTensors(library, { ...encoder, tensors: stateOf(encoder, zeros) });
    for (const [i, name] of Object.keys(theirs).sort().entries()) {
      const { dtype, shape } = theirs[name] as HostTensor;
      if (dtype === 'float32') theirs[name] = filled(name, shape, i + 1);
    }
    const named = Object.entries(theirs).map(([name, tensor]) => [fromTorchvisionVitName(name), tensor] as const);
    const ours = Object.fromEntries(named);
    const state = stateOf(encoder, (_, name) => fromTorchLayout(name, ours[name] as HostTensor));
    expect(digests(torchTensors(library, { ...encoder, tensors: state }))).toEqual(digests(theirs));
    const images = hashed([2, model.size, model.size, 3], 0);
    expectNear(await featuresOf(encoder, state, images), fromNested(features));
  });
});
