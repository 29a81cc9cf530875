import { float32 } from '../runtime/host-tensor.ts';
import { cast, labelCrossEntropy, operation } from '../runtime/ops.ts';
import { createProgram, type Program, type ProgramFunction } from '../runtime/program.ts';
import type { SessionOptions } from '../runtime/session-settings.ts';
import { type Tensor, tf } from '../runtime/tf.ts';
import { float64Bits, float64Of, fromBits, toBits } from './float64.ts';
import type { ValueAndGradient } from './objective.ts';

/** Rows to classify: features float64 [count, width], labels int32 [count] in [0, classes). */
export interface LabelledRows {
  readonly features: Float64Array;
  readonly labels: Int32Array;
  readonly count: number;
  readonly width: number;
  readonly classes: number;
}

/** The mean log loss of a linear softmax classifier over fixed rows, held by TensorFlow in float64. */
export interface SoftmaxLoss {
  /** The mean log loss of weights [classes, width], and its gradient. Costs 4 * count * width * classes operations. */
  evaluate(weights: Float64Array): Promise<ValueAndGradient>;
  /**
   * Sets the Hessian model that `solve` inverts: the second moments of the rows over `classes`, plus `ridge` [width] on
   * the diagonal. At zero weights that is the Hessian itself, without the coupling of the classes.
   */
  factorize(ridge: Float64Array): Promise<void>;
  /** Solves with the Hessian model for every row of [classes, width]. */
  solve(vectors: Float64Array): Promise<Float64Array>;
  close(): void;
}

const MATRIX_PRODUCT = { transpose_a: false, transpose_b: false };

function matrixProduct(a: Tensor, b: Tensor, transposed: Partial<typeof MATRIX_PRODUCT> = {}): Tensor {
  return operation('MatMul', [a, b], { ...MATRIX_PRODUCT, ...transposed });
}

function divide(x: Tensor, divisor: number): Tensor {
  return operation('RealDiv', [x, operation('Cast', [tf.scalar(divisor)], { DstT: 'float64' })]);
}

function triangularSolve(factor: Tensor, right: Tensor, adjoint: boolean): Tensor {
  return operation('MatrixTriangularSolve', [factor, right], { lower: true, adjoint });
}

/** The functions of the program, over its state; `count`, `width` and `classes` are those of the rows. */
export function lossFunctions({
  count,
  width,
  classes,
}: Pick<LabelledRows, 'count' | 'width' | 'classes'>): Record<string, ProgramFunction> {
  const weights = { dtype: 'float32', shape: [classes, width, 2] } as const;
  return {
    moments: {
      inputs: {},
      build: (state) => {
        const features = fromBits(state['features'] as Tensor);
        const moments = divide(matrixProduct(features, features, { transpose_a: true }), count);
        return { outputs: {}, state: { moments: toBits(moments) } };
      },
    },
    factorize: {
      inputs: { ridge: { dtype: 'float32', shape: [width, 2] } },
      build: (state, inputs) => {
        const curvature = divide(fromBits(state['moments'] as Tensor), classes);
        const ridge = operation('MatrixDiag', [fromBits(inputs['ridge'] as Tensor)]);
        const factor = operation('Cholesky', [operation('AddV2', [curvature, ridge])]);
        return { outputs: {}, state: { factor: toBits(factor) } };
      },
    },
    solve: {
      inputs: { vectors: weights },
      build: (state, inputs) => {
        const factor = fromBits(state['factor'] as Tensor);
        const swap = tf.tensor1d([1, 0], 'int32');
        const right = operation('Transpose', [fromBits(inputs['vectors'] as Tensor), swap]);
        const solved = triangularSolve(factor, triangularSolve(factor, right, false), true);
        return { outputs: { solved: toBits(operation('Transpose', [solved, swap])) } };
      },
    },
    evaluate: {
      inputs: { weights },
      build: (state, inputs) => {
        const features = fromBits(state['features'] as Tensor);
        const logits = matrixProduct(features, fromBits(inputs['weights'] as Tensor), { transpose_b: true });
        const labels = cast(state['labels'] as Tensor, 'int32');
        const { losses, residuals } = labelCrossEntropy(logits, labels);
        const total = operation('Sum', [losses, tf.tensor1d([0], 'int32')], { keep_dims: true });
        const gradient = matrixProduct(residuals, features, { transpose_a: true });
        return { outputs: { value: toBits(divide(total, count)), gradient: toBits(divide(gradient, count)) } };
      },
    },
  };
}

/**
 * Hands the rows to TensorFlow and prepares their loss; memory is 8 * (2 * count * width + 3 * width^2) bytes at most.
 */
export async function createSoftmaxLoss(rows: LabelledRows, session: SessionOptions): Promise<SoftmaxLoss> {
  const { features, labels, count, width, classes } = rows;
  const square = float64Bits(new Float64Array(width * width), [width, width]);
  const program: Program = await createProgram({
    state: {
      features: float64Bits(features, [count, width]),
      // As float32, exact up to 2^24 classes: TensorFlow keeps no int32 on a GPU.
      labels: float32(Float32Array.from(labels), [count]),
      moments: square,
      factor: square,
    },
    functions: lossFunctions(rows),
    session,
  });
  await program.run('moments', {});
  return {
    async evaluate(weights) {
      const found = await program.run('evaluate', { weights: float64Bits(weights, [classes, width]) });
      return { value: float64Of(found, 'value')[0] as number, gradient: float64Of(found, 'gradient') };
    },
    async factorize(ridge) {
      await program.run('factorize', { ridge: float64Bits(ridge, [width]) });
    },
    async solve(vectors) {
      return float64Of(await program.run('solve', { vectors: float64Bits(vectors, [classes, width]) }), 'solved');
    },
    close: () => program.close(),
  };
}
