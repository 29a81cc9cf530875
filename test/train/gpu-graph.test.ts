import { expect, it } from 'vitest';
import { resnet } from '../../src/backbones/resnet.ts';
import { vit } from '../../src/backbones/vit.ts';
import { createMethod } from '../../src/methods/create-method.ts';
import type { HostTensor } from '../../src/runtime/host-tensor.ts';
import type { DeviceKind } from '../../src/runtime/session-settings.ts';
import { normals, scalars, sgd, stepProgram, TINY_OPTIONS } from '../methods/tiny-methods.ts';
import { expectNear } from '../support-tensors.ts';

const SHAPE = [12, 32, 32, 3];
const RESNET = { stem: 'cifar', width: 8, zeroInitResidual: false, init: 'torch' } as const;

const BACKBONES = {
  'a ResNet': () => resnet({ block: 'basic', stages: [1, 1, 1, 1] }, RESNET),
  bottlenecks: () => resnet({ block: 'bottleneck', stages: [1, 1, 1, 1] }, { ...RESNET, stem: 'imagenet' }),
  'a ViT': () => vit({ size: 24, heads: 3, depth: 2 }, {}),
};

async function step(parts: Parameters<typeof stepProgram>[0], graphFor: DeviceKind) {
  const program = await stepProgram(parts, SHAPE, { device: 'cpu', graphFor });
  try {
    const inputs = { a: normals(SHAPE, 1), b: normals(SHAPE, 2), ...scalars(0.1, 0.5) };
    const outputs = await program.run('train', inputs);
    return { ...outputs, ...(await program.read()) } as Record<string, HostTensor>;
  } finally {
    program.close();
  }
}

it.each([
  ['simclr', 'a ViT', 'float32'],
  ['moco', 'a ResNet', 'float32'],
  ['mocov3', 'a ResNet', 'float32'],
  ['byol', 'bottlenecks', 'float32'],
  ['simclr', 'a ResNet', 'bfloat16'],
] as const)(
  '%s with %s in %s: the form for GPUs computes the step of the form for CPUs',
  async (name, backbone, precision) => {
    const parts = {
      method: createMethod(TINY_OPTIONS[name], { backbone: BACKBONES[backbone](), precision }),
      optimizer: sgd,
    };
    const [onCpu, onGpu] = [await step(parts, 'cpu'), await step(parts, 'gpu')];
    expect(Object.keys(onGpu)).toEqual(Object.keys(onCpu));
    for (const [key, wanted] of Object.entries(onCpu)) {
      expect(() => expectNear(onGpu[key], wanted, precision === 'float32' ? 1e-4 : 0.1), key).not.toThrow();
    }
  },
);
