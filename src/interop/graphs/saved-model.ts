import protobuf from 'protobufjs';
import { tensorflowVersion } from '../../runtime/c-api.ts';
import type { EncoderGraph, GraphTensor } from './encoder-graph.ts';
import { ELEMENTS, encodeGraphDef } from './graph-def.ts';

/** The parts of TensorFlow's SavedModel that are written (core/protobuf); the graph is embedded as it is serialized. */
const DEFINITIONS = `
syntax = "proto3";
message TensorShapeProto { message Dim { int64 size = 1; } repeated Dim dim = 2; }
message TensorInfo { string name = 1; int32 dtype = 2; TensorShapeProto tensor_shape = 3; }
message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3; }
message MetaInfoDef { repeated string tags = 4; string tensorflow_version = 5; }
message MetaGraphDef { MetaInfoDef meta_info_def = 1; bytes graph_def = 2; map<string, SignatureDef> signature_def = 5; }
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
`;

/** The message that a `saved_model.pb` is. */
export const savedModelType = protobuf.parse(DEFINITIONS, { keepCase: false }).root.lookupType('SavedModel');

/**
 * The files of a SavedModel by their paths in its folder: one graph tagged `serve`, whose signature `serving_default`
 * has the graph's input and outputs by their names. Variables are constants.
 */
export function savedModelFiles(graph: EncoderGraph): Record<string, Uint8Array> {
  const signature = {
    inputs: tensorInfos([graph.input]),
    outputs: tensorInfos(graph.outputs),
    methodName: 'tensorflow/serving/predict',
  };
  const metaGraph = {
    metaInfoDef: { tags: ['serve'], tensorflowVersion: tensorflowVersion() },
    graphDef: encodeGraphDef(graph),
    signatureDef: { serving_default: signature },
  };
  const model = { savedModelSchemaVersion: 1, metaGraphs: [metaGraph] };
  return { 'saved_model.pb': savedModelType.encode(savedModelType.create(model)).finish() };
}

function tensorInfos(tensors: readonly GraphTensor[]): Record<string, object> {
  return Object.fromEntries(
    tensors.map(({ name, dtype, shape }) => [
      name,
      { name: `${name}:0`, dtype: ELEMENTS[dtype], tensorShape: { dim: shape.map((size) => ({ size })) } },
    ]),
  );
}
