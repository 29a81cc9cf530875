import protobuf from 'protobufjs';

// Read apart from what writes: field numbers and enumerations typed from onnx/onnx.proto (ONNX 1.15, IR version 9).
const PROTO = `
syntax = "proto2";
message AttributeProto {
  optional string name = 1; optional float f = 2; optional int64 i = 3; optional bytes s = 4;
  repeated float floats = 7; repeated int64 ints = 8; optional int32 type = 20;
}
message NodeProto {
  repeated string input = 1; repeated string output = 2; optional string name = 3; optional string op_type = 4;
  optional string domain = 7; repeated AttributeProto attribute = 5;
}
message TensorProto {
  repeated int64 dims = 1; optional int32 data_type = 2; repeated float float_data = 4; optional string name = 8;
  optional bytes raw_data = 9;
}
message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
message TensorShapeProto { repeated Dimension dim = 1; }
message TensorType { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
message TypeProto { optional TensorType tensor_type = 1; }
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
message GraphProto {
  repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message StringStringEntryProto { optional string key = 1; optional string value = 2; }
message ModelProto {
  optional int64 ir_version = 1; optional string producer_name = 2; optional string producer_version = 3;
  optional GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8;
  repeated StringStringEntryProto metadata_props = 14;
}`;
const MODEL = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('ModelProto');

/** Row-major values with their shape; all numbers are computed as float64. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[] | Float64Array;
}

export interface OnnxFileNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
}

interface ValueInfo {
  readonly name: string;
  readonly element: number;
  readonly shape: readonly (number | string)[];
}

export interface OnnxFile {
  readonly format: number;
  readonly operatorSets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly nodes: readonly OnnxFileNode[];
  readonly initializers: ReadonlyMap<string, Values>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

interface Raw {
  ir_version: number;
  opset_import: { domain: string; version: number }[];
  metadata_props: { key: string; value: string }[];
  graph: {
    node: { op_type: string; name: string; input: string[]; output: string[]; attribute: RawAttribute[] }[];
    initializer: { name: string; dims: number[]; data_type: number; raw_data: Uint8Array }[];
    input: RawInfo[];
    output: RawInfo[];
  };
}

interface RawAttribute {
  name: string;
  type: number;
  f: number;
  i: number;
  ints: number[];
}

interface RawInfo {
  name: string;
  type: { tensor_type: { elem_type: number; shape: { dim: { dim_value: number; dim_param: string }[] } } };
}

/** Reads an ONNX file, or throws where it is not as the format has it. */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  const raw = MODEL.toObject(MODEL.decode(bytes), { longs: Number, defaults: true, arrays: true }) as Raw;
  const { graph } = raw;
  return {
    format: raw.ir_version,
    operatorSets: Object.fromEntries(raw.opset_import.map(({ domain, version }) => [domain, version])),
    metadata: Object.fromEntries(raw.metadata_props.map(({ key, value }) => [key, value])),
    nodes: graph.node.map(({ op_type, name, input, output, attribute }) => ({
      op: op_type,
      name,
      inputs: input,
      outputs: output,
      attributes: Object.fromEntries(attribute.map((each) => [each.name, attributeOf(each)])),
    })),
    initializers: new Map(graph.initializer.map(({ name, ...tensor }) => [name, valuesOf(tensor)])),
    inputs: graph.input.map(infoOf),
    outputs: graph.output.map(infoOf),
  };
}

/** AttributeProto.AttributeType: FLOAT = 1, INT = 2, INTS = 7. */
function attributeOf({ name, type, f, i, ints }: RawAttribute): number | readonly number[] {
  if (type === 1) return f;
  if (type === 2) return i;
  if (type === 7) return ints;
  throw new Error(`attribute ${name} has the type ${type}`);
}

/** TensorProto.DataType: FLOAT = 1, INT64 = 7. */
function valuesOf({ dims, data_type, raw_data }: { dims: number[]; data_type: number; raw_data: Uint8Array }): Values {
  const buffer = new Uint8Array(raw_data).buffer;
  if (data_type !== 1 && data_type !== 7) throw new Error(`a constant of type ${data_type}`);
  const data = data_type === 1 ? [...new Float32Array(buffer)] : [...new BigInt64Array(buffer)].map(Number);
  if (data.length !== dims.reduce((a, b) => a * b, 1)) throw new Error(`${data.length} values for [${dims}]`);
  return { shape: dims, data };
}

function infoOf({ name, type: { tensor_type } }: RawInfo): ValueInfo {
  const shape = tensor_type.shape.dim.map(({ dim_value, dim_param }) => (dim_param === '' ? dim_value : dim_param));
  return { name, element: tensor_type.elem_type, shape };
}
