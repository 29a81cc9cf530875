import { DataType } from './c-api.ts';
import { type Convolution, convolutionAttributes } from './convolution.ts';
import { convolutionPatches, delayed } from './convolution-patches.ts';
import { isWidened } from './half-on-cpu.ts';
import { cast, elementType, operation } from './ops.ts';
import { currentGraph, outputOf, type Tensor, tf } from './tf.ts';

/**
 * Where a matrix product is faster than oneDNN's filter gradient: filters that are large beside the map they slide
 * over. Measured on two cores with AMX: up to 7 times faster in bfloat16 (4 x 4 maps), up to 2 times in float32.
 */
const MATMUL_FROM = { bfloat16: 8, float32: 256 } as const;

/** The gradient of a convolution's filter [rows, columns, in, out] in float32, from that of its output. */
export function filterGradient(made: Convolution, dy: Tensor): Tensor {
  const convolution = widenedInput(made, dy);
  const { x, filter } = convolution;
  const [n = 1, height = 1, width = 1] = dy.shape;
  const [rows = 1, columns = 1] = filter.shape;
  const limit = elementType(x) === DataType.bfloat16 ? MATMUL_FROM.bfloat16 : MATMUL_FROM.float32;
  // Patches that are the image itself cost nothing.
  const isImage = height * width === 1 && x.shape[1] === rows && x.shape[2] === columns;
  const isFaster = isImage || filter.size >= limit * n * height * width;
  const gradient =
    isFaster && currentGraph().target === 'cpu'
      ? matmulGradient(convolution, dy)
      : backpropFilter(rows === 1 && columns === 1 ? unstrided(convolution, dy) : convolution, dy);
  return elementType(gradient) === DataType.float32 ? gradient : cast(gradient, 'float32');
}

/** A convolution that was computed in float32 with its input in float32, again: half precision is what is kept. */
function widenedInput(convolution: Convolution, dy: Tensor): Convolution {
  const { x } = convolution;
  return isWidened(x) ? { ...convolution, x: cast(delayed(x, [0, 0], [outputOf(dy).oper]), 'float32') } : convolution;
}

function backpropFilter({ x, filter, stride, padding }: Convolution, dy: Tensor): Tensor {
  return operation('Conv2DBackpropFilter', [x, tf.tensor1d([...filter.shape], 'int32'), dy], {
    ...convolutionAttributes(stride),
    padding: padding.some((zeros) => zeros > 0) ? 'SAME' : 'VALID',
  });
}

/**
 * A 1 x 1 convolution on the pixels that it reads alone, at stride 1.
 *
 * oneDNN's filter gradient of strided 1 x 1 convolutions writes out of bounds where there are 8 input channels
 * (TensorFlow 2.21).
 */
function unstrided(convolution: Convolution, dy: Tensor): Convolution {
  const { x, stride } = convolution;
  if (stride === 1) return convolution;
  const [n = 1, height = 1, width = 1, channels = 1] = x.shape;
  const read = delayed(x, [0, 0], [outputOf(dy).oper]);
  const isWhole = height % stride === 0 && width % stride === 0;
  const pixels =
    isWhole && currentGraph().target === 'cpu'
      ? everyOther(read, stride)
      : tf.stridedSlice(read, [0, 0, 0, 0], [n, height, width, channels], [1, stride, stride, 1]);
  return { ...convolution, x: pixels, stride: 1 };
}

/**
 * Every `stride`-th row and column of x [n, h, w, c], h and w multiples of it, as one slice of an array of five
 * dimensions: TensorFlow's strided slice runs in one thread, pixel by pixel, and takes five times as long.
 */
function everyOther(x: Tensor, stride: number): Tensor {
  const [n = 1, height = 1, width = 1, channels = 1] = x.shape;
  const [rows, columns] = [height / stride, width / stride];
  const apart = tf.reshape(x, [n, rows, stride, columns, stride * channels]);
  const first = tf.slice(apart, [0, 0, 0, 0, 0], [n, rows, 1, columns, channels]);
  return tf.reshape(first, [n, rows, columns, channels]);
}

/** patches(x)^T dy. The patches are gathered again, not held from the forward pass on: they are k * k times x. */
function matmulGradient({ x, filter, stride, padding }: Convolution, dy: Tensor): Tensor {
  const [rows = 1, columns = 1, , output = 1] = filter.shape;
  const sliding = { kernel: [rows, columns], stride, padding } as const;
  const { patches } = convolutionPatches(x, sliding, { after: [outputOf(dy).oper] });
  const product = operation('MatMul', [patches, tf.reshape(dy, [-1, output])], { transpose_a: true });
  return tf.reshape(product, filter.shape);
}
