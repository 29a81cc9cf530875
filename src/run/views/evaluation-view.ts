import { viewInputs } from '../../augment/view-inputs.ts';
import { planViews, type ViewPlan } from '../../augment/view-plan.ts';
import { viewSettings } from '../../config/resolve-views.ts';
import type { ViewsConfig } from '../../config/run-config.ts';
import type { DrawSettings, Normalization } from '../../config/view-settings.ts';
import { type EvaluationTransform, evaluationTransform } from '../../data/pixels/evaluation-transform.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';

/** Images that go through the encoder at once at most, and the pixels that they have together at most. */
const MOST_IMAGES = 256;
const MOST_PIXELS = 64 * 224 ** 2;

/**
 * Images of a size that go through the encoder at once: a power of two, up to 256; 64 of 224 pixels, whose features
 * take as long as those of more and need a third of the memory.
 */
export function featureBatch(size: number): number {
  return Math.max(1, Math.min(MOST_IMAGES, 2 ** Math.floor(Math.log2(MOST_PIXELS / size ** 2))));
}

/** A view that shows the image as it is. */
const PLAIN_VIEW: Omit<DrawSettings, 'crop'> = {
  flip: 0,
  jitter: { probability: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 },
  grey: 0,
  blur: { probability: 0, sigma: [1, 1], kernel: 1 },
  solarize: { probability: 0, threshold: 1 },
};

/** The one view of an image that features are taken from: transformed by the host, then normalised, nothing else. */
export interface EvaluationView {
  readonly transform: EvaluationTransform;
  readonly normalization: Normalization;
  readonly plan: ViewPlan;
}

/**
 * The evaluation's view, as the first training view is resized and normalised. It is the same however images are held,
 * because the host transforms all of them by the same arithmetic.
 */
export function evaluationView(views: ViewsConfig): EvaluationView {
  const [{ crop, normalize: normalization }] = viewSettings(views);
  const { size } = views;
  return {
    transform: evaluationTransform(size, crop.interpolation),
    normalization,
    plan: planViews([{ ...PLAIN_VIEW, crop }], { size, normalization, cropOnDevice: false }),
  };
}

/** The draws of an evaluation batch of `count` images, in which nothing is drawn. */
export function evaluationDraws(
  { plan }: EvaluationView,
  count: number = featureBatch(plan.size),
): Record<string, HostTensor> {
  const draw = { flip: false, jitter: undefined, grey: false, blur: undefined, solarize: undefined };
  return viewInputs(
    Array.from({ length: count }, () => draw),
    plan,
  );
}
