import { DataType, type Output, type Pointer, typeName } from './c-api.ts';
import { recordedConvolutions } from './convolution.ts';
import { useProducts } from './convolution-products.ts';
import type { Graph } from './graph.ts';
import type { TensorSpec } from './host-tensor.ts';
import { type FedInput, recordStaging, type Staging } from './staging.ts';
import { outputOf, record, type Tensor, type Tensors, tensorOf } from './tf.ts';

/** What a recorded function gives back: values for the caller, and new values for some of the state. */
export interface StepResult {
  readonly outputs: Tensors;
  readonly state?: Tensors | undefined;
}

/** A pure function over the state, recorded once with inputs of fixed shapes. */
export interface ProgramFunction {
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  /** Inputs that may be handed to the device before the run, by `Program.stage`. */
  readonly staged?: readonly string[] | undefined;
  readonly build: (state: Tensors, inputs: Tensors) => StepResult;
}

/** A tensor of the state in the graph. */
export interface Variable {
  readonly spec: TensorSpec;
  readonly handle: Output;
  readonly feed: Output;
  readonly assign: Pointer;
  readonly read: Output;
}

/** A recorded function: what it is fed, what it gives back and what it assigns. */
export interface Recorded {
  readonly feeds: Readonly<Record<string, FedInput>>;
  /** How the inputs that are not fed come to the device. */
  readonly staging?: Staging | undefined;
  readonly outputs: Readonly<Record<string, Output>>;
  readonly targets: readonly Pointer[];
}

/** The variable of that name; throws an Error when the state has none. */
export function variableOf(variables: ReadonlyMap<string, Variable>, name: string): Variable {
  const variable = variables.get(name);
  if (!variable) throw new Error(`The state has no tensor '${name}'.`);
  return variable;
}

/** Adds a variable with the operations that read and write it from the host. */
export function createVariable(graph: Graph, name: string, { shape, dtype }: TensorSpec): Variable {
  const attributes = { dtype, shape };
  const handle = { oper: graph.add('VarHandleOp', [], { ...attributes, shared_name: name }, { name }), index: 0 };
  const feed = { oper: graph.add('Placeholder', [], attributes, { name: `${name}/feed` }), index: 0 };
  const assign = graph.add('AssignVariableOp', [handle, feed], { dtype }, { name: `${name}/assign` });
  const read = { oper: graph.add('ReadVariableOp', [handle], { dtype }, { name: `${name}/read` }), index: 0 };
  return { spec: { shape, dtype }, handle, feed, assign, read };
}

/** Records a function of the variables and its inputs into the graph. */
export function recordFunction(
  graph: Graph,
  name: string,
  { inputs, staged = [], build }: ProgramFunction,
  variables: ReadonlyMap<string, Variable>,
): Recorded {
  return record(graph, () => {
    const isStaged = ([input]: readonly [string, TensorSpec]): boolean => staged.includes(input);
    const entries = Object.entries(inputs);
    const feeds = Object.fromEntries(
      entries
        .filter((entry) => !isStaged(entry))
        .map(([input, spec]): [string, FedInput] => {
          const attributes = { dtype: spec.dtype, shape: spec.shape };
          const oper = graph.add('Placeholder', [], attributes, { name: `${name}/${input}` });
          return [input, { output: { oper, index: 0 }, spec }];
        }),
    );
    const staging =
      staged.length === 0 ? undefined : recordStaging(graph, name, Object.fromEntries(entries.filter(isStaged)));
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
    const result = build(state, { ...feedTensors, ...staging?.taken });
    useProducts(recordedConvolutions());
    // Every read comes before every assignment, so a step sees one state.
    const control = [...reads.values()].map(({ oper }) => oper);
    const targets = Object.entries(result.state ?? {}).map(([variable, value]) => {
      const { handle, spec } = variableOf(variables, variable);
      const output = outputOf(value);
      const { shape, type } = graph.info(output);
      if (type !== DataType[spec.dtype] || shape.join() !== spec.shape.join()) {
        const [wanted, got] = [`${spec.dtype} of shape [${spec.shape}]`, `${typeName(type)} of shape [${shape}]`];
        throw new Error(`Function '${name}' must give '${variable}' as ${wanted}, got ${got}.`);
      }
      const options = { name: `${name}/assign/${variable}`, control };
      return graph.add('AssignVariableOp', [handle, output], { dtype: spec.dtype }, options);
    });
    // TensorFlow refuses to fetch what it is fed: an input may be an output only through an operation.
    const isFed = ({ oper }: Output): boolean => Object.values(feeds).some(({ output }) => output.oper === oper);
    const outputs = Object.fromEntries(
      Object.entries(result.outputs).map(([output, tensor]) => {
        const value = outputOf(tensor);
        return [output, isFed(value) ? { oper: graph.add('Identity', [value]), index: 0 } : value];
      }),
    );
    return { feeds, staging, outputs, targets };
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
