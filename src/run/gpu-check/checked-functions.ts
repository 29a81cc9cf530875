import { drawView } from '../../augment/draw.ts';
import { makeViews } from '../../augment/make-views.ts';
import { viewInputs } from '../../augment/view-inputs.ts';
import { planViews } from '../../augment/view-plan.ts';
import type { DrawSettings } from '../../config/view-settings.ts';
import { batchContrast, queueContrast } from '../../losses/info-nce.ts';
import { l2Normalize } from '../../losses/l2-normalize.ts';
import { normalizedSquaredDistance } from '../../losses/normalized-squared-distance.ts';
import { ntXent } from '../../losses/nt-xent.ts';
import { lookupIn } from '../../nn/layer.ts';
import { createOptimizer } from '../../optim/optimizer.ts';
import type { OptimizerOptions } from '../../optim/optimizer-options.ts';
import { conv2d } from '../../runtime/conv2d.ts';
import { fusedBatchNorm } from '../../runtime/fused-batch-norm.ts';
import { gradients } from '../../runtime/gradients.ts';
import { elementCount, float32, type HostTensor, uint8 } from '../../runtime/host-tensor.ts';
import { matMul, maxPool2d } from '../../runtime/ops.ts';
import { type Tensor, type Tensors, tf } from '../../runtime/tf.ts';
import { randomStream } from '../../util/rng.ts';
import type { Values } from './compare-values.ts';

/** A function of a few tensors, small enough that rounding alone tells its values from those of another device. */
export interface CheckedFunction {
  readonly name: string;
  readonly inputs: Values;
  readonly build: (inputs: Tensors) => Tensors;
  /** Products or convolutions whose rounding adds up in its values: what TensorFloat-32 adds grows with them. */
  readonly products: number;
}

function normals(shape: readonly number[], seed: number, { mean = 0 } = {}): HostTensor {
  const random = randomStream(4, seed);
  return float32(
    Float32Array.from({ length: elementCount(shape) }, () => mean + random.normal()),
    shape,
  );
}

/** The values of a function, and its gradients weighted by `weight`, which has the shape of `y`. */
function withGradients(build: (inputs: Tensors) => Tensor): CheckedFunction['build'] {
  return ({ weight, ...inputs }) => {
    const y = build(inputs);
    const found = gradients(y, inputs, weight);
    return { y, ...Object.fromEntries(Object.entries(found).map(([name, value]) => [`gradient of ${name}`, value])) };
  };
}

const at = (tensors: Tensors, name: string): Tensor => lookupIn(tensors)(name);

function convolutionOf(kernel: number, stride: number): CheckedFunction {
  const side = Math.ceil(16 / stride);
  return {
    name: `convolution ${kernel} x ${kernel}, stride ${stride}`,
    products: 1,
    inputs: {
      x: normals([8, 16, 16, 16], 0),
      filter: normals([kernel, kernel, 16, 32], 1),
      weight: normals([8, side, side, 32], 2),
    },
    build: withGradients((inputs) => conv2d(at(inputs, 'x'), at(inputs, 'filter'), stride, (kernel - 1) >> 1)),
  };
}

const batchNormOf = (mode: 'train' | 'eval'): CheckedFunction => ({
  name: `BatchNorm, ${mode === 'train' ? 'of the batch' : 'of stored statistics'}`,
  products: 1,
  inputs: {
    x: normals([8, 12, 12, 16], 3, { mean: 1 }),
    ...{ scale: normals([16], 4, { mean: 1 }), shift: normals([16], 5), weight: normals([8, 12, 12, 16], 6) },
    ...{ mean: normals([16], 7), variance: float32(normals([16], 8).data.map(Math.abs) as Float32Array, [16]) },
  },
  build: ({ mean, variance, weight, ...inputs }) => {
    const parameters = { weight: at(inputs, 'scale'), bias: at(inputs, 'shift'), mean, variance } as {
      [name in 'weight' | 'bias' | 'mean' | 'variance']: Tensor;
    };
    const momentum = mode === 'train' ? 0.1 : undefined;
    const made = fusedBatchNorm(at(inputs, 'x'), parameters, { epsilon: 1e-5, momentum, relu: false });
    if (mode === 'eval') return { y: made.y };
    return { y: made.y, mean: made.mean, variance: made.variance, ...gradients(made.y, inputs, weight) };
  },
});

function lossOf(name: string, names: readonly string[], loss: (tensors: Tensor[]) => Tensor): CheckedFunction {
  return {
    ...{ name: `loss: ${name}`, products: 4 },
    inputs: Object.fromEntries(names.map((each, i) => [each, normals([64, 32], 10 + i)])),
    build: withGradients((inputs) => loss(names.map((each) => at(inputs, each)))),
  };
}

