import { normalize } from '../../../src/augment/normalize.ts';
import { fromPlanes, toPlanes } from '../../../src/augment/planes.ts';
import type { Backbone } from '../../../src/backbones/backbone.ts';
import { type ResnetOptions, type ResnetVariant, resnet } from '../../../src/backbones/resnet.ts';
import { type VitOptions, vit } from '../../../src/backbones/vit.ts';
import type { GraphEncoder } from '../../../src/interop/graphs/encoder-graph.ts';
import { initialValues } from '../../../src/methods/initial-values.ts';
import { type Layer, prefixed, scoped } from '../../../src/nn/layer.ts';
import { mlp } from '../../../src/nn/mlp.ts';
import { type HostTensor, uint8 } from '../../../src/runtime/host-tensor.ts';
import { cast } from '../../../src/runtime/ops.ts';
import { runOnce } from '../../../src/runtime/run-once.ts';
import { type Tensor, type Tensors, tf } from '../../../src/runtime/tf.ts';
import { randomStream } from '../../../src/util/rng.ts';

/** ImageNet's, which differ in every channel. */
const NORMALIZATION = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

const tinyResnet = (block: ResnetVariant['block'], stem: ResnetOptions['stem']): Backbone => {
  const variant = { block, stages: [2, 1, 2, 1] } as const;
  return resnet(variant, { stem, width: 8, zeroInitResidual: false, init: 'torch' });
};

const tinyVit = (positions: VitOptions['positions']): Backbone =>
  vit({ size: 32, heads: 2 }, { positions, heads: 'auto', viewSize: 32 });

/** Small encoders with all that the real ones are made of; sides that stride 2 divides, and sides that it does not. */
export const TINY: Readonly<Record<string, GraphEncoder>> = {
  'basic blocks, CIFAR stem': tinyEncoder(tinyResnet('basic', 'cifar'), 16),
  'basic blocks, ImageNet stem': tinyEncoder(tinyResnet('basic', 'imagenet'), 45),
  'bottlenecks, CIFAR stem': tinyEncoder(tinyResnet('bottleneck', 'cifar'), 15),
  'bottlenecks, ImageNet stem': tinyEncoder(tinyResnet('bottleneck', 'imagenet'), 48),
  'vision transformer': tinyEncoder(tinyVit('fixed'), 32),
  'vision transformer, learnt positions': tinyEncoder(tinyVit('learned'), 32),
};

/** With a projector as MoCo v3's, whose last BatchNorm learns nothing. */
export const TINY_PROJECTED: GraphEncoder = tinyEncoder(
  tinyResnet('basic', 'cifar'),
  16,
  mlp({ input: 64, hidden: 24, output: 12, layers: 3, batchNorm: true, lastBias: false, lastBatchNorm: 'plain' }),
);

/** Those that have stages. */
export const TINY_RESNETS = Object.keys(TINY).filter((name) => TINY[name]?.backbone.stages !== undefined);

/** An encoder of that backbone whose variables are all drawn, so that none of them can be left out unseen. */
export function tinyEncoder(backbone: Backbone, size: number, projector?: Layer): GraphEncoder {
  const tensors = {
    ...prefixed('backbone.', initialValues(backbone.layer.variables, 1)),
    ...(projector && prefixed('projector.', initialValues(projector.variables, 2))),
  };
  const random = randomStream(3);
  const drawn = Object.entries(tensors).map(([name, { shape, dtype, data }]): [string, HostTensor] => {
    const isScale = name.endsWith('running_var');
    const isSmall = shape.length === 1 || name.endsWith('cls_token');
    const values = Float32Array.from(data, (value) => (isSmall ? value + 0.2 * random.normal() : value));
    return [name, { shape, dtype, data: isScale ? values.map((value) => Math.abs(value) + 0.2) : values }];
  });
  return { backbone, projector, tensors: Object.fromEntries(drawn), size, normalization: NORMALIZATION };
}

/** Pixels of n images of the encoder's size. */
export function tinyImages({ size }: GraphEncoder, n: number): HostTensor {
  const random = randomStream(4);
  const shape = [n, size, size, 3];
  return uint8(
    Uint8Array.from({ length: n * size * size * 3 }, () => 256 * random.uniform()),
    shape,
  );
}

/** The images as `augment` normalises them. */
function normalizedImages(images: Tensor): Tensor {
  return fromPlanes(normalize(toPlanes(tf.div(cast(images, 'float32'), 255)), NORMALIZATION));
}

/** What our own program makes of the images: `normalized`, `features`, `embedding` and `c2` to `c5` where there are. */
export function ownFeatures({ backbone, projector, tensors }: GraphEncoder, images: HostTensor) {
  return runOnce(
    ({ images: pixels, ...state }): Tensors => {
      const lookup = scoped((name) => state[name] as Tensor, 'backbone.');
      const normalized = normalizedImages(pixels as Tensor);
      const features = backbone.layer.apply(lookup, normalized, { mode: 'eval' }).y;
      const embed = scoped((name) => state[name] as Tensor, 'projector.');
      let y = normalized;
      const stages = (backbone.stages ?? []).map((stage, i) => {
        y = stage.apply(lookup, y, { mode: 'eval' }).y;
        return [`c${i + 2}`, y] as const;
      });
      return {
        normalized,
        features,
        ...(projector && { embedding: projector.apply(embed, features, { mode: 'eval' }).y }),
        ...Object.fromEntries(stages),
      };
    },
    { images, ...tensors },
  );
}
