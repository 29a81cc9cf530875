import { isSet } from '../node-attributes.ts';
import { type Converter, elementsOf, type Value } from './builder.ts';

/** Past every axis: a slice to its end (the largest int32, which every runtime takes). */
const END = 2 ** 31 - 1;

/** Operations on arrays in TensorFlow's axes. */
export const ARRAY_CONVERTERS: Readonly<Record<string, Converter>> = {
  Reshape(node, [x, shape], builder) {
    const sizes = elementsOf(shape as Value);
    // ONNX copies a size where 0 is asked for.
    if (sizes.includes(0)) throw new Error(`Expected no size of 0 in the shape [${sizes}] of '${node.name}'.`);
    const list = builder.integers(`${node.name}/shape`, sizes);
    return [{ name: builder.one('Reshape', node.name, [builder.plain(x as Value), list]), isImage: false }];
  },

  Transpose(node, [x, order], builder) {
    const perm = elementsOf(order as Value);
    return [{ name: builder.one('Transpose', node.name, [builder.plain(x as Value)], { perm }), isImage: false }];
  },

  Slice(node, [x, begin, size], builder) {
    const starts = elementsOf(begin as Value);
    const sizes = elementsOf(size as Value);
    const ends = starts.map((from, i) => (sizes[i] === -1 ? END : from + (sizes[i] as number)));
    const lists = [builder.integers(`${node.name}/starts`, starts), builder.integers(`${node.name}/ends`, ends)];
    return [{ name: builder.one('Slice', node.name, [builder.plain(x as Value), ...lists]), isImage: false }];
  },

  SplitV(node, [x, sizes, axis], builder) {
    const lengths = elementsOf(sizes as Value);
    const inputs = [builder.plain(x as Value), builder.integers(`${node.name}/sizes`, lengths)];
    const attributes = { axis: elementsOf(axis as Value)[0] as number };
    const outputs = builder.add('Split', node.name, inputs, attributes, lengths.length);
    return outputs.map((name) => ({ name, isImage: false }));
  },

  MatMul(node, [a, b], builder) {
    if (isSet(node, 'transpose_a') || isSet(node, 'transpose_b')) {
      throw new Error(`Expected '${node.name}' to multiply its factors as they are.`);
    }
    const factors = [builder.plain(a as Value), builder.plain(b as Value)];
    return [{ name: builder.one('MatMul', node.name, factors), isImage: false }];
  },

  BatchMatMulV2(node, [a, b], builder) {
    const rank = node.shape?.length ?? 0;
    if (isSet(node, 'adj_x') || rank < 2)
      throw new Error(`Expected '${node.name}' to multiply its first factor as it is.`);
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    perm.splice(-2, 2, rank - 1, rank - 2);
    const right = builder.plain(b as Value);
    const factor = isSet(node, 'adj_y')
      ? builder.one('Transpose', `${node.name}/transposed`, [right], { perm })
      : right;
    return [{ name: builder.one('MatMul', node.name, [builder.plain(a as Value), factor]), isImage: false }];
  },

  Softmax: (node, [x], builder) => [
    { name: builder.one('Softmax', node.name, [builder.plain(x as Value)], { axis: -1 }), isImage: false },
  ],
};
