import { float32, type HostTensor } from '../../../runtime/host-tensor.ts';
import type { Manifest } from '../manifest.ts';

/** The first so many rows of a tensor. */
export function firstRows({ dtype, shape, data }: HostTensor, rows: number): HostTensor {
  const [count = 1, ...rest] = shape;
  const width = data.length / count;
  return { dtype, shape: [Math.min(rows, count), ...rest], data: data.subarray(0, rows * width) };
}

/** What a graph is fed with: uint8 images [n, size, size, 3] as they are, or normalised. */
export function graphInput(images: HostTensor, { input, encoder }: Manifest, axes: 'nhwc' | 'nchw'): HostTensor {
  if (input === 'images') return images;
  const { mean, std } = encoder;
  const [n = 0, height = 0, width = 0] = images.shape;
  const positions = height * width;
  const out = new Float32Array(images.data.length);
  for (let at = 0; at < out.length; at++) {
    const [pixel, channel] = [Math.floor(at / 3), at % 3];
    const value = ((images.data[at] as number) / 255 - (mean[channel] as number)) / (std[channel] as number);
    const image = Math.floor(pixel / positions);
    out[axes === 'nhwc' ? at : (image * 3 + channel) * positions + (pixel % positions)] = value;
  }
  return float32(out, axes === 'nhwc' ? images.shape : [n, 3, height, width]);
}
