import { compiled } from '../runtime/ops.ts';
import { type Tensor, type Tensors, tf } from '../runtime/tf.ts';
import { jitterStages } from './colour-jitter.ts';
import { blurMatrices, gaussianBlur } from './gaussian-blur.ts';
import { grayscale } from './grayscale.ts';
import { normalize } from './normalize.ts';
import { channelsFirst, clampUnit, fromPlanes, mapPlanes, type Planes, perImage, splitChannels } from './planes.ts';
import { type Resampling, resample, resampleMatrices } from './resample-matrices.ts';
import { solarize } from './solarize.ts';
import type { ViewPlan } from './view-plan.ts';

/** Planes whose operations are recorded when they are asked for, so that they join the cluster of whoever asks. */
type Pending = () => Planes;

/** Records a part of the views, compiled as one cluster or as plain operations. */
type Cluster = <T>(name: string, build: () => T) => T;

/**
 * Views float32 [n, s, s, 3] of a batch of uint8 images: crop, flip, colour jitter, grey, blur, solarize, normalise, in
 * torchvision's and lightly's order.
 *
 * `images` is [b, h, w, 3] with n a multiple of b (view i comes from image i % b) when the plan crops on the device, or
 * the crops [n, s, s, 3]. `draws` holds the tensors that `viewInputSpecs` describes. Use it inside a recorded function.
 */
export function makeViews(images: Tensor, draws: Tensors, plan: ViewPlan): Tensor {
  const { cluster: prefix, size } = plan;
  const cluster: Cluster = (name, build) => (prefix === undefined ? build() : compiled(`${prefix}/${name}`, build));
  let pending = plan.crop
    ? cropImages(images, draws, { size, ...plan.crop }, cluster)
    : flipCrops(images, drawn(draws, 'flips'), cluster);
  jitterStages(draws['blends'], draws['hues']).forEach(({ readsMean, apply }, i) => {
    // XLA fuses a cluster into one loop that computes everything before a mean again for the mean.
    const before = readsMean && i > 0 ? settle(cluster(`jitter-${i}`, pending)) : pending;
    pending = () => apply(before());
  });
  if (plan.grey) pending = join(pending, (planes) => grayscale(planes, drawn(draws, 'greys')));
  if (plan.blurKernel !== undefined) {
    const matrices = cluster('blur', () => {
      const [sigmas, kernels] = tf.unstack(drawn(draws, 'blurs'), 1) as [Tensor, Tensor];
      return blurMatrices(sigmas, kernels, size);
    });
    pending = settle(gaussianBlur(cluster('colours', pending), matrices));
  }
  if (plan.solarize) pending = join(pending, (planes) => solarize(planes, drawn(draws, 'thresholds')));
  return cluster('finish', () => fromPlanes(normalize(pending(), plan.normalization)));
}

function join(pending: Pending, transform: (planes: Planes) => Planes): Pending {
  return () => transform(pending());
}

function settle(planes: Planes): Pending {
  return () => planes;
}

function cropImages(
  images: Tensor,
  draws: Tensors,
  { size, ...resampling }: Resampling & { readonly size: number },
  cluster: Cluster,
): Pending {
  const [, height, width] = images.shape as [number, number, number];
  const [pixels, rows, columns] = cluster('crop', () => {
    const [top, left, boxHeight, boxWidth] = tf.unstack(drawn(draws, 'boxes'), 1) as [Tensor, Tensor, Tensor, Tensor];
    const flip = drawn(draws, 'flips');
    return [
      channelsFirst(images),
      resampleMatrices({ start: top, extent: boxHeight }, height, size, resampling),
      resampleMatrices({ start: left, extent: boxWidth, flip }, width, size, resampling),
    ] as const;
  });
  const resized = resample(pixels, rows, columns);
  // Cubic kernels overshoot.
  return () => mapPlanes(splitChannels(tf.div(resized, 255)), clampUnit);
}

function flipCrops(crops: Tensor, flips: Tensor, cluster: Cluster): Pending {
  const pixels = cluster('crop', () => channelsFirst(crops));
  return () => {
    const condition = tf.greater(perImage(flips), 0.5);
    return mapPlanes(splitChannels(tf.div(pixels, 255)), (plane) => tf.where(condition, tf.reverse(plane, 2), plane));
  };
}

function drawn(draws: Tensors, name: string): Tensor {
  const tensor = draws[name];
  if (!tensor)
    throw new Error(`Expected the draws '${name}' among the inputs of the views, got ${Object.keys(draws)}.`);
  return tensor;
}
