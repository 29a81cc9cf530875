import { convolutionAttributes, keepConvolution } from './convolution.ts';
import { convolutionProduct } from './convolution-products.ts';
import { type RowsAndColumns, trimmedWindow, type Window, wholeWindow } from './convolution-window.ts';
import { castLike, operation, widened } from './ops.ts';
import { currentGraph, type Tensor, tf } from './tf.ts';

type Windows = readonly [rows: Window, columns: Window];

/**
 * 2-D convolution of x [n, h, w, in] with a filter [k, k, in, out], with `padding` zeros on every side as PyTorch pads;
 * the filter is converted to x's type.
 *
 * TensorFlow's SAME pads equally only at stride 1, and its gradient refuses explicit padding: elsewhere zeros are added
 * first. On the CPU, rows and columns of the filter that meet nothing but padding are left out: of 3 x 3 taps on maps
 * of one pixel eight. No gradient flows into the filter through the convolution: `gradients` forms it from
 * `filterGradient`.
 */
export function conv2d(x: Tensor, filter: Tensor, stride: number, padding: number): Tensor {
  const [, height = 1, width = 1] = x.shape;
  const [rows = 1, columns = 1, input = 1, output = 1] = filter.shape;
  const windowOf = currentGraph().target === 'cpu' ? trimmedWindow : wholeWindow;
  const windows: Windows = [
    windowOf({ size: height, kernel: rows, stride, padding }),
    windowOf({ size: width, kernel: columns, stride, padding }),
  ];
  const [row, column] = windows;
  const isWhole = row.taps === rows && column.taps === columns;
  const met = (): Tensor => tf.slice(filter, [row.first, column.first, 0, 0], [row.taps, column.taps, input, output]);
  return convolve(x, isWhole ? filter : met(), windows, stride);
}

function convolve(x: Tensor, filter: Tensor, windows: Windows, stride: number): Tensor {
  const isPadded = windows.some(({ before, after }) => before > 0 || after > 0);
  const isEven = windows.every(({ taps, before, after }) => before === after && 2 * before === taps - 1);
  const isSame = isPadded && isEven && stride === 1;
  const input = isPadded && !isSame ? padded(x, windows) : x;
  const constant = operation('StopGradient', [castLike(filter, x)]);
  const [image, taps] = widened(input, constant) as [Tensor, Tensor];
  const zeros: RowsAndColumns = isSame ? [windows[0].before, windows[1].before] : [0, 0];
  const added = { ...convolutionAttributes(stride), padding: isSame ? 'SAME' : 'VALID' };
  const y = operation('Conv2D', [image, taps], added);
  const result = castLike(y, x);
  keepConvolution({
    ...{ x: input, filter, taps, y, result, stride, padding: zeros },
    withFilter: (other) => convolve(x, other, windows, stride),
    product: convolutionProduct(image, taps, y, { stride, padding: zeros }),
  });
  return result;
}

/** x with the zeros that the filter reads on every side. */
function padded(x: Tensor, [rows, columns]: Windows): Tensor {
  const sides = [0, 0, rows.before, rows.after, columns.before, columns.after, 0, 0];
  return operation('Pad', [x, tf.tensor2d(sides, [4, 2], 'int32')]);
}
