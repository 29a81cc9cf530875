import { addressOf, cApi, DataType, type Output, type Pointer, withStatus } from './c-api.ts';
import { createNativeTensor } from './native-tensor.ts';
import { opDefinitions } from './op-definitions.ts';
import type { OpDefinition } from './protocol.ts';

export type AttributeValue = number | string | boolean | readonly number[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** What TensorFlow inferred about an output; unknown sizes are -1. */
export interface OutputInfo {
  readonly shape: readonly number[];
  readonly type: number;
}

/** A TensorFlow graph under construction. */
export interface Graph {
  readonly pointer: Pointer;
  /** The kind of device that the graph is meant for; operations may have a form for it. */
  readonly target: 'cpu' | 'gpu';
  /** Adds an operation and returns it; `control` lists operations that must run before it. */
  add(
    type: string,
    inputs: readonly Output[],
    attributes?: Attributes,
    options?: { name?: string | undefined; control?: readonly Pointer[] | undefined },
  ): Pointer;
  /** Adds a constant from raw values of a TensorFlow data type. */
  constant(type: number, shape: readonly number[], data: ArrayBufferView): Output;
  /** Shape and data type of an output. */
  info(output: Output): OutputInfo;
  /** Tells of outputs whether `from` was computed from them, as far as `add` recorded it. */
  ancestry(from: readonly Output[]): (output: Output) => boolean;
  /** All operations, gradients too, in the order in which they were added: an operation's inputs come before it. */
  operations(): Generator<Pointer>;
  /** A name that no other call for this graph gives; the same in every process that records the same graph. */
  uniqueName(prefix: string): string;
  /** Tags every operation that `build` adds, so that XLA compiles them together under this name. */
  compiled<T>(cluster: string, build: () => T): T;
  /** Releases the graph, as soon as its sessions are released; more calls do nothing. */
  close(): void;
}

/** Creates an empty graph. */
export function createGraph(target: Graph['target'] = 'cpu'): Graph {
  const api = cApi();
  const pointer = api.TF_NewGraph();
  const definitionOf = opDefinitions(pointer);
  const inputsOf = new Map<bigint, readonly Output[]>();
  let counter = 0;
  let cluster: string | undefined;
  let open = true;

  const finish = (operation: Pointer, what: string): Pointer => {
    if (cluster !== undefined) {
      api.TF_SetAttrBool(operation, '_XlaCompile', 1);
      api.TF_SetAttrString(operation, '_XlaScope', cluster, Buffer.byteLength(cluster));
    }
    return withStatus(`add ${what} to the graph`, (status) => api.TF_FinishOperation(operation, status));
  };

  const add: Graph['add'] = (type, inputs, attributes = {}, options = {}) => {
    const definition = definitionOf(type);
    const name = options.name ?? `${type}_${counter++}`;
    const operation = api.TF_NewOperation(pointer, type, name);
    addInputs(operation, type, definition, inputs);
    // Types and list lengths of inputs are inferred; setting them twice would be an error when they differ.
    const inferred = new Set(definition.inputArg.flatMap((arg) => [arg.typeAttr, arg.numberAttr, arg.typeListAttr]));
    for (const { name: attribute, type: kind } of definition.attr) {
      const value = attributes[attribute];
      if (value !== undefined && !inferred.has(attribute)) setAttribute(operation, attribute, kind, value);
    }
    for (const before of options.control ?? []) api.TF_AddControlInput(operation, before);
    const finished = finish(operation, `${type} '${name}'`);
    inputsOf.set(addressOf(finished), inputs);
    return finished;
  };

  return {
    pointer,
    target,
    add,
    constant(type, shape, data) {
      const name = `Const_${counter++}`;
      const operation = api.TF_NewOperation(pointer, 'Const', name);
      api.TF_SetAttrType(operation, 'dtype', type);
      const tensor = createNativeTensor(type, shape, data);
      try {
        withStatus(`add ${name}`, (status) => api.TF_SetAttrTensor(operation, 'value', tensor, status));
      } finally {
        api.TF_DeleteTensor(tensor);
      }
      return { oper: finish(operation, name), index: 0 };
    },
    info(output) {
      return withStatus('infer a shape', (status) => {
        const rank = Number(api.TF_GraphGetTensorNumDims(pointer, output, status));
        const sizes = new Array<bigint>(Math.max(rank, 0)).fill(0n);
        if (rank > 0) api.TF_GraphGetTensorShape(pointer, output, sizes, rank, status);
        return { shape: sizes.map(Number), type: Number(api.TF_OperationOutputType(output)) };
      });
    },
    ancestry(from) {
      const seen = new Set<bigint>();
      const waiting = from.map(({ oper }) => addressOf(oper));
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        if (seen.has(next)) continue;
        seen.add(next);
        waiting.push(...(inputsOf.get(next) ?? []).map(({ oper }) => addressOf(oper)));
      }
      return ({ oper }) => seen.has(addressOf(oper));
    },
    *operations() {
      const position = [0];
      for (;;) {
        const operation = api.TF_GraphNextOperation(pointer, position) as Pointer;
        if (operation === null) return;
        yield operation;
      }
    },
    uniqueName: (prefix) => `${prefix}_${counter++}`,
    compiled(name, build) {
      const outer = cluster;
      cluster = name;
      try {
        return build();
      } finally {
        cluster = outer;
      }
    },
    close() {
      if (open) api.TF_DeleteGraph(pointer);
      open = false;
    },
  };
}

