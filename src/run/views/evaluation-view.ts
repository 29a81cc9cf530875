import { viewInputs } from '../../augment/view-inputs.ts';
import { planViews, type ViewPlan } from '../../augment/view-plan.ts';
import { viewSettings } from '../../config/resolve-views.ts';
import type { ViewsConfig } from '../../config/run-config.ts';
import type { DrawSettings, Interpolation, Normalization } from '../../config/view-settings.ts';
import { SMALLEST_CROPPED_SIZE } from '../../data/pixels/crops.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { ImageLayout } from '../images/image-layout.ts';

/** Images that go through the encoder at once. */
export const FEATURE_BATCH = 256;

/** A view that shows the image as it is. */
const PLAIN_VIEW: Omit<DrawSettings, 'crop'> = {
  flip: 0,
  jitter: { probability: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 },
  grey: 0,
  blur: { probability: 0, sigma: [1, 1], kernel: 1 },
  solarize: { probability: 0, threshold: 1 },
};

/** The one view of an image that features are taken from: resized where needed and normalised, nothing else. */
export interface EvaluationView {
  readonly layout: ImageLayout;
  /** Side in pixels. */
  readonly size: number;
  readonly interpolation: Interpolation;
  readonly normalization: Normalization;
  readonly plan: ViewPlan;
}

/** The evaluation's view of images in a layout, as the first training view is resized and normalised. */
export function evaluationView(views: ViewsConfig, layout: ImageLayout): EvaluationView {
  const [{ crop, normalize: normalization }] = viewSettings(views);
  const { size } = views;
  const isExact = layout.kind === 'whole' && layout.height === size && layout.width === size;
  const plan = planViews([{ ...PLAIN_VIEW, crop }], {
    size,
    normalization,
    cropOnDevice: layout.kind === 'whole' && !isExact,
  });
  return { layout, size, interpolation: crop.interpolation, normalization, plan };
}

/** The draws of an evaluation batch: the centre of every image, as `decodeResized` takes it. */
export function evaluationDraws({ layout, plan }: EvaluationView): Record<string, HostTensor> {
  const crop = layout.kind === 'whole' ? centre(layout.height, layout.width, plan.size) : undefined;
  const draw = { flip: false, jitter: undefined, grey: false, blur: undefined, solarize: undefined };
  const draws = Array.from({ length: FEATURE_BATCH }, () => (crop ? { ...draw, crop } : draw));
  return viewInputs(draws, plan);
}

/** The centre square that `decodeResized` takes: the whole short side of small views, 224/256 of it for larger ones. */
function centre(height: number, width: number, size: number) {
  const short = Math.min(height, width);
  const side = size < SMALLEST_CROPPED_SIZE ? short : Math.round((short * 224) / 256);
  return {
    top: Math.round((height - side) / 2),
    left: Math.round((width - side) / 2),
    height: side,
    width: side,
  };
}
