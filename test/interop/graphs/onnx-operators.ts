import { at, broadcast, count, fill, map } from './onnx-arrays.ts';
import type { OnnxFileNode, Values } from './onnx-file.ts';

/** An operator of ONNX's operator set 20 in plain loops, with the attributes that it may have. */
interface Operator {
  readonly attributes?: readonly string[];
  readonly run: (inputs: readonly Values[], node: OnnxFileNode) => readonly Values[];
}

const numberOf = ({ attributes }: OnnxFileNode, name: string, absent: number): number =>
  (attributes[name] as number | undefined) ?? absent;
const listOf = ({ attributes }: OnnxFileNode, name: string, absent: readonly number[]): readonly number[] =>
  (attributes[name] as readonly number[] | undefined) ?? absent;

const unary = (change: (value: number) => number): Operator => ({ run: ([x]) => [map(x as Values, change)] });
const binary = (combine: (a: number, b: number) => number): Operator => ({
  run: ([a, b]) => [broadcast(a as Values, b as Values, combine)],
});

/** The error function by its Taylor series; beyond 4 it differs from 1 by less than 2e-8. */
function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** Output sizes and strides of a window over [n, c, h, w]; pads are [top, left, bottom, right]. */
function windows({ shape }: Values, node: OnnxFileNode, kernel: readonly number[]) {
  const [strideY = 1, strideX = 1] = listOf(node, 'strides', [1, 1]);
  const [top = 0, left = 0, bottom = 0, right = 0] = listOf(node, 'pads', [0, 0, 0, 0]);
  const [height, width] = shape.slice(2) as [number, number];
  const size = [
    Math.floor((height + top + bottom - (kernel[0] as number)) / strideY) + 1,
    Math.floor((width + left + right - (kernel[1] as number)) / strideX) + 1,
  ];
  return { size, height, width, y: (i: number) => i * strideY - top, x: (j: number) => j * strideX - left };
}

function conv([image, filter]: readonly Values[], node: OnnxFileNode): readonly Values[] {
  const { shape, data } = image as Values;
  const [n = 0, channels = 0] = shape;
  const [outputs = 0, inputs = 0, ...kernel] = (filter as Values).shape;
  if (inputs !== channels || listOf(node, 'kernel_shape', kernel).join() !== kernel.join()) throw new Error('filter');
  const [kernelY = 0, kernelX = 0] = kernel;
  const { size, height, width, x, y } = windows(image as Values, node, kernel);
  const taps = (filter as Values).data;
  return [
    fill([n, outputs, ...size], ([b = 0, o = 0, i = 0, j = 0]) => {
      let sum = 0;
      for (let c = 0; c < channels; c++) {
        for (let u = 0; u < kernelY; u++) {
          for (let v = 0; v < kernelX; v++) {
            const [row, column] = [y(i) + u, x(j) + v];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            const pixel = data[((b * channels + c) * height + row) * width + column] as number;
            sum += pixel * (taps[((o * channels + c) * kernelY + u) * kernelX + v] as number);
          }
        }
      }
      return sum;
    }),
  ];
}

function maxPool([image]: readonly Values[], node: OnnxFileNode): readonly Values[] {
  const [kernelY = 0, kernelX = 0] = listOf(node, 'kernel_shape', []);
  const { size, height, width, x, y } = windows(image as Values, node, [kernelY, kernelX]);
  const [n = 0, channels = 0] = (image as Values).shape;
  return [
    fill([n, channels, ...size], ([b = 0, c = 0, i = 0, j = 0]) => {
      let most = Number.NEGATIVE_INFINITY;
      for (let row = Math.max(0, y(i)); row < Math.min(height, y(i) + kernelY); row++) {
        for (let column = Math.max(0, x(j)); column < Math.min(width, x(j) + kernelX); column++) {
          most = Math.max(most, at(image as Values, [b, c, row, column]));
        }
      }
      return most;
    }),
  ];
}

function batchNormalization([x, scale, shift, mean, variance]: readonly Values[], node: OnnxFileNode) {
  const epsilon = numberOf(node, 'epsilon', 1e-5);
  const of = (values: Values | undefined, channel: number): number => values?.data[channel] as number;
  return [
    fill((x as Values).shape, (places) => {
      const c = places[1] as number;
      const centred = at(x as Values, places) - of(mean, c);
      return (centred / Math.sqrt(of(variance, c) + epsilon)) * of(scale, c) + of(shift, c);
    }),
  ];
}

function reduceMean([x, axes]: readonly Values[], node: OnnxFileNode): readonly Values[] {
  const { shape } = x as Values;
  const reduced = Array.from(axes?.data ?? [], (axis) => (axis < 0 ? axis + shape.length : axis));
  const kept = shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
  const inner = shape.map((size, axis) => (reduced.includes(axis) ? size : 1));
  const sums = fill(kept, (places) => {
    const all = fill(inner, (more) =>
      at(
        x as Values,
        places.map((place, axis) => place + (more[axis] as number)),
      ),
    );
    return Array.from(all.data).reduce((a, b) => a + b, 0) / count(inner);
  });
  const isKept = numberOf(node, 'keepdims', 1) === 1;
  return [{ ...sums, shape: isKept ? kept : kept.filter((_, axis) => !reduced.includes(axis)) }];
}

