import type { RowsAndColumns } from './convolution-window.ts';
import { currentRecording, type Tensor } from './tf.ts';

/** A recorded convolution, kept so that the gradient of its filter can be formed and faster forms take its place. */
export interface Convolution {
  /** Input [n, h, w, in] with its padding. */
  readonly x: Tensor;
  /** Filter [rows, columns, in, out], but for what meets no pixel, before its conversion to x's type. */
  readonly filter: Tensor;
  /** The filter in the type that it is multiplied in. */
  readonly taps: Tensor;
  /** Result in the type that it was computed in. */
  readonly y: Tensor;
  /** What its caller got: the result in the type of x. */
  readonly result: Tensor;
  /** The same convolution of the same x with another filter of the same shape. */
  readonly withFilter: (filter: Tensor) => Tensor;
  /** The same by matrix products, where these are faster. */
  readonly product?: ConvolutionProduct | undefined;
  readonly stride: number;
  /** Zeros that the operation itself adds before and after the rows and the columns (stride 1 only). */
  readonly padding: RowsAndColumns;
}

/** A convolution by matrix products. */
export interface ConvolutionProduct {
  /** The same result. */
  readonly y: Tensor;
  /** The gradient [n, h, w, in] of the input from that of the result, where a product is faster for it too. */
  readonly inputGradient?: ((dy: Tensor) => Tensor) | undefined;
}

const recorded = new WeakMap<object, Convolution[]>();

/** The convolutions of the function that is being recorded. */
export function recordedConvolutions(): readonly Convolution[] {
  return recorded.get(currentRecording()) ?? [];
}

/** Adds to {@link recordedConvolutions}. */
export function keepConvolution(convolution: Convolution): void {
  recorded.set(currentRecording(), [...recordedConvolutions(), convolution]);
}

/** The attributes of TensorFlow's convolutions and of their gradients, but for the padding. */
export function convolutionAttributes(stride: number) {
  return { strides: [1, stride, stride, 1], data_format: 'NHWC', dilations: [1, 1, 1, 1] };
}
