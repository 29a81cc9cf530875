import { float32, type HostTensor } from '../../src/runtime/host-tensor.ts';

/**
 * PyTorch's convolution of x [n, h, w, c] with a filter [k, k, c, o] as loops, and the gradients of both for that of
 * the result, `dy`.
 */
export function slowConvolution(
  x: HostTensor,
  filter: HostTensor,
  dy: HostTensor,
  { stride, padding }: { readonly stride: number; readonly padding: number },
): { y: HostTensor; gradient: HostTensor; inputGradient: HostTensor } {
  const [n = 0, height = 0, width = 0, input = 0] = x.shape;
  const [kernel = 0, , , output = 0] = filter.shape;
  const [, outHeight = 0, outWidth = 0] = dy.shape;
  const y = new Float32Array(n * outHeight * outWidth * output);
  const gradient = new Float32Array(filter.data.length);
  const inputGradient = new Float32Array(x.data.length);
  for (let b = 0; b < n; b++)
    for (let i = 0; i < outHeight; i++)
      for (let j = 0; j < outWidth; j++)
        for (let u = 0; u < kernel; u++)
          for (let v = 0; v < kernel; v++) {
            const [row, column] = [i * stride + u - padding, j * stride + v - padding];
            if (row < 0 || column < 0 || row >= height || column >= width) continue;
            for (let c = 0; c < input; c++)
              for (let o = 0; o < output; o++) {
                const out = ((b * outHeight + i) * outWidth + j) * output + o;
                const tap = ((u * kernel + v) * input + c) * output + o;
                const at = ((b * height + row) * width + column) * input + c;
                (y[out] as number) += (x.data[at] as number) * (filter.data[tap] as number);
                (gradient[tap] as number) += (x.data[at] as number) * (dy.data[out] as number);
                (inputGradient[at] as number) += (filter.data[tap] as number) * (dy.data[out] as number);
              }
          }
  return {
    y: float32(y, dy.shape),
    gradient: float32(gradient, filter.shape),
    inputGradient: float32(inputGradient, x.shape),
  };
}
