import protobuf from 'protobufjs';

const DEFINITIONS = `
syntax = "proto3";
message TensorShape { }
message Tensor { int32 dtype = 1; TensorShape tensor_shape = 2; repeated bytes string_val = 8; }
message Attribute { int32 type = 6; Tensor tensor = 8; }
message Node { string name = 1; string op = 2; repeated string input = 3; map<string, Attribute> attr = 5; }
message Graph { repeated Node node = 1; }
message MetaGraph { Graph graph_def = 2; }
message SavedModel { repeated MetaGraph meta_graphs = 2; }
message RawNode { string name = 1; string op = 2; repeated string input = 3; string device = 4; repeated bytes attr = 5; }
message RawGraph { repeated RawNode node = 1; bytes versions = 4; }
message RawMetaGraph { bytes meta_info_def = 1; bytes graph_def = 2; repeated bytes signature_def = 5; }
message RawSavedModel { int64 version = 1; repeated RawMetaGraph meta_graphs = 2; }
`;
const { root } = protobuf.parse(DEFINITIONS, { keepCase: false });

interface RawModel {
  readonly metaGraphs: { graphDef: Uint8Array }[];
}

const STRING = 7;

const text = (name: string, value: string): object => ({
  name,
  op: 'Const',
  attr: {
    dtype: { type: STRING },
    value: { tensor: { dtype: STRING, tensorShape: {}, stringVal: [Buffer.from(value)] } },
  },
});

/** A SavedModel that computes what it did, and writes a file whenever it is run. */
export function writingSavedModel(bytes: Uint8Array, path: string): Uint8Array {
  const [models, graphs, added] = ['RawSavedModel', 'RawGraph', 'Graph'].map((name) => root.lookupType(name)) as [
    protobuf.Type,
    protobuf.Type,
    protobuf.Type,
  ];
  const model = models.decode(bytes);
  const [meta] = (model as unknown as RawModel).metaGraphs as [RawModel['metaGraphs'][number]];
  const graph = graphs.decode(meta.graphDef);
  const { node } = graph as unknown as { readonly node: { readonly name: string; readonly input: string[] }[] };
  node.find(({ name }) => name === 'features')?.input.push('^write');
  const nodes = [
    text('path', path),
    text('text', 'written'),
    { name: 'write', op: 'WriteFile', input: ['path', 'text'] },
  ];
  const tail = added.encode(added.fromObject({ node: nodes })).finish();
  meta.graphDef = Buffer.concat([graphs.encode(graph).finish(), tail]);
  return models.encode(model).finish();
}
