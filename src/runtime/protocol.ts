import protobuf from 'protobufjs';

/** The few TensorFlow protocol buffer messages that cross the C API, with the field numbers of TensorFlow 2.21. */
const DEFINITIONS = `
syntax = "proto3";
message OpDef {
  message ArgDef { string name = 1; string type_attr = 4; string number_attr = 5; string type_list_attr = 6; }
  message AttrDef { string name = 1; string type = 2; }
  string name = 1; repeated ArgDef input_arg = 2; repeated ArgDef output_arg = 3; repeated AttrDef attr = 4;
}
message VirtualDevices { repeated float memory_limit_mb = 1; }
message GPUExperimental { repeated VirtualDevices virtual_devices = 1; }
message GPUOptions { bool allow_growth = 4; string visible_device_list = 5; GPUExperimental experimental = 9; }
message OptimizerOptions { int32 global_jit_level = 5; }
message RewriterConfig {
  int32 layout_optimizer = 1; int32 constant_folding = 3; int32 memory_optimization = 4; int32 arithmetic_optimization = 7;
  int32 remapping = 14; int32 auto_mixed_precision = 23; int32 auto_mixed_precision_onednn_bfloat16 = 31;
}
message GraphOptions { OptimizerOptions optimizer_options = 3; RewriterConfig rewrite_options = 10; }
message ConfigProto {
  map<string, int32> device_count = 1; int32 intra_op_parallelism_threads = 2; int32 inter_op_parallelism_threads = 5;
  GPUOptions gpu_options = 6; bool allow_soft_placement = 7; GraphOptions graph_options = 10;
}
message TensorInfo { string name = 1; }
message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; }
message MetaGraphDef { map<string, SignatureDef> signature_def = 5; }
message TypeList { repeated int32 type = 6; }
message AllowedValues { TypeList list = 1; }
message Constraint { string name = 1; AllowedValues allowed_values = 2; }
message KernelDef {
  string op = 1; string device_type = 2; repeated Constraint constraint = 3; repeated string host_memory_arg = 4; string label = 5;
}
message KernelList { repeated KernelDef kernel = 1; }
`;

const root = protobuf.parse(DEFINITIONS, { keepCase: false }).root;

/** An input or output of an operation; a list where it has a number or types of its own. */
export interface OpArgument {
  readonly name: string;
  readonly typeAttr: string;
  readonly numberAttr: string;
  readonly typeListAttr: string;
}

/** What the graph builder needs of an op definition. */
export interface OpDefinition {
  readonly inputArg: readonly OpArgument[];
  readonly outputArg: readonly OpArgument[];
  readonly attr: readonly { name: string; type: string }[];
}

/** Decodes a serialized OpDef. */
export function decodeOpDefinition(bytes: Uint8Array): OpDefinition {
  const type = root.lookupType('OpDef');
  return type.toObject(type.decode(bytes), { arrays: true, defaults: true }) as OpDefinition;
}

/** A kernel that TensorFlow has for an operation. */
export interface KernelDefinition {
  readonly op: string;
  readonly deviceType: string;
  readonly label: string;
  /** Arguments that lie in the host's memory, whatever the device. */
  readonly hostMemoryArg: readonly string[];
  /** The types that it takes for attributes of the operation. */
  readonly constraint: readonly {
    readonly name: string;
    readonly allowedValues: { readonly list: { readonly type: readonly number[] } } | null;
  }[];
}

/** Decodes a serialized KernelList. */
export function decodeKernels(bytes: Uint8Array): readonly KernelDefinition[] {
  const type = root.lookupType('KernelList');
  const { kernel } = type.toObject(type.decode(bytes), { arrays: true, defaults: true });
  return kernel as readonly KernelDefinition[];
}

/** Names of a graph's tensors (`operation:index`), by the names that a signature gives them. */
export interface Signature {
  readonly inputs: Readonly<Record<string, { readonly name: string }>>;
  readonly outputs: Readonly<Record<string, { readonly name: string }>>;
}

/** The signatures of a serialized MetaGraphDef by their names. */
export function decodeSignatures(bytes: Uint8Array): Readonly<Record<string, Signature>> {
  const type = root.lookupType('MetaGraphDef');
  const { signatureDef } = type.toObject(type.decode(bytes), { objects: true }) as {
    signatureDef: Record<string, Signature>;
  };
  return signatureDef;
}

/** Serializes a ConfigProto given in camelCase. */
export function encodeSessionConfig(config: Record<string, unknown>): Uint8Array {
  const type = root.lookupType('ConfigProto');
  return type.encode(type.fromObject(config)).finish();
}
