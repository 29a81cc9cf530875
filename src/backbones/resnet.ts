import { batchNorm } from '../nn/batch-norm.ts';
import { convolution } from '../nn/convolution.ts';
import type { ConvolutionInit } from '../nn/initializers.ts';
import { type Layer, pure, sequential } from '../nn/layer.ts';
import { residual } from '../nn/residual.ts';
import { maxPool2d } from '../runtime/ops.ts';
import { castTo } from '../runtime/precision.ts';
import { tf } from '../runtime/tf.ts';
import type { Backbone } from './backbone.ts';

/** A ResNet variant: blocks in each of the four stages. */
export interface ResnetVariant {
  readonly block: 'basic' | 'bottleneck';
  readonly stages: readonly [number, number, number, number];
  /** Multiplies the channels of every layer, the stem included (google-research/simclr, width_multiplier). */
  readonly widen?: number | undefined;
  /** Multiplies the channels inside bottlenecks only (Zagoruyko and Komodakis, arXiv:1605.07146, as torchvision). */
  readonly widenInner?: number | undefined;
}

export interface ResnetOptions {
  /** `imagenet`: 7x7 stride 2 and max-pool; `cifar`: 3x3 stride 1 without pool (SimCLR, appendix B.9). */
  readonly stem: 'imagenet' | 'cifar';
  /** Channels of the first stage; 64 in the paper. */
  readonly width: number;
  /** Starts each block as the identity: the last BatchNorm's scale is 0 (Goyal et al., arXiv:1706.02677). */
  readonly zeroInitResidual: boolean;
  readonly init: ConvolutionInit;
}

interface BlockOptions {
  readonly input: number;
  readonly width: number;
  /** Channels inside a bottleneck, before its expansion. */
  readonly inner: number;
  readonly stride: number;
  readonly lastScale: number;
  readonly init: ConvolutionInit;
}

/** Output channels of a block, in those of its stage. */
export const EXPANSION = { basic: 1, bottleneck: 4 } as const;

function downsample({ input, stride, init }: BlockOptions, output: number): Layer | undefined {
  if (stride === 1 && input === output) return undefined;
  return sequential([
    ['0', convolution({ input, output, kernel: 1, stride, init })],
    ['1', batchNorm(output)],
  ]);
}

function basicBlock(options: BlockOptions): Layer {
  const { input, width, stride, lastScale, init } = options;
  const main = sequential([
    ['conv1', convolution({ input, output: width, kernel: 3, stride, init })],
    ['bn1', batchNorm(width, { relu: true })],
    ['conv2', convolution({ input: width, output: width, kernel: 3, init })],
    ['bn2', batchNorm(width, { scale: lastScale })],
  ]);
  return residual(main, downsample(options, width));
}

/** The stride sits in the 3x3 convolution, as in torchvision. */
function bottleneckBlock(options: BlockOptions): Layer {
  const { input, width, inner, stride, lastScale, init } = options;
  const output = EXPANSION.bottleneck * width;
  const main = sequential([
    ['conv1', convolution({ input, output: inner, kernel: 1, init })],
    ['bn1', batchNorm(inner, { relu: true })],
    ['conv2', convolution({ input: inner, output: inner, kernel: 3, stride, init })],
    ['bn2', batchNorm(inner, { relu: true })],
    ['conv3', convolution({ input: inner, output, kernel: 1, init })],
    ['bn3', batchNorm(output, { scale: lastScale })],
  ]);
  return residual(main, downsample(options, output));
}

function stem({ stem: kind, width, init }: ResnetOptions): (readonly [string, Layer])[] {
  const kernel = kind === 'imagenet' ? 7 : 3;
  const stride = kind === 'imagenet' ? 2 : 1;
  const pool = pure(
    (x) => maxPool2d(x, 3, 2, 1),
    ([height = 1, width_ = 1, channels = 1]) => [Math.ceil(height / 2), Math.ceil(width_ / 2), channels],
  );
  return [
    ['conv1', convolution({ input: 3, output: width, kernel, stride, init })],
    ['bn1', batchNorm(width, { relu: true })],
    ...(kind === 'imagenet' ? ([['', pool]] as const) : []),
  ];
}

/**
 * A ResNet without its classifier (He et al., arXiv:1512.03385), equal to torchvision's in layout, names and padding.
 *
 * Convolutions, BatchNorm and ReLU run in the element type of the input; pooling and features are float32.
 */
export function resnet(variant: ResnetVariant, options: ResnetOptions): Backbone {
  const { block, stages, widen = 1, widenInner = 1 } = variant;
  const { init } = options;
  const first = options.width * widen;
  const makeBlock = block === 'basic' ? basicBlock : bottleneckBlock;
  let input = first;
  const layers = stages.map((count, stage) => {
    const width = first * 2 ** stage;
    const blocks = Array.from({ length: count }, (_, i): readonly [string, Layer] => {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      const lastScale = options.zeroInitResidual ? 0 : 1;
      const made = makeBlock({ input, width, inner: width * widenInner, stride, lastScale, init });
      input = width * EXPANSION[block];
      return [String(i), made];
    });
    return [`layer${stage + 1}`, sequential(blocks)] as const;
  });
  const pool = pure(
    (x) => tf.mean(castTo(x, 'float32'), [1, 2]),
    ([, , channels = 1]) => [channels],
  );
  const [stage1, ...others] = layers as [(typeof layers)[0], ...typeof layers];
  const parts = [[...stem({ ...options, width: first }), stage1], ...others.map((each) => [each])].map(sequential);
  const layer = sequential([...parts.map((part) => ['', part] as const), ['', pool]]);
  return { layer, featureSize: input, stages: parts };
}