/** The last two axes are multiplied, the others are equal. */
function matMul([a, b]: readonly Values[]): readonly Values[] {
  const [left, right] = [a as Values, b as Values];
  const inner = left.shape.at(-1) as number;
  const outer = left.shape.slice(0, -2);
  if (right.shape.at(-2) !== inner || right.shape.slice(0, -2).join() !== outer.join()) {
    throw new Error(`[${left.shape}] times [${right.shape}]`);
  }
  const columns = right.shape.at(-1) as number;
  const rows = left.shape.at(-2) as number;
  const shape = [...left.shape.slice(0, -1), columns];
  const data = Float64Array.from({ length: count(shape) }, (_, flat) => {
    const row = Math.floor(flat / columns);
    const column = Math.floor(row / rows) * inner * columns + (flat % columns);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += (left.data[row * inner + k] as number) * (right.data[column + k * columns] as number);
    }
    return sum;
  });
  return [{ shape, data }];
}

function reshape([x, wanted]: readonly Values[]): readonly Values[] {
  const { data, shape } = x as Values;
  const sizes = Array.from((wanted as Values).data, (size, axis) => (size === 0 ? (shape[axis] as number) : size));
  const free = count(shape) / count(sizes.filter((size) => size !== -1));
  return [{ data, shape: sizes.map((size) => (size === -1 ? free : size)) }];
}

function transpose([x]: readonly Values[], node: OnnxFileNode): readonly Values[] {
  const { shape } = x as Values;
  const perm = listOf(node, 'perm', shape.map((_, axis) => axis).toReversed());
  if (perm.length !== shape.length) throw new Error(`[${shape}] with the axes [${perm}]`);
  const target = perm.map((axis) => shape[axis] as number);
  return [
    fill(target, (places) =>
      at(
        x as Values,
        shape.map((_, axis) => places[perm.indexOf(axis)] as number),
      ),
    ),
  ];
}

function slice([x, starts, ends]: readonly Values[]): readonly Values[] {
  const { shape } = x as Values;
  const from = Array.from((starts as Values).data);
  const sizes = shape.map(
    (size, axis) => Math.min(size, (ends as Values).data[axis] as number) - (from[axis] as number),
  );
  return [
    fill(sizes, (places) =>
      at(
        x as Values,
        places.map((place, axis) => place + (from[axis] as number)),
      ),
    ),
  ];
}

function split([x, sizes]: readonly Values[], node: OnnxFileNode): readonly Values[] {
  const { shape } = x as Values;
  const axis = numberOf(node, 'axis', 0);
  const lengths = Array.from((sizes as Values).data);
  if (lengths.reduce((a, b) => a + b, 0) !== shape[axis]) throw new Error(`[${shape}] split into [${lengths}]`);
  return lengths.map((length, part) => {
    const from = lengths.slice(0, part).reduce((a, b) => a + b, 0);
    return fill(shape.with(axis, length), (places) =>
      at(x as Values, places.with(axis, (places[axis] as number) + from)),
    );
  });
}

function pad([x, pads, value]: readonly Values[]): readonly Values[] {
  const { shape } = x as Values;
  const sides = Array.from((pads as Values).data);
  const sizes = shape.map((size, axis) => size + (sides[axis] as number) + (sides[axis + shape.length] as number));
  return [
    fill(sizes, (places) => {
      const inside = places.map((place, axis) => place - (sides[axis] as number));
      const isBorder = inside.some((place, axis) => place < 0 || place >= (shape[axis] as number));
      return isBorder ? ((value?.data[0] as number | undefined) ?? 0) : at(x as Values, inside);
    }),
  ];
}

function softmax([x]: readonly Values[], node: OnnxFileNode): readonly Values[] {
  const { shape } = x as Values;
  const axis = (numberOf(node, 'axis', -1) + shape.length) % shape.length;
  const row = (places: readonly number[]): number[] =>
    Array.from({ length: shape[axis] as number }, (_, k) => at(x as Values, places.with(axis, k)));
  return [
    fill(shape, (places) => {
      const values = row(places);
      const most = Math.max(...values);
      const sum = values.reduce((total, value) => total + Math.exp(value - most), 0);
      return Math.exp(at(x as Values, places) - most) / sum;
    }),
  ];
}

/** The operators that encoders are made of. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Relu: unary((x) => Math.max(x, 0)),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Erf: unary(erf),
  Identity: unary((x) => x),
  // TensorProto.DataType.FLOAT = 1.
  Cast: {
    attributes: ['to'],
    run: ([x], node) => {
      if (numberOf(node, 'to', 0) !== 1) throw new Error('cast to another type than float');
      return [x as Values];
    },
  },
  Conv: { attributes: ['kernel_shape', 'strides', 'pads'], run: conv },
  MaxPool: { attributes: ['kernel_shape', 'strides', 'pads'], run: maxPool },
  BatchNormalization: { attributes: ['epsilon'], run: batchNormalization },
  ReduceMean: { attributes: ['keepdims'], run: reduceMean },
  MatMul: { run: matMul },
  Reshape: { run: reshape },
  Transpose: { attributes: ['perm'], run: transpose },
  Slice: { run: slice },
  Split: { attributes: ['axis'], run: split },
  Pad: { run: pad },
  Softmax: { attributes: ['axis'], run: softmax },
};
