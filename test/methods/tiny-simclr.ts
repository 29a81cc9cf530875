import type { Backbone } from '../../src/backbones/resnet.ts';
import { initialValues, type Method } from '../../src/methods/method.ts';
import { simclr } from '../../src/methods/simclr.ts';
import { batchNorm } from '../../src/nn/batch-norm.ts';
import { convolution } from '../../src/nn/convolution.ts';
import { pure, sequential } from '../../src/nn/layer.ts';
import { createOptimizer } from '../../src/optim/optimizer.ts';
import { elementCount, float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { relu } from '../../src/runtime/ops.ts';
import { castTo, type Precision } from '../../src/runtime/precision.ts';
import { createProgram, type Program } from '../../src/runtime/program.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { parameterNames, trainStep } from '../../src/train/step.ts';
import { randomStream } from '../../src/util/rng.ts';

/** Independent standard normal values. */
export function normals(shape: readonly number[], seed: number): HostTensor {
  const random = randomStream(seed);
  return float32(
    Float32Array.from({ length: elementCount(shape) }, () => random.normal()),
    shape,
  );
}

/** Two convolutions with everything that a ResNet has but the shortcuts: [n, h, w, 3] -> [n, 2 width]. */
export function tinyBackbone(width: number): Backbone {
  const init = 'he-fan-out';
  const layer = sequential([
    ['conv1', convolution({ input: 3, output: width, kernel: 3, init })],
    ['bn1', batchNorm(width)],
    ['', pure(relu)],
    ['conv2', convolution({ input: width, output: 2 * width, kernel: 3, stride: 2, init })],
    ['bn2', batchNorm(2 * width)],
    ['', pure(relu)],
    ['', pure((x) => tf.mean(castTo(x, 'float32'), [1, 2]))],
  ]);
  return { layer, featureSize: 2 * width };
}

export function tinySimclr(width: number, precision: Precision = 'float32'): Method {
  const projector = { hidden: 2 * width, out: 8, layers: 2, batchNorm: true };
  return simclr({ temperature: 0.5, projector }, { backbone: tinyBackbone(width), precision });
}

export const sgd = createOptimizer({
  name: 'sgd',
  momentum: 0.9,
  nesterov: false,
  weightDecay: 1e-4,
  excludeBiasAndNorm: true,
});

/** Everything that a training run of the method changes, before its first step. */
export function initialState(method: Method): Record<string, HostTensor> {
  const shapes = Object.fromEntries(parameterNames(method).map((name) => [name, method.variables[name]?.shape ?? []]));
  return { ...initialValues(method.variables, 7), ...sgd.initialize(shapes) };
}

/** A program whose function `train` takes views `a` and `b` of `shape` and a scalar `rate`. */
export function trainingProgram(method: Method, shape: readonly number[]): Promise<Program> {
  const views = { shape, dtype: 'float32' } as const;
  return createProgram({
    state: initialState(method),
    functions: {
      train: {
        inputs: { a: views, b: views, rate: { shape: [], dtype: 'float32' } },
        build: (state, inputs) => {
          const { a, b, rate } = inputs as Record<'a' | 'b' | 'rate', Tensor>;
          return trainStep(method, sgd, state, [a, b], rate);
        },
      },
    },
    session: { device: 'cpu' },
  });
}
