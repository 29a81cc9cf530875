import { DataType, type Pointer } from './c-api.ts';
import { isWidened } from './half-on-cpu.ts';
import { cast, castLike, elementType, operation, padImage, widened } from './ops.ts';
import { currentGraph, currentRecording, outputOf, type Tensor, tensorOf, tf } from './tf.ts';

/** A recorded convolution, kept so that the gradient of its filter can be formed. */
export interface Convolution {
  /** Input [n, h, w, in] with its padding. */
  readonly x: Tensor;
  /** Filter [k, k, in, out] as it was given, before its conversion to x's type. */
  readonly filter: Tensor;
  /** Result in the type that it was computed in. */
  readonly y: Tensor;
  readonly stride: number;
  /** Zeros that the operation itself adds on every side (stride 1 only). */
  readonly padding: number;
}

const recorded = new WeakMap<object, Convolution[]>();

/** The convolutions of the function that is being recorded. */
export function recordedConvolutions(): readonly Convolution[] {
  return recorded.get(currentRecording()) ?? [];
}

/**
 * 2-D convolution of x [n, h, w, in] with a filter [k, k, in, out], with `padding` zeros on every side as PyTorch pads;
 * the filter is converted to x's type.
 *
 * TensorFlow's SAME pads equally only at stride 1, and its gradient refuses explicit padding: elsewhere zeros are added
 * first. No gradient flows into the filter through this operation: `gradients` forms it from `filterGradient`.
 */
export function conv2d(x: Tensor, filter: Tensor, stride: number, padding: number): Tensor {
  const isSame = stride === 1 && padding > 0 && 2 * padding === (filter.shape[0] as number) - 1;
  const input = isSame || padding === 0 ? x : padAsRead(x, filter.shape[0] as number, stride, padding);
  const constant = operation('StopGradient', [castLike(filter, x)]);
  const padded = { ...attributes(stride), padding: isSame ? 'SAME' : 'VALID' };
  const y = operation('Conv2D', widened(input, constant), padded);
  const convolution = { x: input, filter, y, stride, padding: isSame ? padding : 0 };
  recorded.set(currentRecording(), [...recordedConvolutions(), convolution]);
  return castLike(y, x);
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

function attributes(stride: number) {
  return { strides: [1, stride, stride, 1], data_format: 'NHWC', dilations: [1, 1, 1, 1] };
}

/**
 * Where a matrix product is faster than oneDNN's filter gradient: filters that are large beside the map they slide
 * over. Measured on two cores with AMX: up to 7 times faster in bfloat16 (4 x 4 maps), up to 2 times in float32.
 */
const MATMUL_FROM = { bfloat16: 8, float32: 256 } as const;

/** The gradient of a convolution's filter [k, k, in, out] in float32, from that of its output. */
export function filterGradient(made: Convolution, dy: Tensor): Tensor {
  const convolution = widenedInput(made, dy);
  const { x, filter } = convolution;
  const [n = 1, height = 1, width = 1] = dy.shape;
  const [kernel = 1, , input = 1, output = 1] = filter.shape;
  const limit = elementType(x) === DataType.bfloat16 ? MATMUL_FROM.bfloat16 : MATMUL_FROM.float32;
  const isLarge = kernel * kernel * input * output >= limit * n * height * width;
  const gradient =
    isLarge && currentGraph().target === 'cpu'
      ? matmulGradient(convolution, dy)
      : backpropFilter(kernel === 1 ? unstrided(convolution, dy) : convolution, dy);
  return elementType(gradient) === DataType.float32 ? gradient : cast(gradient, 'float32');
}

/** A convolution that was computed in float32 with its input in float32, again: half precision is what is kept. */
function widenedInput(convolution: Convolution, dy: Tensor): Convolution {
  const { x } = convolution;
  return isWidened(x) ? { ...convolution, x: cast(delayed(x, 0, [outputOf(dy).oper]), 'float32') } : convolution;
}

function backpropFilter({ x, filter, stride, padding }: Convolution, dy: Tensor): Tensor {
  return operation('Conv2DBackpropFilter', [x, tf.tensor1d([...filter.shape], 'int32'), dy], {
    ...attributes(stride),
    padding: padding > 0 ? 'SAME' : 'VALID',
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
  const read = delayed(x, 0, [outputOf(dy).oper]);
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

/** patches(x)^T dy, the patches gathered row by row. */
function matmulGradient({ x, filter, stride, padding }: Convolution, dy: Tensor): Tensor {
  const [n = 1, outHeight = 1, outWidth = 1] = dy.shape;
  const [kernel = 1, , input = 1, output = 1] = filter.shape;
  const [, height = 1, width = 1] = x.shape;
  const [rows, columns] = [height + 2 * padding, width + 2 * padding];
  const indices = new Int32Array(outHeight * outWidth * kernel * kernel);
  let next = 0;
  for (let i = 0; i < outHeight; i++)
    for (let j = 0; j < outWidth; j++)
      for (let u = 0; u < kernel; u++)
        for (let v = 0; v < kernel; v++) indices[next++] = (i * stride + u) * columns + j * stride + v;
  // Without it the executor would gather, and hold the patches, from the forward pass on.
  const after = [outputOf(dy).oper];
  const flat = tf.reshape(delayed(x, padding, after), [n, rows * columns, input]);
  const patches = operation('GatherV2', [flat, tf.tensor1d(indices, 'int32'), tf.scalar(1, 'int32')]);
  const product = operation(
    'MatMul',
    [
      tf.reshape(patches, [n * outHeight * outWidth, kernel * kernel * input]),
      tf.reshape(dy, [n * outHeight * outWidth, output]),
    ],
    { transpose_a: true },
  );
  return tf.reshape(product, [kernel, kernel, input, output]);
}

/** x with zeros on every side, computed only after the given operations. */
function delayed(x: Tensor, padding: number, control: readonly Pointer[]): Tensor {
  const graph = currentGraph();
  if (padding === 0) return tensorOf({ oper: graph.add('Identity', [outputOf(x)], {}, { control }), index: 0 });
  const sides = tf.tensor2d([0, 0, padding, padding, padding, padding, 0, 0], [4, 2], 'int32');
  return tensorOf({ oper: graph.add('Pad', [outputOf(x), outputOf(sides)], {}, { control }), index: 0 });
}
