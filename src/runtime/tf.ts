import { createRequire } from 'node:module';
import type * as tfjs from '@tensorflow/tfjs';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js';
import { DataType, type Output } from './c-api.ts';
import type { AttributeValue, Graph } from './graph.ts';
import type { Tensor, TensorOperations } from './tensor-operations.ts';

export type { Tensor };
/** Named tensors of a graph that is being recorded. */
export type Tensors = Readonly<Record<string, Tensor>>;

interface OpAttribute {
  readonly name: string;
  readonly value: AttributeValue;
}

interface TensorMetadata {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

const require = createRequire(import.meta.url);
let recording: Graph | undefined;
let outputs = new Map<number, Output>();
let nextId = 1;
let backend: NodeJSKernelBackend | undefined;
let module: typeof tfjs | undefined;

/**
 * tfjs's operations, building a TensorFlow graph: usable only inside `record`.
 *
 * Loaded at first use, so that programs that never compute start quickly.
 */
export const tf: TensorOperations = new Proxy({} as TensorOperations, {
  get: (_, property) => Reflect.get(loadTfjs() satisfies Record<keyof TensorOperations, unknown>, property),
});

/**
 * tfjs-node's kernels talk to one object, the addon's binding. Here it appends to the recorded graph instead of
 * computing, and types that tfjs does not know (bfloat16, float16, float64) are presented to it as float32.
 */
function createBinding(): object {
  const describe = (output: Output): TensorMetadata => {
    const { shape, type } = graph().info(output);
    const unknown: readonly number[] = [DataType.bfloat16, DataType.float16, DataType.float64];
    const id = nextId++;
    outputs.set(id, output);
    return { id, shape, dtype: unknown.includes(type) ? DataType.float32 : type };
  };
  return {
    TF_FLOAT: DataType.float32,
    TF_INT32: DataType.int32,
    TF_UINT8: DataType.uint8,
    TF_STRING: DataType.string,
    TF_COMPLEX64: DataType.complex64,
    TF_INT64: DataType.int64,
    TF_BOOL: DataType.bool,
    TF_RESOURCE: DataType.resource,
    TF_ATTR_STRING: 0,
    TF_ATTR_INT: 1,
    TF_ATTR_FLOAT: 2,
    TF_ATTR_BOOL: 3,
    TF_ATTR_TYPE: 4,
    TF_ATTR_SHAPE: 5,
    isUsingGpuDevice: () => false,
    getNumOfTensors: () => outputs.size,
    createTensor(shape: number[], type: number, values: ArrayLike<number>) {
      const id = nextId++;
      outputs.set(id, graph().constant(type, shape, typedValues(type, values)));
      return id;
    },
    deleteTensor: (id: number) => void outputs.delete(id),
    tensorDataSync() {
      throw new Error('A value cannot be read while a graph is being recorded.');
    },
    executeOp(type: string, attributes: readonly OpAttribute[], inputs: readonly number[], count: number) {
      const operation = graph().add(
        type,
        inputs.map(outputById),
        Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
      );
      return Array.from({ length: count }, (_, index) => describe({ oper: operation, index }));
    },
    describe,
  };
}

function typedValues(type: number, values: ArrayLike<number>): ArrayBufferView {
  if (type === DataType.float32) return values instanceof Float32Array ? values : Float32Array.from(values);
  if (type === DataType.int32) return values instanceof Int32Array ? values : Int32Array.from(values);
  // tfjs holds int64 scalars as pairs of 32-bit words.
  if (type === DataType.int64) return values as Int32Array;
  if (type === DataType.bool || type === DataType.uint8) return Uint8Array.from(values);
  throw new Error(`A constant of TensorFlow type ${type} is not supported.`);
}

function graph(): Graph {
  if (!recording) throw new Error('TensorFlow operations can be used only inside a function that is being recorded.');
  return recording;
}

function outputById(id: number): Output {
  const output = outputs.get(id);
  if (!output) throw new Error('A tensor was used after the recording that it belongs to.');
  return output;
}

function loadTfjs(): typeof tfjs {
  if (module) return module;
  // tfjs-node 4.22.0 calls two helpers that Node 23 removed.
  const util = require('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
  module = require('@tensorflow/tfjs') as typeof tfjs;
  const kernels = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js') as {
    NodeJSKernelBackend: typeof NodeJSKernelBackend;
  };
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
  const created = new kernels.NodeJSKernelBackend(createBinding() as never, '@tensorflow/tfjs-node-gpu');
  backend = created;
  module.registerBackend('tensorflow', () => created, 9);
  module.setBackend('tensorflow');
  return module;
}

/** Runs `build` with every tfjs operation going into `into`; tensors made inside are released when it returns. */
export function record<T>(into: Graph, build: () => T): T {
  if (recording) throw new Error('A graph is already being recorded.');
  const { engine } = loadTfjs();
  recording = into;
  outputs = new Map();
  engine().startScope('record');
  try {
    return build();
  } finally {
    engine().endScope();
    recording = undefined;
  }
}

/** The graph that is being recorded; throws outside `record`. */
export function currentGraph(): Graph {
  return graph();
}

/** An object that stands for the recording under way: tensors of another one cannot be used. */
export function currentRecording(): object {
  graph();
  return outputs;
}

/** The graph output behind a tensor. */
export function outputOf(tensor: Tensor): Output {
  loadTfjs();
  const [id] = (backend as unknown as { getInputTensorIds(tensors: Tensor[]): number[] }).getInputTensorIds([tensor]);
  return outputById(id as number);
}

/** A tensor that stands for a graph output. */
export function tensorOf(output: Output): Tensor {
  loadTfjs();
  const { binding, createOutputTensor } = backend as unknown as {
    binding: { describe(output: Output): TensorMetadata };
    createOutputTensor(metadata: TensorMetadata): Tensor;
  };
  return createOutputTensor.call(backend, binding.describe(output));
}
