import { compiled } from '../runtime/ops.ts';
import { type Tensor, type Tensors, tf } from '../runtime/tf.ts';
import { jitterStages } from './colour-jitter.ts';
import { blurMatrices, gaussianBlur } from './gaussian-blur.ts';
import { grayscale } from './grayscale.ts';
import { normalize } from './normalize.ts';
import type { ViewPlan } from './plan.ts';
import { channelsFirst, clampUnit, fromPlanes, mapPlanes, type Planes, perImage, splitChannels } from './planes.ts';
import { resample, resampleMatrices } from './resample.ts';
import { solarize } from './solarize.ts';

/** Records one stage, compiled on its own or as plain operations. */
type Stage = <T>(name: string, build: () => T) => T;

/**
 * Views float32 [n, s, s, 3] of a batch of uint8 images: crop, flip, colour jitter, grey, blur, solarize, normalise, in
 * torchvision's and lightly's order.
 *
 * `images` is [b, h, w, 3] with n a multiple of b (view i comes from image i % b) when the plan crops on the device, or
 * the crops [n, s, s, 3]. `draws` holds the tensors that `viewInputs` describes. Use it inside a recorded function.
 */
export function makeViews(images: Tensor, draws: Tensors, plan: ViewPlan): Tensor {
  // A cluster for each stage: XLA would fuse all of them into one loop that recomputes every stage for each mean.
  const stage: Stage = (name, build) =>
    plan.cluster === undefined ? build() : compiled(`${plan.cluster}/${name}`, build);
  const cropped = plan.crop ? cropImages(images, draws, plan, plan.crop, stage) : flipCrops(images, draws, stage);
  const jittered = jitterStages(draws['blends'], draws['hues']).reduce(
    (planes, transform, i) => stage(`jitter-${i}`, () => transform(planes)),
    cropped,
  );
  const greyed = plan.grey ? stage('grey', () => grayscale(jittered, drawn(draws, 'greys'))) : jittered;
  const blurred = plan.blurKernel === undefined ? greyed : blur(greyed, drawn(draws, 'blurs'), plan.size, stage);
  return stage('finish', () => {
    const solarized = plan.solarize ? solarize(blurred, drawn(draws, 'thresholds')) : blurred;
    return fromPlanes(normalize(solarized, plan.normalization));
  });
}

function cropImages(
  images: Tensor,
  draws: Tensors,
  { size }: ViewPlan,
  resampling: NonNullable<ViewPlan['crop']>,
  stage: Stage,
): Planes {
  const [, height, width] = images.shape as [number, number, number];
  const [rows, columns] = stage('crop', () => {
    const [top, left, boxHeight, boxWidth] = tf.unstack(drawn(draws, 'boxes'), 1) as [Tensor, Tensor, Tensor, Tensor];
    const flip = drawn(draws, 'flips');
    return [
      resampleMatrices({ start: top, extent: boxHeight }, height, size, resampling),
      resampleMatrices({ start: left, extent: boxWidth, flip }, width, size, resampling),
    ] as const;
  });
  const resized = resample(channelsFirst(images), rows, columns);
  // Cubic kernels overshoot.
  return stage('scale', () => mapPlanes(splitChannels(tf.div(resized, 255)), clampUnit));
}

function flipCrops(crops: Tensor, draws: Tensors, stage: Stage): Planes {
  const images = channelsFirst(crops);
  return stage('flip', () => {
    const condition = tf.greater(perImage(drawn(draws, 'flips')), 0.5);
    return mapPlanes(splitChannels(tf.div(images, 255)), (plane) => tf.where(condition, tf.reverse(plane, 2), plane));
  });
}

function blur(planes: Planes, blurs: Tensor, size: number, stage: Stage): Planes {
  const matrices = stage('blur', () => {
    const [sigmas, kernels] = tf.unstack(blurs, 1) as [Tensor, Tensor];
    return blurMatrices(sigmas, kernels, size);
  });
  return gaussianBlur(planes, matrices);
}

function drawn(draws: Tensors, name: string): Tensor {
  const tensor = draws[name];
  if (!tensor)
    throw new Error(`Expected the draws '${name}' among the inputs of the views, got ${Object.keys(draws)}.`);
  return tensor;
}
