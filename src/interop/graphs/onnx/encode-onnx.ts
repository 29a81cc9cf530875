import { packageVersion } from '../../../util/package-info.ts';
import type { EncoderGraph, GraphTensor } from '../encoder-graph.ts';
import { ARRAY_CONVERTERS } from './array-converters.ts';
import { type Builder, createBuilder, TO_IMAGE, type Value } from './builder.ts';
import { ELEMENTWISE_CONVERTERS } from './elementwise-converters.ts';
import { IMAGE_CONVERTERS } from './image-converters.ts';
import { encodeModel, type OnnxValueInfo } from './onnx-model.ts';

const CONVERTERS = { ...IMAGE_CONVERTERS, ...ARRAY_CONVERTERS, ...ELEMENTWISE_CONVERTERS };

/** The operations, besides inputs and constants, that have a counterpart in ONNX. */
export const CONVERTED_OPERATIONS: readonly string[] = Object.keys(CONVERTERS);

/** The name of the free size: images at once. */
const BATCH = 'batch';

/**
 * An encoder as an ONNX model (operator set 20): `images` uint8 [batch, size, size, 3] or `input` float32 [batch, 3,
 * size, size] to float32 outputs, those of a pyramid [batch, c, h, w]. Parameters have their names, filters PyTorch's
 * layout.
 *
 * Equal encoders and metadata give equal bytes. Throws an Error naming an operation without a counterpart.
 */
export function encodeOnnxModel(graph: EncoderGraph, metadata: Readonly<Record<string, string>>): Uint8Array {
  const builder = createBuilder();
  const isImage = graph.input.dtype === 'float32';
  const values = new Map<string, Value>([[graph.input.name, { name: graph.input.name, isImage }]]);
  for (const node of graph.nodes) {
    const { name, op, inputs, attributes } = node;
    if (op === 'Placeholder') continue;
    if (op === 'Const') {
      const { value } = attributes;
      if (value !== undefined && 'tensor' in value) values.set(name, { name, isImage: false, constant: value.tensor });
      continue;
    }
    const convert = CONVERTERS[op];
    if (convert === undefined) throw new Error(`${op} '${name}' has no counterpart in ONNX.`);
    const made = convert(
      node,
      inputs.map((input) => readValue(values, input)),
      builder,
    );
    made.forEach((value, i) => void values.set(i === 0 ? name : `${name}:${i}`, value));
  }
  for (const output of graph.outputs) expectOutput(output, readValue(values, output.name), builder);
  return encodeModel({
    ...builder.finish(graph.outputs.map(({ name }) => name)),
    inputs: [valueInfo(graph.input, isImage)],
    outputs: graph.outputs.map((output) => valueInfo(output, output.shape.length === 4)),
    producer: { name: 'cl-train', version: packageVersion() },
    metadata,
  });
}

function readValue(values: ReadonlyMap<string, Value>, input: string): Value {
  const value = values.get(input);
  if (value === undefined) throw new Error(`Expected '${input}' to come before the operations that read it.`);
  return value;
}

/** Outputs of rank 4 are images, others have TensorFlow's axes: what has their name must be that already. */
function expectOutput({ name, shape }: GraphTensor, value: Value, builder: Builder): void {
  const found = shape.length === 4 ? builder.image(value) : builder.plain(value);
  if (found !== name) throw new Error(`Expected the output '${name}' with the axes of ONNX, got '${found}'.`);
}

/** Free sizes, the batch, by name; an image's with the channels before height and width. */
function valueInfo({ name, dtype, shape }: GraphTensor, isImage: boolean): OnnxValueInfo {
  const sizes = shape.map((size) => (size < 0 ? BATCH : size));
  return { name, dtype, shape: isImage ? TO_IMAGE.map((axis) => sizes[axis] as number | string) : sizes };
}
