import { elementCount } from '../../../runtime/host-tensor.ts';
import { ELEMENTS } from '../graph-def.ts';
import { typeOf } from '../node-attributes.ts';
import { type Builder, type Converter, constantOf, type Value } from './builder.ts';
import { ONNX_ELEMENTS } from './onnx-model.ts';

/** Operations that combine or change values one by one. */
export const ELEMENTWISE_CONVERTERS: Readonly<Record<string, Converter>> = {
  Add: elementwise('Add'),
  AddV2: elementwise('Add'),
  Sub: elementwise('Sub'),
  Mul: elementwise('Mul'),
  RealDiv: elementwise('Div'),
  Relu: elementwise('Relu'),
  Erf: elementwise('Erf'),
  Identity: elementwise('Identity'),

  Rsqrt(node, inputs, builder) {
    const { names, isImage } = operands(inputs, builder);
    const root = builder.one('Sqrt', `${node.name}/root`, names);
    return [{ name: builder.one('Reciprocal', node.name, [root]), isImage }];
  },

  Cast(node, inputs, builder) {
    if (typeOf(node, 'DstT') !== ELEMENTS.float32) throw new Error(`Expected '${node.name}' to give float32.`);
    const { names, isImage } = operands(inputs, builder);
    return [{ name: builder.one('Cast', node.name, names, { to: ONNX_ELEMENTS.float32 }), isImage }];
  },
};

function elementwise(op: string): Converter {
  return (node, inputs, builder) => {
    const { names, isImage } = operands(inputs, builder);
    return [{ name: builder.one(op, node.name, names), isImage }];
  };
}

/** Values in the axes of images where all that are computed are images, else in TensorFlow's. */
function operands(inputs: readonly Value[], builder: Builder): { names: string[]; isImage: boolean } {
  const isImage = inputs.some((value) => value.isImage) && inputs.every((value) => value.isImage || value.constant);
  return { names: inputs.map(isImage ? (value) => besideImage(value, builder) : builder.plain), isImage };
}

/** A constant's last axis are the channels, which ONNX has before height and width. */
function besideImage(value: Value, builder: Builder): string {
  if (value.constant === undefined) return builder.image(value);
  const { shape, data } = constantOf(value);
  if (elementCount(shape) === 1) return builder.plain(value);
  if (shape.length === 1) return builder.hold(value.name, [data.length, 1, 1], Float32Array.from(data));
  return builder.image(value);
}
