import type { Attributes } from './graph.ts';
import { currentGraph, outputOf, type Tensor, tensorOf } from './tf.ts';

/** Adds any TensorFlow operation by its name and returns its outputs; types are inferred from the inputs. */
export function operations(type: string, inputs: readonly Tensor[], attributes: Attributes, count: number): Tensor[] {
  const operation = currentGraph().add(type, inputs.map(outputOf), attributes);
  return Array.from({ length: count }, (_, index) => tensorOf({ oper: operation, index }));
}

/** Adds a TensorFlow operation with one output. */
export function operation(type: string, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
  return operations(type, inputs, attributes, 1)[0] as Tensor;
}

export type ElementType = 'float32' | 'bfloat16' | 'float16' | 'float64' | 'int32' | 'uint8';

/** Converts the elements; tfjs sees types that it does not know as float32. */
export function cast(x: Tensor, type: ElementType): Tensor {
  return operation('Cast', [x], { DstT: type });
}

/** The value itself, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return operation('StopGradient', [x]);
}

/** max(x, 0), with TensorFlow's fused gradient. */
export function relu(x: Tensor): Tensor {
  return operation('Relu', [x]);
}

/** Elementwise sum of two tensors of one shape and type. */
export function add(a: Tensor, b: Tensor): Tensor {
  return operation('AddV2', [a, b]);
}

/**
 * 2-D convolution of x [n, h, w, in] with a filter [kh, kw, in, out], with `padding` zeros on every side as PyTorch pads
 * (TensorFlow's SAME pads only after the image when the stride is 2).
 */
export function conv2d(x: Tensor, filter: Tensor, stride: number, padding: number): Tensor {
  return operation('Conv2D', [x, filter], {
    strides: [1, stride, stride, 1],
    data_format: 'NHWC',
    dilations: [1, 1, 1, 1],
    ...explicitPadding(padding),
  });
}

/** Largest value of every size x size window of x [n, h, w, c], padded on every side as PyTorch pads. */
export function maxPool2d(x: Tensor, size: number, stride: number, padding: number): Tensor {
  return operation('MaxPool', [x], {
    ksize: [1, size, size, 1],
    strides: [1, stride, stride, 1],
    data_format: 'NHWC',
    ...explicitPadding(padding),
  });
}

function explicitPadding(padding: number): Attributes {
  if (padding === 0) return { padding: 'VALID' };
  return { padding: 'EXPLICIT', explicit_paddings: [0, 0, padding, padding, padding, padding, 0, 0] };
}

/** RGB to HSV on [..., 3] with every component in [0, 1]. */
export function rgbToHsv(x: Tensor): Tensor {
  return operation('RGBToHSV', [x]);
}

/** HSV to RGB on [..., 3] with every component in [0, 1]. */
export function hsvToRgb(x: Tensor): Tensor {
  return operation('HSVToRGB', [x]);
}

/**
 * Cross-entropy of softmax(logits) [n, classes] with target distributions [n, classes], by row [n].
 *
 * Uses the log-sum-exp form, so large logits do not overflow.
 */
export function softmaxCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return operations('SoftmaxCrossEntropyWithLogits', [logits, targets], {}, 2)[0] as Tensor;
}

/** Compiles what `build` records with XLA, as one cluster of that name. */
export function compiled<T>(cluster: string, build: () => T): T {
  return currentGraph().compiled(cluster, build);
}
