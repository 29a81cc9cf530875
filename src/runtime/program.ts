import { DataType, type Output, type Pointer } from './c-api.ts';
import { createGraph, type Graph } from './graph.ts';
import type { HostTensor, TensorSpec } from './host-tensor.ts';
import { toNative } from './native-tensor.ts';
import { createSession, type Device, expectedDevice, type SessionOptions } from './session.ts';
import { outputOf, record, type Tensor, type Tensors, tensorOf } from './tf.ts';

/** What a recorded function gives back: values for the caller, and new values for some of the state. */
export interface StepResult {
  readonly outputs: Tensors;
  readonly state?: Tensors;
}

/** A pure function over the state, recorded once with inputs of fixed shapes. */
export interface ProgramFunction {
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly build: (state: Tensors, inputs: Tensors) => StepResult;
}

/** Several functions over one state, compiled into one TensorFlow session. */
export interface Program {
  readonly devices: readonly Device[];
  /** Runs a function off the JavaScript thread and returns its outputs; the state has moved when it resolves. */
  run(name: string, inputs: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  /** Copies the named state tensors (default: all) to the host. */
  read(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** Overwrites state tensors; throws when a name is unknown or a shape differs. */
  write(values: Readonly<Record<string, HostTensor>>): Promise<void>;
  close(): void;
}

export interface ProgramDefinition {
  /** Initial values of everything that changes. */
  readonly state: Readonly<Record<string, HostTensor>>;
  readonly functions: Readonly<Record<string, ProgramFunction>>;
  readonly session?: SessionOptions;
}

interface Variable {
  readonly spec: TensorSpec;
  readonly handle: Output;
  readonly feed: Output;
  readonly assign: Pointer;
  readonly read: Output;
}

interface Recorded {
  readonly feeds: Readonly<Record<string, { readonly output: Output; readonly spec: TensorSpec }>>;
  readonly outputs: Readonly<Record<string, Output>>;
  readonly targets: readonly Pointer[];
}

/** Records the functions into a graph whose variables are the state, opens a session and writes the initial state. */
export async function createProgram(definition: ProgramDefinition): Promise<Program> {
  const graph = createGraph(expectedDevice(definition.session ?? {}));
  try {
    const variables = new Map(
      Object.entries(definition.state).map(([name, value]) => [name, createVariable(graph, name, value)]),
    );
    const functions = new Map(
      Object.entries(definition.functions).map(([name, function_]) => [
        name,
        recordFunction(graph, name, function_, variables),
      ]),
    );
    const session = createSession(graph, definition.session);

    const program: Program = {
      devices: session.devices,
      async run(name, inputs) {
        const recorded = functions.get(name);
        if (!recorded) throw new Error(`The program has no function '${name}'.`);
        const feeds = Object.entries(recorded.feeds).map(([input, { output, spec }]) => {
          const value = inputs[input];
          if (!value) throw new Error(`Function '${name}' expects the input '${input}'.`);
          checkSpec(`${name}/${input}`, value, spec);
          return [output, toNative(input, value)] as const;
        });
        const names = Object.keys(recorded.outputs);
        const fetches = Object.values(recorded.outputs);
        const values = await session.run(`run '${name}'`, feeds, fetches, recorded.targets);
        return Object.fromEntries(names.map((output, i) => [output, values[i] as HostTensor]));
      },
      async read(names = [...variables.keys()]) {
        const reads = names.map((name) => variableOf(variables, name).read);
        const values = await session.run('read the state', [], reads, []);
        return Object.fromEntries(names.map((name, i) => [name, values[i] as HostTensor]));
      },
      async write(values) {
        const entries = Object.entries(values).map(([name, value]) => {
          const variable = variableOf(variables, name);
          checkSpec(name, value, variable.spec);
          return { variable, value, name };
        });
        const feeds = entries.map(({ variable, value, name }) => [variable.feed, toNative(name, value)] as const);
        await session.run(
          'write the state',
          feeds,
          [],
          entries.map(({ variable }) => variable.assign),
        );
      },
      close() {
        session.close();
        graph.close();
      },
    };
    if (variables.size > 0) await program.write(definition.state);
    return program;
  } catch (error) {
    graph.close();
    throw error;
  }
}

function variableOf(variables: ReadonlyMap<string, Variable>, name: string): Variable {
  const variable = variables.get(name);
  if (!variable) throw new Error(`The state has no tensor '${name}'.`);
  return variable;
}

function checkSpec(name: string, value: TensorSpec, spec: TensorSpec): void {
  if (value.dtype === spec.dtype && value.shape.join() === spec.shape.join()) return;
  throw new Error(
    `Expected '${name}' to be ${spec.dtype} of shape [${spec.shape}], got ${value.dtype} of shape [${value.shape}].`,
  );
}

function createVariable(graph: Graph, name: string, { shape, dtype }: TensorSpec): Variable {
  const attributes = { dtype, shape };
  const handle = { oper: graph.add('VarHandleOp', [], { ...attributes, shared_name: name }, { name }), index: 0 };
  const feed = { oper: graph.add('Placeholder', [], attributes, { name: `${name}/feed` }), index: 0 };
  const assign = graph.add('AssignVariableOp', [handle, feed], { dtype }, { name: `${name}/assign` });
  const read = { oper: graph.add('ReadVariableOp', [handle], { dtype }, { name: `${name}/read` }), index: 0 };
  return { spec: { shape, dtype }, handle, feed, assign, read };
}

function recordFunction(
  graph: Graph,
  name: string,
  { inputs, build }: ProgramFunction,
  variables: ReadonlyMap<string, Variable>,
): Recorded {
  return record(graph, () => {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([input, spec]) => {
        const attributes = { dtype: spec.dtype, shape: spec.shape };
        const oper = graph.add('Placeholder', [], attributes, { name: `${name}/${input}` });
        return [input, { output: { oper, index: 0 }, spec }];
      }),
    );
    const reads = new Map<string, Output>();
    const state = lazyRecord([...variables.keys()], (variable) => {
      const { handle, spec } = variableOf(variables, variable);
      const oper = graph.add('ReadVariableOp', [handle], { dtype: spec.dtype }, { name: `${name}/read/${variable}` });
      reads.set(variable, { oper, index: 0 });
      return tensorOf({ oper, index: 0 });
    });
    const feedTensors = Object.fromEntries(
      Object.entries(feeds).map(([input, { output }]) => [input, tensorOf(output)]),
    );
    const result = build(state, feedTensors);
    // Every read comes before every assignment, so a step sees one state.
    const control = [...reads.values()].map(({ oper }) => oper);
    const targets = Object.entries(result.state ?? {}).map(([variable, value]) => {
      const { handle, spec } = variableOf(variables, variable);
      const output = outputOf(value);
      const { shape, type } = graph.info(output);
      if (type !== DataType[spec.dtype] || shape.join() !== spec.shape.join()) {
        throw new Error(`Function '${name}' gives '${variable}' the shape [${shape}] instead of [${spec.shape}].`);
      }
      const options = { name: `${name}/assign/${variable}`, control };
      return graph.add('AssignVariableOp', [handle, output], { dtype: spec.dtype }, options);
    });
    const outputs = Object.fromEntries(
      Object.entries(result.outputs).map(([output, tensor]) => [output, outputOf(tensor)]),
    );
    return { feeds, outputs, targets };
  });
}

/** A record whose values are made when they are first asked for. */
function lazyRecord(names: readonly string[], make: (name: string) => Tensor): Tensors {
  const made = new Map<string, Tensor>();
  const result: Record<string, Tensor> = {};
  for (const name of names) {
    Object.defineProperty(result, name, {
      enumerable: true,
      get() {
        const value = made.get(name) ?? make(name);
        made.set(name, value);
        return value;
      },
    });
  }
  return result;
}
