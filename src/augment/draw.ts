import type { DrawSettings } from '../config/view-settings.ts';
import type { Box } from '../data/pixels/resample.ts';
import { permutation, type Random } from '../util/rng.ts';
import { between, drawCrop } from './crop.ts';

/** The operations of colour jitter, in the order in which their factors are drawn. */
export const JITTER_OPERATIONS = ['brightness', 'contrast', 'saturation', 'hue'] as const;
export type JitterOperation = (typeof JITTER_OPERATIONS)[number];

/** Factors of one image's colour jitter (hue: share of a turn), and the order in which they apply. */
export interface JitterDraw extends Readonly<Record<JitterOperation, number>> {
  readonly order: readonly JitterOperation[];
}

/** Everything random about one view but its crop; `undefined` leaves an operation out. */
export interface ColourDraw {
  readonly flip: boolean;
  readonly jitter: JitterDraw | undefined;
  readonly grey: boolean;
  /** Sigma and kernel width in pixels. */
  readonly blur: { readonly sigma: number; readonly kernel: number } | undefined;
  /** Threshold in [0, 1]. */
  readonly solarize: number | undefined;
}

/** Everything random about one view of one image. */
export interface ViewDraw extends ColourDraw {
  readonly crop: Box;
}

/**
 * Draws what happens to one view of one image after its crop.
 *
 * The count and order of the draws are fixed, so one setting doesn't move the draws of another.
 */
export function drawColour(settings: DrawSettings, random: Random): ColourDraw {
  const { jitter, blur, solarize } = settings;
  const occurs = (probability: number): boolean => random.uniform() < probability;
  const factor = (strength: number): number => between(Math.max(0, 1 - strength), 1 + strength, random);

  const flip = occurs(settings.flip);
  const jittered = occurs(jitter.probability);
  const order = [...permutation(JITTER_OPERATIONS.length, random)].map((i) => JITTER_OPERATIONS[i] as JitterOperation);
  const factors = {
    brightness: factor(jitter.brightness),
    contrast: factor(jitter.contrast),
    saturation: factor(jitter.saturation),
    hue: between(-jitter.hue, jitter.hue, random),
  };
  const grey = occurs(settings.grey);
  const blurred = occurs(blur.probability);
  const sigma = between(...blur.sigma, random);
  const solarized = occurs(solarize.probability);
  return {
    flip,
    jitter: jittered ? { order, ...factors } : undefined,
    grey,
    blur: blurred ? { sigma, kernel: blur.kernel } : undefined,
    solarize: solarized ? solarize.threshold : undefined,
  };
}

/**
 * Draws one view of an image of that height and width in pixels.
 *
 * Give each (epoch, sample, view) its own `randomStream`. The crop comes last because its number of draws varies.
 */
export function drawView(settings: DrawSettings, height: number, width: number, random: Random): ViewDraw {
  const colour = drawColour(settings, random);
  return { ...colour, crop: drawCrop(settings.crop, height, width, random) };
}
