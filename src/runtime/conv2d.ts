import { convolutionAttributes, keepConvolution } from './convolution.ts';
import { convolutionProduct, isProductFaster } from './convolution-products.ts';
import { castLike, operation, padImage, widened } from './ops.ts';
import type { Tensor } from './tf.ts';

/**
 * 2-D convolution of x [n, h, w, in] with a filter [k, k, in, out], with `padding` zeros on every side as PyTorch pads;
 * the filter is converted to x's type.
 *
 * TensorFlow's SAME pads equally only at stride 1, and its gradient refuses explicit padding: elsewhere zeros are added
 * first. No gradient flows into the filter through this operation: `gradients` forms it from `filterGradient`.
 */
export function conv2d(x: Tensor, filter: Tensor, stride: number, padding: number): Tensor {
  const kernel = filter.shape[0] as number;
  const isSame = stride === 1 && padding > 0 && 2 * padding === kernel - 1;
  const input = isSame || padding === 0 ? x : padAsRead(x, kernel, stride, padding);
  const constant = operation('StopGradient', [castLike(filter, x)]);
  const [image, taps] = widened(input, constant) as [Tensor, Tensor];
  const added = { ...convolutionAttributes(stride), padding: isSame ? 'SAME' : 'VALID' };
  const y = operation('Conv2D', [image, taps], added);
  const sliding = { kernel, stride, padding: isSame ? padding : 0 };
  const product = isProductFaster(taps, y) ? convolutionProduct(image, taps, sliding) : undefined;
  const result = castLike(y, x);
  const withFilter = (other: Tensor): Tensor => conv2d(x, other, stride, padding);
  keepConvolution({ x: input, filter, taps, y, result, withFilter, product, stride, padding: sliding.padding });
  return result;
}

/** x with zeros on every side, but none after the last position that a filter of that size and stride reaches. */
function padAsRead(x: Tensor, kernel: number, stride: number, padding: number): Tensor {
  const [, height = 1, width = 1] = x.shape;
  const after = [height, width].map((size) => {
    const end = Math.floor((size + 2 * padding - kernel) / stride) * stride + kernel;
    return Math.max(0, end - padding - size);
  });
  return padImage(x, padding, 0, after);
}
