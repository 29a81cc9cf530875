import protobuf from 'protobufjs';

/** The parts of ONNX's format that are written, with the field numbers of onnx/onnx.proto. */
const DEFINITIONS = `
syntax = "proto3";
message AttributeProto { string name = 1; float f = 2; int64 i = 3; repeated int64 ints = 8; int32 type = 20; }
message NodeProto {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
  repeated AttributeProto attribute = 5;
}
message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message TensorShapeProto {
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
  repeated Dimension dim = 1;
}
message TypeProto { message Tensor { int32 elem_type = 1; TensorShapeProto shape = 2; } Tensor tensor_type = 1; }
message ValueInfoProto { string name = 1; TypeProto type = 2; }
message GraphProto {
  repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message OperatorSetIdProto { string domain = 1; int64 version = 2; }
message StringStringEntryProto { string key = 1; string value = 2; }
message ModelProto {
  int64 ir_version = 1; string producer_name = 2; string producer_version = 3; GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8; repeated StringStringEntryProto metadata_props = 14;
}
`;

const type = protobuf.parse(DEFINITIONS, { keepCase: false }).root.lookupType('ModelProto');

/** Attributes of an operator: an integer, integers, or a float. */
export type OnnxAttributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

/** A constant: float32, or int64 for shapes, axes and the like. */
export interface OnnxInitializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** An input or output; a text names a size that is free. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: 'float32' | 'uint8';
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly producer: { readonly name: string; readonly version: string };
  readonly metadata: Readonly<Record<string, string>>;
}

/** ONNX's numbers of element types (TensorProto.DataType). */
export const ONNX_ELEMENTS = { float32: 1, uint8: 2, int64: 7 } as const;

/** ONNX's numbers of kinds of attributes (AttributeProto.AttributeType). */
const ATTRIBUTE = { float: 1, int: 2, ints: 7 } as const;

/** Operator set and version of the format: ONNX 1.15 of 2023, which current runtimes read. */
const [OPERATOR_SET, FORMAT] = [20, 9];

/** Writes a model: equal models give equal bytes. */
export function encodeModel({ nodes, initializers, inputs, outputs, producer, metadata }: OnnxModel): Uint8Array {
  const model = {
    irVersion: FORMAT,
    producerName: producer.name,
    producerVersion: producer.version,
    opsetImport: [{ domain: '', version: OPERATOR_SET }],
    metadataProps: Object.entries(metadata)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ key, value })),
    graph: {
      name: 'encoder',
      node: nodes.map(({ name, op, inputs: input, outputs: output, attributes }) => ({
        name,
        opType: op,
        input,
        output,
        attribute: Object.entries(attributes).map(attributeOf),
      })),
      initializer: initializers.map(({ name, shape, data }) => ({
        name,
        dims: shape,
        dataType: data instanceof Float32Array ? ONNX_ELEMENTS.float32 : ONNX_ELEMENTS.int64,
        rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      })),
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    },
  };
  return type.encode(type.create(model)).finish();
}

function attributeOf([name, value]: [string, OnnxAttributes[string]]): object {
  if (typeof value === 'number') return { name, i: value, type: ATTRIBUTE.int };
  if ('float' in value) return { name, f: value.float, type: ATTRIBUTE.float };
  return { name, ints: [...value], type: ATTRIBUTE.ints };
}

function valueInfo({ name, dtype, shape }: OnnxValueInfo): object {
  const dim = shape.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: ONNX_ELEMENTS[dtype], shape: { dim } } } };
}
