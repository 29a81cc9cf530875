/** The filter that resizes. */
export type Interpolation = 'bilinear' | 'bicubic';

/** Random resized crop: the range of the crop's share of the area, and of its width over its height. */
export interface CropSettings {
  readonly area: readonly [number, number];
  readonly ratio: readonly [number, number];
  readonly interpolation: Interpolation;
}

/**
 * Colour jitter: with `probability`, all four operations in a random order.
 *
 * Brightness, contrast and saturation factors are uniform in [max(0, 1 - x), 1 + x]; the hue moves by a uniform share
 * of a turn in [-hue, hue].
 */
export interface JitterSettings {
  readonly probability: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
}

/** Gaussian blur: with `probability`, sigma in pixels uniform in a range, and an odd kernel width in pixels. */
export interface BlurSettings {
  readonly probability: number;
  readonly sigma: readonly [number, number];
  readonly kernel: number;
}

/** How one view of an image is drawn; plain numbers are probabilities. */
export interface DrawSettings {
  readonly crop: CropSettings;
  readonly flip: number;
  readonly jitter: JitterSettings;
  readonly grey: number;
  readonly blur: BlurSettings;
  /** Values at or above the threshold, in [0, 1], are inverted. */
  readonly solarize: { readonly probability: number; readonly threshold: number };
}

/** Per-channel mean and standard deviation (red, green, blue) of images in [0, 1]; 0 and 1 normalise nothing. */
export interface Normalization {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** One view's settings, complete: names and `auto` are resolved. */
export interface ViewSettings extends DrawSettings {
  /** Side in pixels. */
  readonly size: number;
  readonly normalize: Normalization;
}
