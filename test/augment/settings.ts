import type { DrawSettings } from '../../src/config/view-settings.ts';
import { float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { randomStream } from '../../src/util/rng.ts';

export const NO_NORMALIZATION = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

/** Settings that change nothing but for the whole image, overridden by `changes`. */
export function drawSettings(changes: Partial<DrawSettings> = {}): DrawSettings {
  return {
    crop: { area: [1, 1], ratio: [1, 1], interpolation: 'bilinear' },
    flip: 0,
    jitter: { probability: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0 },
    grey: 0,
    blur: { probability: 0, sigma: [0.1, 2], kernel: 3 },
    solarize: { probability: 0, threshold: 0.5 },
    ...changes,
  };
}

/** SimCLR's settings for small images, with blur and solarizing as well. */
export const EVERYTHING = drawSettings({
  crop: { area: [0.2, 1], ratio: [3 / 4, 4 / 3], interpolation: 'bilinear' },
  flip: 0.5,
  jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  grey: 0.2,
  blur: { probability: 0.5, sigma: [0.1, 2], kernel: 5 },
  solarize: { probability: 0.2, threshold: 0.5 },
});

/** Float images [n, h, w, 3], uniform in [0, 1). */
export function randomImages(n: number, height: number, width: number, seed = 7): HostTensor {
  const random = randomStream(seed);
  return float32(Float32Array.from({ length: n * height * width * 3 }, random.uniform), [n, height, width, 3]);
}
