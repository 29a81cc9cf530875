import protobuf from 'protobufjs';
import { elementCount, type HostTensor } from '../../runtime/host-tensor.ts';

/** TensorFlow's serialized graph, with the field numbers of TensorFlow 2.21 (core/framework/*.proto). */
const DEFINITIONS = `
syntax = "proto3";
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; bool unknown_rank = 3; }
message TensorProto {
  int32 dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; repeated float float_val = 5;
  repeated int32 int_val = 7;
}
message AttrValue {
  message ListValue { repeated bytes s = 2; repeated int64 i = 3; repeated float f = 4; repeated int32 type = 6; }
  oneof value {
    ListValue list = 1; bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; TensorShapeProto shape = 7;
    TensorProto tensor = 8;
  }
}
message NodeDef { string name = 1; string op = 2; repeated string input = 3; map<string, AttrValue> attr = 5; }
message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
message GraphDef { repeated NodeDef node = 1; VersionDef versions = 4; }
`;

const type = protobuf.parse(DEFINITIONS, { keepCase: false }).root.lookupType('GraphDef');

/** TensorFlow's numbers of the types that graphs of encoders have. */
export const ELEMENTS = { float32: 1, int32: 3, uint8: 4 } as const;

/** A value of an operation's attribute; a list holds integers. */
export type Attribute =
  | { readonly text: string }
  | { readonly integer: number }
  | { readonly float: number }
  | { readonly flag: boolean }
  | { readonly type: number }
  | { readonly shape: readonly number[] }
  | { readonly list: readonly number[] }
  | { readonly tensor: HostTensor };

/** An operation of a graph; its inputs are `name`, or `name:index` of operations with several outputs. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Of the first output, where it is known; -1 for a size that is free. Not part of the file. */
  readonly shape?: readonly number[] | undefined;
}

/** Operations in an order in which inputs come first, and the versions of TensorFlow's format. */
export interface GraphDef {
  readonly nodes: readonly GraphNode[];
  readonly versions: { readonly producer: number; readonly minConsumer: number };
}

interface RawShape {
  readonly dim?: readonly { readonly size?: number | undefined }[] | undefined;
}

interface RawTensor {
  readonly dtype: number;
  readonly tensorShape?: RawShape | undefined;
  readonly tensorContent?: Uint8Array | undefined;
  readonly floatVal?: readonly number[] | undefined;
  readonly intVal?: readonly number[] | undefined;
}

interface RawAttribute {
  readonly s?: Uint8Array | undefined;
  readonly i?: number | undefined;
  readonly f?: number | undefined;
  readonly b?: boolean | undefined;
  readonly type?: number | undefined;
  readonly shape?: RawShape | undefined;
  /** Lists by the name of their elements' type. */
  readonly list?: Readonly<Record<string, readonly number[] | undefined>> | undefined;
  readonly tensor?: RawTensor | undefined;
}

interface RawNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[] | undefined;
  readonly attr?: Readonly<Record<string, RawAttribute>> | undefined;
}

interface RawGraph {
  readonly node: readonly RawNode[];
  readonly versions?: Partial<GraphDef['versions']> | undefined;
}

/**
 * Reads a serialized GraphDef, without the devices and the order of execution that it may ask for.
 *
 * Throws an Error naming an attribute or constant of a kind that graphs of encoders don't have.
 */
export function decodeGraphDef(bytes: Uint8Array): GraphDef {
  const { node, versions } = type.toObject(type.decode(bytes), { longs: Number }) as RawGraph;
  const nodes = node.map(({ name, op, input = [], attr = {} }) => ({
    name,
    op,
    inputs: input.filter((each) => !each.startsWith('^')),
    attributes: Object.fromEntries(
      Object.entries(attr).map(([key, raw]) => [key, decodeAttribute(raw, `${key} of ${op} '${name}'`)]),
    ),
  }));
  return { nodes, versions: { producer: versions?.producer ?? 0, minConsumer: versions?.minConsumer ?? 0 } };
}

/** The kinds of operations in a serialized GraphDef, once for each operation. */
export function operationsOf(bytes: Uint8Array): string[] {
  return (type.decode(bytes) as unknown as RawGraph).node.map(({ op }) => op);
}

/** Writes a GraphDef: equal graphs give equal bytes. */
export function encodeGraphDef({ nodes, versions }: GraphDef): Uint8Array {
  const node = nodes.map(({ name, op, inputs, attributes }) => ({
    name,
    op,
    input: [...inputs],
    attr: Object.fromEntries(sortedAttributes(attributes).map(([key, value]) => [key, encodeAttribute(value)])),
  }));
  return type.encode(type.create({ node, versions })).finish();
}

/** Attributes by the order of their names. */
export function sortedAttributes(attributes: GraphNode['attributes']): [name: string, value: Attribute][] {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The bytes of a tensor, row-major and little-endian as processors hold them. */
export function tensorBytes({ data }: Pick<HostTensor, 'data'>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function decodeAttribute(raw: RawAttribute, where: string): Attribute {
  if (raw.s !== undefined) return { text: new TextDecoder().decode(raw.s) };
  if (raw.i !== undefined) return { integer: raw.i };
  if (raw.f !== undefined) return { float: raw.f };
  if (raw.b !== undefined) return { flag: raw.b };
  if (raw.type !== undefined) return { type: raw.type };
  if (raw.shape !== undefined) return { shape: sizesOf(raw.shape) };
  if (raw.tensor !== undefined) return { tensor: decodeTensor(raw.tensor, where) };
  const { i = [], ...others } = raw.list ?? { others: [] };
  if (Object.keys(others).length > 0) {
    throw new Error(`Expected a number, text, type, shape, tensor or list of integers as ${where}.`);
  }
  return { list: i };
}

function decodeTensor({ dtype, tensorShape, tensorContent, floatVal, intVal }: RawTensor, where: string): HostTensor {
  const shape = sizesOf(tensorShape);
  const copied = tensorContent?.length ? new Uint8Array(tensorContent).buffer : undefined;
  if (dtype === ELEMENTS.float32) {
    const data = copied ? new Float32Array(copied) : Float32Array.from(spread(floatVal, shape));
    return { dtype: 'float32', shape, data };
  }
  if (dtype === ELEMENTS.int32) {
    const data = copied ? new Int32Array(copied) : Int32Array.from(spread(intVal, shape));
    return { dtype: 'int32', shape, data };
  }
  throw new Error(`Expected float32 or int32 as ${where}, got TensorFlow's type ${dtype}.`);
}

/** TensorFlow leaves out repeated values at the end of a constant, and zeros. */
function spread(values: readonly number[] = [], shape: readonly number[]): number[] {
  return Array.from({ length: elementCount(shape) }, (_, i) => values[i] ?? values.at(-1) ?? 0);
}

function encodeAttribute(value: Attribute): object {
  if ('text' in value) return { s: new TextEncoder().encode(value.text) };
  if ('integer' in value) return { i: value.integer };
  if ('float' in value) return { f: value.float };
  if ('flag' in value) return { b: value.flag };
  if ('type' in value) return { type: value.type };
  if ('shape' in value) return { shape: dimensions(value.shape) };
  if ('list' in value) return { list: { i: [...value.list] } };
  const { dtype, shape } = value.tensor;
  return {
    tensor: { dtype: ELEMENTS[dtype], tensorShape: dimensions(shape), tensorContent: tensorBytes(value.tensor) },
  };
}

const sizesOf = (shape: RawShape | undefined): number[] => (shape?.dim ?? []).map(({ size = 0 }) => size);
const dimensions = (shape: readonly number[]): object => ({ dim: shape.map((size) => ({ size })) });