/** Everything that a recipe may do to a view, and often. */
const VIEW: DrawSettings = {
  crop: { area: [0.2, 1], ratio: [3 / 4, 4 / 3], interpolation: 'bicubic' },
  flip: 0.5,
  jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  grey: 0.2,
  blur: { probability: 0.5, sigma: [0.1, 2], kernel: 5 },
  solarize: { probability: 0.3, threshold: 0.5 },
};

function views(): CheckedFunction {
  const [count, side, size] = [16, 40, 32];
  const random = randomStream(5);
  const pixels = Uint8Array.from({ length: count * side * side * 3 }, () => random.integer(256));
  const plan = planViews([VIEW], {
    ...{ size, cropOnDevice: true },
    normalization: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  });
  const draws = Array.from({ length: 2 * count }, (_, i) => drawView(VIEW, side, side, randomStream(5, i)));
  return {
    name: 'views: crop, flip, jitter, grey, blur, solarize',
    products: 4,
    inputs: { images: uint8(pixels, [count, side, side, 3]), ...viewInputs(draws, plan) },
    build: ({ images, ...drawn }) => ({ views: makeViews(images as Tensor, drawn, plan) }),
  };
}

const SHARED = { weightDecay: 1e-2, excludeBiasAndNorm: false } as const;
const OPTIMIZERS: readonly OptimizerOptions[] = [
  { name: 'sgd', momentum: 0.9, nesterov: true, ...SHARED },
  {
    ...{ name: 'lars', momentum: 0.9, nesterov: false, momentumForm: 'google', trustForm: 'joint' },
    ...{ trustCoefficient: 0.001, clip: false, ...SHARED },
  },
  { name: 'adamw', betas: [0.9, 0.999], epsilon: 1e-8, ...SHARED },
];

/** An update of a matrix and a vector, with slots that hold something already. */
function optimizerOf(options: OptimizerOptions): CheckedFunction {
  const optimizer = createOptimizer({ ...options, clipGradientNorm: 1 });
  const shapes = { matrix: [48, 64], vector: [64] };
  const slots = Object.entries(optimizer.initialize(shapes)).map(([name, { shape }], i): [string, HostTensor] => [
    name,
    shape.length === 0 ? float32([3], []) : float32(normals(shape, 20 + i).data.map(Math.abs) as Float32Array, shape),
  ]);
  const parts = Object.entries(shapes);
  return {
    name: `optimizer: ${options.name}`,
    products: 1,
    inputs: {
      ...Object.fromEntries(parts.map(([name, shape], i) => [name, normals(shape, 30 + i)])),
      ...Object.fromEntries(parts.map(([name, shape], i) => [`gradient.${name}`, normals(shape, 40 + i)])),
      ...Object.fromEntries(slots),
      learningRate: float32([0.1], []),
    },
    build: (inputs) => {
      const named = (prefix: string): Tensors =>
        Object.fromEntries(parts.map(([name]) => [name, at(inputs, `${prefix}${name}`)]));
      const { gradients: clipped, metrics } = optimizer.clip(named('gradient.'));
      return { ...metrics, ...optimizer.update(named(''), clipped, lookupIn(inputs), at(inputs, 'learningRate')) };
    },
  };
}

/** The functions that are checked one by one. */
export function checkedFunctions(): CheckedFunction[] {
  return [
    {
      ...{ name: 'matrix product', products: 1 },
      inputs: { a: normals([128, 256], 50), b: normals([256, 64], 51), weight: normals([128, 64], 52) },
      build: withGradients((inputs) => matMul(at(inputs, 'a'), at(inputs, 'b'))),
    },
    ...(
      [
        [3, 1],
        [3, 2],
        [1, 2],
        [7, 2],
      ] as const
    ).map(([kernel, stride]) => convolutionOf(kernel, stride)),
    {
      ...{ name: 'max-pooling', products: 1 },
      inputs: { x: normals([8, 16, 16, 16], 53), weight: normals([8, 8, 8, 16], 54) },
      build: withGradients((inputs) => maxPool2d(at(inputs, 'x'), 3, 2, 1)),
    },
    batchNormOf('train'),
    batchNormOf('eval'),
    lossOf('NT-Xent', ['a', 'b'], (z) => ntXent(z, 0.5)),
    lossOf('InfoNCE, queue', ['a', 'b', 'c'], (z) => {
      const [q, k, queue] = z.map(l2Normalize) as [Tensor, Tensor, Tensor];
      return queueContrast(q, k, queue, 0.2);
    }),
    lossOf('InfoNCE, batch', ['a', 'b'], (z) => {
      const [q, k] = z.map(l2Normalize) as [Tensor, Tensor];
      return batchContrast(q, k, 0.2);
    }),
    lossOf('BYOL', ['a', 'b'], ([a, b]) => tf.mean(normalizedSquaredDistance(a as Tensor, b as Tensor))),
    views(),
    ...OPTIMIZERS.map(optimizerOf),
  ];
}
