import { describe, expect, it } from 'vitest';
import type { ResnetOptions } from '../../src/backbones/resnet.ts';
import { type BackboneName, createBackbone } from '../../src/backbones/table.ts';
import { batchNorm } from '../../src/nn/batch-norm.ts';
import { convolution } from '../../src/nn/convolution.ts';
import { pure, sequential } from '../../src/nn/layer.ts';
import { residual } from '../../src/nn/residual.ts';
import { evaluate } from '../../src/runtime/evaluate.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { fromNested, type HostTensor, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { maxPool2d, relu } from '../../src/runtime/ops.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { expectNear, fromNchw, fromOihw, readVectors } from '../support-tensors.ts';

const options: ResnetOptions = { stem: 'imagenet', width: 64, zeroInitResidual: false, init: 'he-fan-out' };

function countOf(name: BackboneName, changes: Partial<ResnetOptions>, kind: 'parameter' | 'buffer'): number {
  const { layer } = createBackbone(name, { ...options, ...changes });
  return Object.values(layer.variables)
    .filter((variable) => variable.kind === kind)
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

describe('resnet', () => {
  it.each([
    // torchvision's totals less the classifier's 1000 x (features + 1).
    ['resnet18', 11_689_512 - 513_000],
    ['resnet34', 21_797_672 - 513_000],
    ['resnet50', 25_557_032 - 2_049_000],
  ] as const)("has torchvision's number of parameters: %s", (name, wanted) => {
    expect(countOf(name, {}, 'parameter')).toBe(wanted);
  });

  interface Counts {
    cifar: { base_width: number; backbone_parameters: number; bn_buffers: number; feature_dim: number }[];
    shapes_width_16: Record<string, number[]>;
  }
  const counts = readVectors<Counts>('resnet_parameters');
  it.each(counts.cifar)("has lightly's number with the CIFAR stem at width $base_width", (wanted) => {
    const changes = { stem: 'cifar', width: wanted.base_width } as const;
    expect(countOf('resnet18', changes, 'parameter')).toBe(wanted.backbone_parameters);
    expect(countOf('resnet18', changes, 'buffer')).toBe(wanted.bn_buffers);
    expect(createBackbone('resnet18', { ...options, ...changes }).featureSize).toBe(wanted.feature_dim);
  });

  it("has torchvision's names, and PyTorch's shapes transposed", () => {
    const { layer } = createBackbone('resnet18', { ...options, stem: 'cifar', width: 16 });
    const oihw = (shape: readonly number[]): readonly number[] =>
      shape.length === 4 ? [3, 2, 0, 1].map((axis) => shape[axis] as number) : shape;
    const shapes = Object.entries(layer.variables)
      .filter(([, { kind }]) => kind === 'parameter')
      .map(([name, { shape }]) => [name.replace('downsample', 'shortcut'), oihw(shape)]);
    expect(Object.fromEntries(shapes)).toEqual(counts.shapes_width_16);
  });

  it('starts blocks as the identity when asked to', () => {
    const { layer } = createBackbone('resnet50', { ...options, zeroInitResidual: true });
    const first = (name: string): number | undefined =>
      layer.variables[name]?.initialize([1], { uniform: () => 0.5, integer: () => 0, normal: () => 0 })[0];
    expect(first('layer1.0.bn3.weight')).toBe(0);
    expect(first('layer1.0.bn2.weight')).toBe(1);
  });

  it('traces the shapes of its layers', () => {
    expect(createBackbone('resnet50', options).layer.trace([224, 224, 3]).shape).toEqual([2048]);
    expect(createBackbone('resnet18', { ...options, stem: 'cifar' }).layer.trace([32, 32, 3]).shape).toEqual([512]);
  });
});

describe('a residual block', () => {
  interface Vectors {
    params: Record<string, NestedNumbers>;
    x: NestedNumbers;
    grad_y: NestedNumbers;
    y: NestedNumbers;
    grad_x: NestedNumbers;
    grad_params: Record<string, NestedNumbers>;
    buffers_after: Record<string, NestedNumbers>;
  }

  it("equals PyTorch's at stride 2: output, gradients, running statistics", async () => {
    const vectors = readVectors<Vectors>('basic_block');
    const init = 'torch';
    const block = residual(
      sequential([
        ['conv1', convolution({ input: 2, output: 4, kernel: 3, stride: 2, init })],
        ['bn1', batchNorm(4)],
        ['', pure(relu)],
        ['conv2', convolution({ input: 4, output: 4, kernel: 3, init })],
        ['bn2', batchNorm(4)],
      ]),
      sequential([
        ['0', convolution({ input: 2, output: 4, kernel: 1, stride: 2, init })],
        ['1', batchNorm(4)],
      ]),
    );
    const ours = (name: string): string => name.replace('shortcut', 'downsample');
    const tensorOf = (name: string, value: NestedNumbers): HostTensor =>
      /conv\d|\.0\.weight/.test(name) ? fromOihw(value) : fromNested(value);
    const convert = (values: Record<string, NestedNumbers>): Record<string, HostTensor> =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [ours(name), tensorOf(name, value)]));
    const parameters = convert(vectors.params);
    const buffers = Object.fromEntries(
      Object.entries(block.variables)
        .filter(([, { kind }]) => kind === 'buffer')
        .map(([name]) => [name, fromNested(new Array(4).fill(name.endsWith('var') ? 1 : 0))]),
    );
    const result = await evaluate(
      (inputs) => {
        const x = inputs['x'] as Tensor;
        const { y, buffers: moved } = block.apply((name) => inputs[name] as Tensor, x, { mode: 'train' });
        const variables = Object.fromEntries(Object.keys(parameters).map((name) => [name, inputs[name] as Tensor]));
        const { x: gradX, ...rest } = gradients(y, { x, ...variables }, inputs['gradY']);
        return { y, gradX: gradX as Tensor, ...rest, ...moved };
      },
      { x: fromNchw(vectors.x), gradY: fromNchw(vectors.grad_y), ...parameters, ...buffers },
    );
    expectNear(result['y'], fromNchw(vectors.y));
    expectNear(result['gradX'], fromNchw(vectors.grad_x));
    for (const [name, value] of Object.entries(convert(vectors.grad_params))) expectNear(result[name], value);
    for (const [name, value] of Object.entries(convert(vectors.buffers_after))) expectNear(result[name], value);
  });

  it('pools with a border that never wins, also among negative values', async () => {
    const x = fromNested([
      [
        [[-4], [-3]],
        [[-2], [-1]],
      ],
    ]);
    const { value } = await evaluate(({ images }) => maxPool2d(images as Tensor, 3, 2, 1), { images: x });
    expectNear(value, fromNested([[[[-1]]]]));
  });
});
