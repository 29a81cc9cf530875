import type { Features, ImageBatch } from './extract-features.ts';

/** Longest side of an image whose pixels are compared; larger images are averaged down to it. */
const LARGEST_SIDE = 32;

/** Where each source row or column falls when `from` of them are averaged into `to` equal parts: weights [to, from]. */
function averagingWeights(from: number, to: number): Float64Array {
  const weights = new Float64Array(to * from);
  const span = from / to;
  for (let i = 0; i < to; i++) {
    for (let j = Math.floor(i * span); j < Math.min(from, Math.ceil((i + 1) * span)); j++) {
      weights[i * from + j] = (Math.min(j + 1, (i + 1) * span) - Math.max(j, i * span)) / span;
    }
  }
  return weights;
}

/** The side lengths that pixels of these images are compared at: at most 32, in proportion. */
export function pixelSize({ height, width }: Pick<ImageBatch, 'height' | 'width'>): { height: number; width: number } {
  const shrink = Math.min(1, LARGEST_SIDE / Math.max(height, width));
  return { height: Math.max(1, Math.round(height * shrink)), width: Math.max(1, Math.round(width * shrink)) };
}

/**
 * The images themselves as features: pixels in [0, 1], minus `mean`, over `std` by channel, flattened to
 * [count, h * w * 3].
 *
 * The floor that an encoder has to beat. Images with a side above 32 pixels are first averaged down (box filter).
 */
export function pixelFeatures(images: ImageBatch, mean: readonly number[], std: readonly number[]): Features {
  const { data, count, height, width } = images;
  const size = pixelSize(images);
  const rowWeights = averagingWeights(height, size.height);
  const columnWeights = averagingWeights(width, size.width);
  const features = new Float32Array(count * size.height * size.width * 3);
  const band = new Float64Array(width * 3);
  let next = 0;
  for (let image = 0; image < count; image++) {
    const base = image * height * width * 3;
    for (let row = 0; row < size.height; row++) {
      band.fill(0);
      for (let y = 0; y < height; y++) {
        const weight = rowWeights[row * height + y] as number;
        if (weight === 0) continue;
        const from = base + y * width * 3;
        for (let i = 0; i < band.length; i++) (band[i] as number) += weight * (data[from + i] as number);
      }
      for (let column = 0; column < size.width; column++) {
        for (let channel = 0; channel < 3; channel++) {
          let sum = 0;
          for (let x = 0; x < width; x++) {
            const weight = columnWeights[column * width + x] as number;
            if (weight !== 0) sum += weight * (band[x * 3 + channel] as number);
          }
          features[next++] = (sum / 255 - (mean[channel] as number)) / (std[channel] as number);
        }
      }
    }
  }
  return { features, count, width: size.height * size.width * 3 };
}
