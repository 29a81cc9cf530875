import { DataType } from './c-api.ts';
import type { Attributes } from './graph.ts';
import { isRefused, isWidened } from './half-on-cpu.ts';
import { currentGraph, outputOf, type Tensor, tensorOf, tf } from './tf.ts';

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

/** x in the element type of another tensor, be that one that tfjs does not know. */
export function castLike(x: Tensor, other: Tensor): Tensor {
  const type = elementType(other);
  return elementType(x) === type ? x : operation('Cast', [x], { DstT: type });
}

/** The value itself, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return operation('StopGradient', [x]);
}

/** max(x, 0), with TensorFlow's fused gradient. */
export function relu(x: Tensor): Tensor {
  return operation('Relu', [x]);
}

/**
 * max(a + b, 0) of two tensors of one shape and type.
 *
 * In bfloat16 on the CPU, where TensorFlow's elementwise kernels are slow, one loop by XLA: half the time.
 */
export function addRelu(a: Tensor, b: Tensor): Tensor {
  const build = (): Tensor => relu(operation('AddV2', [a, b]));
  const graph = currentGraph();
  const isSlow = graph.target === 'cpu' && elementType(a) === DataType.bfloat16;
  return isSlow ? graph.compiled(graph.uniqueName('add-relu'), build) : build();
}

/** The factors of a product in the type that it is computed in, which {@link isWidened} tells. */
export function widened(...factors: readonly Tensor[]): Tensor[] {
  return factors.map((factor) => (isWidened(factor) ? cast(factor, 'float32') : factor));
}

/** The matrix product of [i, k] and [k, j] -> [i, j], in their type. */
export function matMul(a: Tensor, b: Tensor): Tensor {
  return castLike(operation('MatMul', widened(a, b)), a);
}

/**
 * The matrix products of the last two axes of a and b, which agree in the axes before:
 * [..., i, k] and [..., k, j] -> [..., i, j]; b is [..., j, k] where it is transposed.
 */
export function batchMatMul(a: Tensor, b: Tensor, { transposeB = false } = {}): Tensor {
  return castLike(operation('BatchMatMulV2', widened(a, b), { adj_y: transposeB }), a);
}

/** Largest value of every size x size window of x [n, h, w, c], padded on every side as PyTorch pads. */
export function maxPool2d(x: Tensor, size: number, stride: number, padding: number): Tensor {
  const padded = padding === 0 ? x : padImage(x, padding, LOWEST);
  const pooled = operation('MaxPool', [accepted(padded)], {
    ksize: [1, size, size, 1],
    strides: [1, stride, stride, 1],
    data_format: 'NHWC',
    padding: 'VALID',
  });
  return castLike(pooled, x);
}

/** x itself, or in float32 where oneDNN takes no half precision. */
export function accepted(x: Tensor): Tensor {
  return isRefused(x) ? cast(x, 'float32') : x;
}

/** Below every activation; minus infinity in float16, where nothing lower is finite. */
const LOWEST = -3e38;

/** x [n, h, w, c] with `padding` rows and columns of `value` on every side. */
function padImage(x: Tensor, padding: number, value: number): Tensor {
  const sides = tf.tensor2d([0, 0, padding, padding, padding, padding, 0, 0], [4, 2], 'int32');
  return operation('PadV2', [x, sides, castLike(tf.scalar(value), x)]);
}

/** The element type of a tensor in the graph, which tfjs may not know. */
export function elementType(x: Tensor): number {
  return currentGraph().info(outputOf(x)).type;
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
 * Uses the log-sum-exp form, so large logits do not overflow. TensorFlow's fused operation has no deterministic kernel
 * for GPUs, and is refused there where results must be bit-identical.
 */
export function softmaxCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  if (currentGraph().target === 'gpu') {
    return expectedSurprise(targets, operation('LogSoftmax', [logits]));
  }
  return operations('SoftmaxCrossEntropyWithLogits', [logits, targets], {}, 2)[0] as Tensor;
}

/**
 * Cross-entropy of softmax(logits) [n, classes] with labels int32 [n], by row [n], and its derivative by the logits.
 *
 * On a GPU TensorFlow has its fused operation neither in float64 nor deterministic.
 */
export function labelCrossEntropy(logits: Tensor, labels: Tensor): { losses: Tensor; residuals: Tensor } {
  if (currentGraph().target === 'gpu') {
    const [, classes = 1] = logits.shape;
    const one = castLike(tf.scalar(1), logits);
    const zero = castLike(tf.scalar(0), logits);
    const targets = operation('OneHot', [labels, tf.scalar(classes, 'int32'), one, zero], { axis: -1 });
    const logProbabilities = operation('LogSoftmax', [logits]);
    const residuals = operation('Sub', [operation('Exp', [logProbabilities]), targets]);
    return { losses: expectedSurprise(targets, logProbabilities), residuals };
  }
  const [losses, residuals] = operations('SparseSoftmaxCrossEntropyWithLogits', [logits, labels], {}, 2);
  return { losses: losses as Tensor, residuals: residuals as Tensor };
}

/** Minus the mean of log-probabilities [n, classes] under the targets [n, classes], by row [n]. */
function expectedSurprise(targets: Tensor, logProbabilities: Tensor): Tensor {
  const last = tf.tensor1d([-1], 'int32');
  return operation('Neg', [operation('Sum', [operation('Mul', [targets, logProbabilities]), last])]);
}

/** Compiles what `build` records with XLA, as one cluster of that name. */
export function compiled<T>(cluster: string, build: () => T): T {
  return currentGraph().compiled(cluster, build);
}
