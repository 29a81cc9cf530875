import { describe, expect, it } from 'vitest';
import { type BackboneName, createBackbone } from '../../src/backbones/create-backbone.ts';
import type { ResnetOptions } from '../../src/backbones/resnet.ts';
import { initialValues } from '../../src/methods/initial-values.ts';
import { batchNorm } from '../../src/nn/batch-norm.ts';
import { convolution } from '../../src/nn/convolution.ts';
import { type Layer, pure, sequential } from '../../src/nn/layer.ts';
import { residual } from '../../src/nn/residual.ts';
import { recordedConvolutions } from '../../src/runtime/convolution.ts';
import { gradients } from '../../src/runtime/gradients.ts';
import { fromNested, type HostTensor, type NestedNumbers } from '../../src/runtime/host-tensor.ts';
import { maxPool2d, relu } from '../../src/runtime/ops.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { normals } from '../methods/tiny-methods.ts';
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
    ['resnet101', 44_549_160 - 2_049_000],
    ['wide-resnet50-2', 68_883_240 - 2_049_000],
  ] as const)("has torchvision's number of parameters: %s", (name, wanted) => {
    expect(countOf(name, {}, 'parameter')).toBe(wanted);
  });

  it.each([
    ['resnet18x2', 'resnet18', 1024],
    ['resnet50x2', 'resnet50', 4096],
    ['resnet101x2', 'resnet101', 4096],
  ] as const)('has twice the channels everywhere: %s', (name, plain, featureSize) => {
    expect(createBackbone(name, options).featureSize).toBe(featureSize);
    const shapes = (layer: Layer): unknown => Object.entries(layer.variables).map(([key, { shape }]) => [key, shape]);
    const wide = createBackbone(name, options).layer;
    expect(shapes(wide)).toEqual(shapes(createBackbone(plain, { ...options, width: 128 }).layer));
  });

  it('has the 94 million parameters of the ResNet-50 (2x) in the SimCLR paper, table 6', () => {
    expect(countOf('resnet50x2', {}, 'parameter')).toBe(93_907_072);
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

  const sizes = [28, 32, 33, 61, 96, 224].flatMap((size) =>
    (['imagenet', 'cifar'] as const).map((stem) => ({ size, stem })),
  );
  it.each(sizes)('takes images of $size px with the $stem stem, shaped as traced', async ({ size, stem }) => {
    const width = 4;
    const { layer, featureSize } = createBackbone('resnet18', { ...options, stem, width });
    let maps: number[] = [];
    const { value } = await runOnce(
      ({ images, ...state }) => {
        const { y } = layer.apply((name) => state[name] as Tensor, images as Tensor, { mode: 'train' });
        maps = recordedConvolutions().map((convolution) => convolution.y.shape[1] as number);
        return y;
      },
      { images: normals([2, size, size, 3], 1), ...initialValues(layer.variables, 1) },
    );
    expect(value?.shape).toEqual([2, featureSize]);
    expect(value?.data.every(Number.isFinite)).toBe(true);
    // A layer of stride 2 halves and rounds up.
    const first = stem === 'imagenet' ? Math.ceil(size / 2) : size;
    const pooled = stem === 'imagenet' ? Math.ceil(first / 2) : first;
    const stages = [1, 2, 4, 8].map((stride) => Math.ceil(pooled / stride));
    expect(maps).toEqual([first, ...stages.flatMap((side, stage) => Array(stage === 0 ? 4 : 5).fill(side))]);
    // Convolution and BatchNorm of each, three more in a block (ReLU, sum, ReLU), a ReLU (and the pool) in the stem.
    const head = (stem === 'imagenet' ? 3 * first ** 2 + pooled ** 2 : 3 * first ** 2) * width;
    const blocks = stages.map((side, stage) => (2 * (stage === 0 ? 4 : 5) + 2 * 3) * side ** 2 * width * 2 ** stage);
    expect(layer.trace([size, size, 3])).toEqual({
      shape: [featureSize],
      activations: head + blocks.reduce((a, b) => a + b, 0) + featureSize,
    });
  });

  it.each([
    ['resnet18', 'imagenet', [4, 8, 16, 32], [4, 8, 16, 32]],
    ['resnet50', 'cifar', [1, 2, 4, 8], [16, 32, 64, 128]],
  ] as const)('gives its four stages, which lead to its features: %s, %s stem', async (name, stem, strides, widths) => {
    const { layer, stages = [] } = createBackbone(name, { ...options, stem, width: 4 });
    expect(Object.assign({}, ...stages.map(({ variables }) => variables))).toEqual(layer.variables);
    const { pooled, features, ...maps } = await runOnce(
      ({ images, ...state }) => {
        const lookup = (key: string): Tensor => state[key] as Tensor;
        let y = images as Tensor;
        const found = stages.map((stage, i) => {
          y = stage.apply(lookup, y, { mode: 'eval' }).y;
          return [`c${i + 2}`, y] as const;
        });
        const whole = layer.apply(lookup, images as Tensor, { mode: 'eval' }).y;
        return { ...Object.fromEntries(found), pooled: tf.mean(y, [1, 2]), features: whole };
      },
      { images: normals([2, 64, 64, 3], 1), ...initialValues(layer.variables, 1) },
    );
    expectNear(pooled, features as HostTensor);
    const shapes = strides.map((stride, i) => [2, 64 / stride, 64 / stride, widths[i]]);
    expect(Object.values(maps).map(({ shape }) => shape)).toEqual(shapes);
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
    const result = await runOnce(
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
    const { value } = await runOnce(({ images }) => maxPool2d(images as Tensor, 3, 2, 1), { images: x });
    expectNear(value, fromNested([[[[-1]]]]));
  });
});
