import type { HostTensor } from '../../../runtime/host-tensor.ts';
import type { GraphNode } from '../graph-def.ts';
import type { OnnxAttributes, OnnxInitializer, OnnxNode } from './onnx-model.ts';

/** A value on its way from TensorFlow's graph to ONNX's. */
export interface Value {
  /** Its name in ONNX; of a constant in TensorFlow's graph. */
  readonly name: string;
  /** Whether it is [n, c, h, w] in ONNX where it is [n, h, w, c] in TensorFlow. */
  readonly isImage: boolean;
  readonly constant?: HostTensor | undefined;
  /** Set for an image with a border: the image without it, and what the border is made of. */
  readonly border?: Border | undefined;
}

export interface Border {
  readonly of: Value;
  /** Pixels above, left, below and right, in ONNX's order. */
  readonly pads: readonly [number, number, number, number];
  readonly fill: number;
}

/** Collects the nodes of an ONNX graph. */
export interface Builder {
  /** Adds a node and returns its outputs, which are named `name`, `name:1`, ... */
  add(op: string, name: string, inputs: readonly string[], attributes?: OnnxAttributes, count?: number): string[];
  /** Adds a node with one output and returns that. */
  one(op: string, name: string, inputs: readonly string[], attributes?: OnnxAttributes): string;
  /** Adds a constant, once for each name. */
  hold(name: string, shape: readonly number[], data: Float32Array | BigInt64Array): string;
  /** Adds a list of int64. */
  integers(name: string, values: readonly number[]): string;
  /** A value with TensorFlow's axes. */
  plain(value: Value): string;
  /** A value of rank 4 with ONNX's axes of images. */
  image(value: Value): string;
  /** Nodes and constants that the named values are made of. */
  finish(outputs: readonly string[]): { nodes: OnnxNode[]; initializers: OnnxInitializer[] };
}

/** ONNX's axes of images in TensorFlow's, and the other way round. */
export const TO_IMAGE = [0, 3, 1, 2] as const;
export const FROM_IMAGE = [0, 2, 3, 1] as const;

/** What becomes of an operation: the values of its outputs. Throws an Error for what it does not know. */
export type Converter = (node: GraphNode, inputs: readonly Value[], builder: Builder) => readonly Value[];

/** Creates an empty graph. */
export function createBuilder(): Builder {
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxInitializer>();
  const moved = new Map<string, string>();

  const add: Builder['add'] = (op, name, inputs, attributes = {}, count = 1) => {
    const outputs = Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}:${i}`));
    nodes.push({ name, op, inputs, outputs, attributes });
    return outputs;
  };
  const one: Builder['one'] = (...given) => add(...given)[0] as string;
  const hold: Builder['hold'] = (name, shape, data) => {
    const held = initializers.get(name);
    if (held !== undefined && held.shape.join() !== shape.join()) {
      throw new Error(`Expected the constant '${name}' in one shape, got [${held.shape}] and [${shape}].`);
    }
    initializers.set(name, { name, shape, data });
    return name;
  };
  const axes = (name: string, suffix: string, perm: readonly number[]): string => {
    const to = `${name}/${suffix}`;
    if (!moved.has(to)) moved.set(to, one('Transpose', to, [name], { perm }));
    return to;
  };
  const constant = (name: string, { dtype, shape, data }: HostTensor): string => {
    if (data instanceof Float32Array) return hold(name, shape, data);
    throw new Error(`Expected the constant '${name}' of shape [${shape}] to be float32, got ${dtype}.`);
  };

  return {
    add,
    one,
    hold,
    integers: (name, values) => hold(name, [values.length], BigInt64Array.from(values, BigInt)),
    plain({ name, isImage, constant: held }) {
      if (held !== undefined) return constant(name, held);
      return isImage ? axes(name, 'nhwc', FROM_IMAGE) : name;
    },
    image({ name, isImage, constant: held }) {
      if (held !== undefined) return axes(constant(name, held), 'nchw', TO_IMAGE);
      return isImage ? name : axes(name, 'nchw', TO_IMAGE);
    },
    finish(outputs) {
      const reached = new Set(outputs);
      const kept = nodes.toReversed().filter((node) => {
        if (!node.outputs.some((output) => reached.has(output))) return false;
        for (const input of node.inputs) reached.add(input);
        return true;
      });
      return {
        nodes: kept.toReversed(),
        initializers: [...initializers.values()].filter(({ name }) => reached.has(name)),
      };
    },
  };
}

/** The elements of a constant; throws an Error for a value that is computed. */
export function elementsOf({ name, constant }: Value): readonly number[] {
  if (constant === undefined) throw new Error(`Expected '${name}' to be a constant.`);
  return [...constant.data];
}

/** The constant itself; throws an Error for a value that is computed. */
export function constantOf({ name, constant }: Value): HostTensor {
  if (constant === undefined) throw new Error(`Expected '${name}' to be a constant.`);
  return constant;
}
