import { tensorflowVersion } from '../../runtime/c-api.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { packageVersion } from '../../util/package-info.ts';
import type { EncoderGraph, GraphTensor } from './encoder-graph.ts';
import { type Attribute, ELEMENTS, type GraphNode, sortedAttributes, tensorBytes } from './graph-def.ts';

/** Bytes of a file of weights at most, as TensorFlow.js' converter writes them: browsers cache files of this size. */
const SHARD = 4 * 2 ** 20;

/** TensorFlow's types by their names in JSON; tfjs has no uint8, and pixels are int32 there (`browser.fromPixels`). */
const TYPES: Readonly<Record<number, string>> = {
  [ELEMENTS.float32]: 'DT_FLOAT',
  [ELEMENTS.int32]: 'DT_INT32',
  [ELEMENTS.uint8]: 'DT_INT32',
};

/**
 * The files of a graph model for `tf.loadGraphModel` of TensorFlow.js, by their paths in its folder: `model.json`, and
 * weights in files of at most 4 MiB, as tensorflowjs_converter writes them.
 */
export function tfjsFiles(graph: EncoderGraph): Record<string, Uint8Array | string> {
  const constants = graph.nodes.flatMap(({ name, attributes: { value } }) =>
    value !== undefined && 'tensor' in value ? [{ name, tensor: value.tensor }] : [],
  );
  const shards = cut(constants.map(({ tensor }) => tensorBytes(tensor)));
  const names = shards.map((_, i) => `group1-shard${i + 1}of${shards.length}.bin`);
  const model = {
    format: 'graph-model',
    generatedBy: tensorflowVersion(),
    convertedBy: `cl-train ${packageVersion()}`,
    signature: { inputs: signatureOf([graph.input]), outputs: signatureOf(graph.outputs) },
    modelTopology: {
      node: graph.nodes.map(nodeJson),
      library: {},
      versions: { producer: graph.versions.producer, minConsumer: graph.versions.minConsumer },
    },
    weightsManifest: [
      {
        paths: names,
        weights: constants.map(({ name, tensor: { dtype, shape } }) => ({ name, shape: [...shape], dtype })),
      },
    ],
  };
  const files = shards.map((bytes, i) => [names[i] as string, bytes] as const);
  return { 'model.json': JSON.stringify(model), ...Object.fromEntries(files) };
}

/** Bytes one after another, in pieces of the size of a shard. */
function cut(parts: readonly Uint8Array[]): Uint8Array[] {
  const whole = Buffer.concat(parts);
  const count = Math.ceil(whole.length / SHARD);
  return Array.from({ length: count }, (_, i) => whole.subarray(i * SHARD, (i + 1) * SHARD));
}

function nodeJson({ name, op, inputs, attributes }: GraphNode): object {
  const attr = Object.fromEntries(sortedAttributes(attributes).map(([key, value]) => [key, attributeJson(value)]));
  return { name, op, ...(inputs.length > 0 && { input: inputs }), ...(Object.keys(attr).length > 0 && { attr }) };
}

/** As protobuf writes JSON: texts in base64, 64-bit integers as texts. Values of constants lie in the weights. */
function attributeJson(value: Attribute): object {
  if ('text' in value) return { s: Buffer.from(value.text).toString('base64') };
  if ('integer' in value) return { i: String(value.integer) };
  if ('float' in value) return { f: value.float };
  if ('flag' in value) return { b: value.flag };
  if ('type' in value) return { type: typeJson(value.type) };
  if ('shape' in value) return { shape: shapeJson(value.shape) };
  if ('list' in value) return { list: value.list.length > 0 ? { i: value.list.map(String) } : {} };
  return { tensor: tensorJson(value.tensor) };
}

function tensorJson({ dtype, shape }: HostTensor): object {
  return { dtype: typeJson(ELEMENTS[dtype]), tensorShape: shapeJson(shape) };
}

function typeJson(type: number): string {
  const name = TYPES[type];
  if (name === undefined) throw new Error(`TensorFlow's type ${type} has no counterpart in TensorFlow.js.`);
  return name;
}

const shapeJson = (shape: readonly number[]): object =>
  shape.length > 0 ? { dim: shape.map((size) => ({ size: String(size) })) } : {};

function signatureOf(tensors: readonly GraphTensor[]): Record<string, object> {
  return Object.fromEntries(
    tensors.map(({ name, dtype, shape }) => [
      name,
      { name: `${name}:0`, dtype: typeJson(ELEMENTS[dtype]), tensorShape: shapeJson(shape) },
    ]),
  );
}
