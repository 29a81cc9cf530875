/** The types of elements that tfjs knows; others (bfloat16, float16, float64, uint8) it sees as one of these. */
export type TensorType = 'float32' | 'int32' | 'bool' | 'complex64' | 'string';

/**
 * A tensor of the graph that is being recorded: tfjs's, as far as a recorded function needs to know it.
 *
 * This and `TensorOperations` are written out because tfjs's own declarations fail where libraries are checked
 * (`skipLibCheck: false`, tfjs 4.22.0): the package's types may not lead to them.
 */
export interface Tensor {
  readonly id: number;
  readonly shape: number[];
  readonly rank: number;
  /** Elements. */
  readonly size: number;
  readonly dtype: TensorType;
}

/** A tensor, or what becomes a constant. */
export type TensorLike = Tensor | number | boolean | NumbersLike;

type NumbersLike = Float32Array | Int32Array | Uint8Array | number[] | number[][] | number[][][] | number[][][][];

type Unary = (x: TensorLike) => Tensor;
type Binary = (a: TensorLike, b: TensorLike) => Tensor;
type Reduction = (x: TensorLike, axis?: number | number[], keepDims?: boolean) => Tensor;
type Filled = (shape: number[], dtype?: TensorType) => Tensor;

/** The operations of tfjs that may be recorded; `ops.operation` adds any other one of TensorFlow by its name. */
export interface TensorOperations {
  // Constants. Shapes count from the outermost dimension.
  readonly scalar: (value: number | boolean, dtype?: TensorType) => Tensor;
  readonly tensor: (values: NumbersLike, shape?: number[], dtype?: TensorType) => Tensor;
  readonly tensor1d: (values: NumbersLike, dtype?: TensorType) => Tensor;
  readonly tensor2d: (values: NumbersLike, shape?: [number, number], dtype?: TensorType) => Tensor;
  readonly tensor3d: (values: NumbersLike, shape?: [number, number, number], dtype?: TensorType) => Tensor;
  readonly tensor4d: (values: NumbersLike, shape?: [number, number, number, number], dtype?: TensorType) => Tensor;
  readonly ones: Filled;
  readonly zeros: Filled;
  readonly onesLike: Unary;
  readonly zerosLike: Unary;
  readonly eye: (rows: number) => Tensor;
  readonly range: (start: number, stop: number, step?: number, dtype?: 'float32' | 'int32') => Tensor;
  readonly fill: (shape: number[], value: number, dtype?: TensorType) => Tensor;
  readonly oneHot: (indices: TensorLike, depth: number, on?: number, off?: number) => Tensor;

  // Elements.
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly mod: Binary;
  readonly pow: Binary;
  readonly maximum: Binary;
  readonly minimum: Binary;
  readonly squaredDifference: Binary;
  readonly addN: (tensors: Tensor[]) => Tensor;
  readonly abs: Unary;
  readonly neg: Unary;
  readonly sign: Unary;
  readonly square: Unary;
  readonly sqrt: Unary;
  readonly rsqrt: Unary;
  readonly exp: Unary;
  readonly expm1: Unary;
  readonly log: Unary;
  readonly log1p: Unary;
  readonly floor: Unary;
  readonly ceil: Unary;
  readonly round: Unary;
  readonly sigmoid: Unary;
  readonly softplus: Unary;
  readonly tanh: Unary;
  readonly erf: Unary;
  readonly relu: Unary;
  readonly isFinite: Unary;
  readonly clipByValue: (x: TensorLike, least: number, most: number) => Tensor;
  readonly cast: (x: TensorLike, dtype: TensorType) => Tensor;

  // Comparisons.
  readonly equal: Binary;
  readonly notEqual: Binary;
  readonly greater: Binary;
  readonly greaterEqual: Binary;
  readonly less: Binary;
  readonly lessEqual: Binary;
  readonly logicalAnd: Binary;
  readonly logicalOr: Binary;
  readonly logicalNot: Unary;
  readonly where: (condition: TensorLike, ifTrue: TensorLike, ifFalse: TensorLike) => Tensor;

  // Sums over axes; without axes over all elements.
  readonly all: Reduction;
  readonly any: Reduction;
  readonly max: Reduction;
  readonly mean: Reduction;
  readonly min: Reduction;
  readonly prod: Reduction;
  readonly sum: Reduction;
  readonly argMax: (x: TensorLike, axis?: number) => Tensor;
  readonly moments: (
    x: TensorLike,
    axis?: number | number[],
    keepDims?: boolean,
  ) => { readonly mean: Tensor; readonly variance: Tensor };
  readonly softmax: (logits: TensorLike, axis?: number) => Tensor;

  // Products.
  readonly matMul: (a: TensorLike, b: TensorLike, transposeA?: boolean, transposeB?: boolean) => Tensor;

  // Shapes.
  readonly concat: (tensors: TensorLike[], axis?: number) => Tensor;
  readonly expandDims: (x: TensorLike, axis?: number) => Tensor;
  readonly gather: (x: TensorLike, indices: TensorLike, axis?: number) => Tensor;
  readonly pad: (x: TensorLike, paddings: [before: number, after: number][], value?: number) => Tensor;
  readonly reshape: (x: TensorLike, shape: number[]) => Tensor;
  readonly reverse: (x: TensorLike, axis?: number | number[]) => Tensor;
  readonly slice: (x: TensorLike, begin: number | number[], size?: number | number[]) => Tensor;
  readonly split: (x: TensorLike, sizes: number | number[], axis?: number) => Tensor[];
  readonly squeeze: (x: TensorLike, axes?: number[]) => Tensor;
  readonly stack: (tensors: TensorLike[], axis?: number) => Tensor;
  readonly stridedSlice: (x: TensorLike, begin: number[], end: number[], strides?: number[]) => Tensor;
  readonly tile: (x: TensorLike, times: number[]) => Tensor;
  readonly transpose: (x: TensorLike, axes?: number[]) => Tensor;
  readonly unstack: (x: TensorLike, axis?: number) => Tensor[];
}
