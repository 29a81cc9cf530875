import type { HostTensor } from '../../../runtime/host-tensor.ts';

/**
 * The largest difference from what is expected, in shares of the largest expected value of the same image (row);
 * infinite where shapes differ, or a value is not finite. `found` may have fewer images: the first ones.
 */
export function relativeError(found: HostTensor | undefined, expected: HostTensor): number {
  const [rows = 0, ...shape] = found?.shape ?? [];
  if (found === undefined || rows === 0 || shape.join() !== expected.shape.slice(1).join()) return Infinity;
  const width = found.data.length / rows;
  let worst = 0;
  for (let row = 0; row < rows; row++) {
    let [difference, scale] = [0, 0];
    for (let at = row * width; at < (row + 1) * width; at++) {
      const [a, b] = [found.data[at] as number, expected.data[at] as number];
      if (!Number.isFinite(a)) return Infinity;
      difference = Math.max(difference, Math.abs(a - b));
      scale = Math.max(scale, Math.abs(b));
    }
    worst = Math.max(worst, difference === 0 ? 0 : difference / scale);
  }
  return worst;
}

/** Maps [n, h, w, c], or [n, c, h, w], averaged over their positions: [n, c]. */
export function meansOf({ shape, data }: HostTensor, axes: 'nhwc' | 'nchw'): HostTensor {
  const [n = 0, a = 0, b = 0, c = 0] = shape;
  const [channels, positions] = axes === 'nhwc' ? [c, a * b] : [a, b * c];
  const means = new Float32Array(n * channels);
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let position = 0; position < positions; position++) {
        const inside = axes === 'nhwc' ? position * channels + channel : channel * positions + position;
        sum += data[image * channels * positions + inside] as number;
      }
      means[image * channels + channel] = sum / positions;
    }
  }
  return { dtype: 'float32', shape: [n, channels], data: means };
}
