import type { GraphNode } from '../graph-def.ts';
import { floatOf, isSet, listOf, textOf } from '../node-attributes.ts';
import { type Builder, type Converter, constantOf, elementsOf, FROM_IMAGE, TO_IMAGE, type Value } from './builder.ts';

/** Below every activation: TensorFlow's border of max-pooling, which ONNX ignores. */
const LOWEST = -3e38;

const NO_BORDER = [0, 0, 0, 0] as const;

/** Operations on images [n, h, w, c], which are [n, c, h, w] in ONNX. */
export const IMAGE_CONVERTERS: Readonly<Record<string, Converter>> = {
  Conv2D(node, [x, filter], builder) {
    const [kernelHeight = 1, kernelWidth = 1, input = 1, output = 1] = constantOf(filter as Value).shape;
    const { name } = filter as Value;
    const taps = builder.hold(name, [output, input, kernelHeight, kernelWidth], outputsFirst(filter as Value));
    const strides = stridesOf(node);
    const { image, pads } = bordered(x as Value, builder, (fill) => fill === 0);
    const same = sidesOf(node, [kernelHeight, kernelWidth], strides);
    const attributes = {
      kernel_shape: [kernelHeight, kernelWidth],
      strides,
      pads: pads.map((side, i) => side + (same[i] as number)),
    };
    return [{ name: builder.one('Conv', node.name, [image, taps], attributes), isImage: true }];
  },

  FusedBatchNormV3(node, [x, ...statistics], builder) {
    if (isSet(node, 'is_training')) throw new Error(`Expected '${node.name}' to have stored statistics.`);
    expectNhwc(node);
    const inputs = [builder.image(x as Value), ...statistics.slice(0, 4).map(builder.plain)];
    const attributes = { epsilon: { float: floatOf(node, 'epsilon') } };
    return [{ name: builder.one('BatchNormalization', node.name, inputs, attributes), isImage: true }];
  },

  MaxPool(node, [x], builder) {
    const kernel_shape = listOf(node, 'ksize').slice(1, 3);
    const strides = stridesOf(node);
    const { image, pads } = bordered(x as Value, builder, (fill) => fill <= LOWEST);
    const same = sidesOf(node, kernel_shape, strides);
    const attributes = { kernel_shape, strides, pads: pads.map((side, i) => side + (same[i] as number)) };
    return [{ name: builder.one('MaxPool', node.name, [image], attributes), isImage: true }];
  },

  Pad: pad,
  PadV2: pad,

  Mean(node, [x, axes], builder) {
    const wanted = elementsOf(axes as Value);
    const keepdims = isSet(node, 'keep_dims');
    // Without height and width the order of what remains is the same.
    const isImage = x?.isImage === true && (keepdims || [...wanted].sort().join() === '1,2');
    const source = isImage ? builder.image(x) : builder.plain(x as Value);
    const moved = isImage ? wanted.map((axis) => FROM_IMAGE[axis] as number) : wanted;
    const list = builder.integers(`${node.name}/axes`, moved);
    const name = builder.one('ReduceMean', node.name, [source, list], { keepdims: Number(keepdims) });
    return [{ name, isImage: isImage && keepdims }];
  },
};

function pad(node: GraphNode, [x, sides, fill]: readonly Value[], builder: Builder): readonly Value[] {
  const { isImage } = x as Value;
  const flat = elementsOf(sides as Value);
  const pairs = Array.from({ length: flat.length / 2 }, (_, axis) => flat.slice(2 * axis, 2 * axis + 2));
  const ordered = isImage ? TO_IMAGE.map((axis) => pairs[axis] as number[]) : pairs;
  const [before, after] = [0, 1].map((side) => ordered.map((pair) => pair[side] as number)) as [number[], number[]];
  const value = fill === undefined ? 0 : (elementsOf(fill)[0] as number);
  const source = isImage ? builder.image(x as Value) : builder.plain(x as Value);
  const list = builder.integers(`${node.name}/pads`, [...before, ...after]);
  const name = builder.one('Pad', node.name, [
    source,
    list,
    builder.hold(`${node.name}/fill`, [], Float32Array.of(value)),
  ]);
  const [, , top = 0, left = 0] = before;
  const [, , bottom = 0, right = 0] = after;
  const isBorder = isImage && [...before.slice(0, 2), ...after.slice(0, 2)].every((side) => side === 0);
  const border = { of: x as Value, pads: [top, left, bottom, right], fill: value } as const;
  return [{ name, isImage, ...(isBorder && { border }) }];
}

/** An image that a window slides over: without its border where the window can bring an equal one itself. */
function bordered(x: Value, builder: Builder, isEqual: (fill: number) => boolean) {
  const { border } = x;
  if (border === undefined || !isEqual(border.fill)) return { image: builder.image(x), pads: NO_BORDER };
  return { image: builder.image(border.of), pads: border.pads };
}

/** Strides down and to the right. */
function stridesOf(node: GraphNode): readonly number[] {
  expectNhwc(node);
  return listOf(node, 'strides').slice(1, 3);
}

function expectNhwc(node: GraphNode): void {
  const dilations = node.attributes['dilations'];
  const isDilated = dilations !== undefined && 'list' in dilations && dilations.list.some((each) => each !== 1);
  if (textOf(node, 'data_format') !== 'NHWC' || isDilated) {
    throw new Error(`Expected '${node.name}' to read [n, h, w, c] without gaps.`);
  }
}

/** Zeros that a window adds above, left, below and right of an image. */
function sidesOf(node: GraphNode, kernel: readonly number[], strides: readonly number[]): readonly number[] {
  const padding = textOf(node, 'padding');
  if (padding === 'VALID') return NO_BORDER;
  if (padding === 'SAME' && strides.every((stride) => stride === 1) && kernel.every((size) => size % 2 === 1)) {
    const [height = 1, width = 1] = kernel.map((size) => (size - 1) / 2);
    return [height, width, height, width];
  }
  throw new Error(`The padding ${padding} of '${node.name}' has no counterpart in ONNX.`);
}

/** A filter [k, k, in, out] as ONNX and PyTorch have it: [out, in, k, k]. */
function outputsFirst(filter: Value): Float32Array {
  const { shape, data } = constantOf(filter);
  const [height = 1, width = 1, input = 1, output = 1] = shape;
  const taps = height * width;
  const values = new Float32Array(data.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < input; i++) {
      const from = (tap * input + i) * output;
      for (let o = 0; o < output; o++) values[(o * input + i) * taps + tap] = data[from + o] as number;
    }
  }
  return values;
}