function addInputs(operation: Pointer, type: string, definition: OpDefinition, inputs: readonly Output[]): void {
  const api = cApi();
  const lists = definition.inputArg.filter((arg) => arg.numberAttr !== '' || arg.typeListAttr !== '');
  if (lists.length > 1) throw new Error(`${type} takes more than one list of inputs, which is not supported.`);
  const single = definition.inputArg.length - lists.length;
  if (inputs.length < single || (lists.length === 0 && inputs.length > single)) {
    throw new Error(`${type} expects ${lists.length > 0 ? 'at least ' : ''}${single} inputs, got ${inputs.length}.`);
  }
  const listLength = inputs.length - single;
  let next = 0;
  for (const arg of definition.inputArg) {
    if (lists.includes(arg)) {
      const list = inputs.slice(next, next + listLength);
      api.TF_AddInputList(operation, list, list.length);
      next += list.length;
    } else {
      api.TF_AddInput(operation, inputs[next++]);
    }
  }
}

function setAttribute(operation: Pointer, name: string, kind: string, value: AttributeValue): void {
  const api = cApi();
  const list = Array.isArray(value) ? (value as readonly number[]) : [];
  switch (kind) {
    case 'type':
      return void api.TF_SetAttrType(operation, name, typeNumber(value));
    case 'list(type)':
      return void api.TF_SetAttrTypeList(operation, name, list, list.length);
    case 'int':
      return void api.TF_SetAttrInt(operation, name, BigInt(value as number));
    case 'list(int)':
      return void api.TF_SetAttrIntList(operation, name, list.map(BigInt), list.length);
    case 'float':
      return void api.TF_SetAttrFloat(operation, name, value);
    case 'list(float)':
      return void api.TF_SetAttrFloatList(operation, name, list, list.length);
    case 'bool':
      return void api.TF_SetAttrBool(operation, name, value ? 1 : 0);
    case 'string':
      return void api.TF_SetAttrString(operation, name, value, Buffer.byteLength(value as string));
    case 'shape':
      return void api.TF_SetAttrShape(operation, name, list.map(BigInt), list.length);
    default:
      throw new Error(`Attribute '${name}' has the kind ${kind}, which is not supported.`);
  }
}

function typeNumber(value: AttributeValue): number {
  if (typeof value === 'number') return value;
  const number = DataType[value as keyof typeof DataType];
  if (number === undefined) throw new Error(`'${String(value)}' is not a TensorFlow data type.`);
  return number;
}
