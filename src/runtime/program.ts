import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StopSignal } from '../util/stop-signal.ts';
import { createGraph, type Graph } from './graph.ts';
import type { HostTensor, TensorSpec } from './host-tensor.ts';
import {
  createVariable,
  type ProgramFunction,
  type Recorded,
  recordFunction,
  type Variable,
  variableOf,
} from './recorded-function.ts';
import { createSession, type Device, type Session } from './session.ts';
import { graphTarget, type SessionOptions } from './session-settings.ts';
import { record } from './tf.ts';

export type { ProgramFunction, StepResult } from './recorded-function.ts';

/** Several functions over one state, compiled into one TensorFlow session. */
export interface Program {
  readonly devices: readonly Device[];
  /** The wall time that recording all functions took. */
  readonly recordingSeconds: number;
  /**
   * Runs a function off the JavaScript thread and returns its outputs; the state has moved when it resolves.
   *
   * Throws an Error when the inputs are not those of the function, and with TensorFlow's message when an operation
   * fails.
   */
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
  readonly session?: SessionOptions | undefined;
  /** Ends the recording before its next function. */
  readonly signal?: StopSignal | undefined;
}

/**
 * Records the functions into a graph whose variables are the state, opens a session and writes the initial state.
 *
 * A function of a large network takes seconds: between two of them others may run, such as handlers of signals.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function createProgram(definition: ProgramDefinition): Promise<Program> {
  const graph = createGraph(graphTarget(definition.session ?? {}));
  let session: Session | undefined;
  try {
    const variables = new Map(
      Object.entries(definition.state).map(([name, value]) => [name, createVariable(graph, name, value)]),
    );
    const functions = new Map<string, Recorded>();
    let recordingSeconds = 0;
    // Loads tfjs, which is not recording.
    record(graph, () => undefined);
    for (const [name, function_] of Object.entries(definition.functions)) {
      const begun = performance.now();
      functions.set(name, recordFunction(graph, name, function_, variables));
      recordingSeconds += (performance.now() - begun) / 1000;
      await nextTurn();
      definition.signal?.throwIfAborted();
    }
    session = createSession(graph, definition.session);
    const program = { ...openProgram(graph, session, variables, functions), recordingSeconds };
    await program.write(definition.state);
    return program;
  } catch (error) {
    session?.close();
    graph.close();
    throw error;
  }
}

function openProgram(
  graph: Graph,
  session: Session,
  variables: ReadonlyMap<string, Variable>,
  functions: ReadonlyMap<string, Recorded>,
): Omit<Program, 'recordingSeconds'> {
  return {
    devices: session.devices,
    async run(name, inputs) {
      const recorded = functions.get(name);
      if (!recorded) throw new Error(`The program has no function '${name}'.`);
      const unknown = Object.keys(inputs).find((input) => !Object.hasOwn(recorded.feeds, input));
      if (unknown !== undefined) throw new Error(`Function '${name}' has no input '${unknown}'.`);
      const feeds = Object.entries(recorded.feeds).map(([input, { output, spec }]) => {
        const value = inputs[input];
        if (!value) throw new Error(`Function '${name}' expects the input '${input}'.`);
        checkSpec(`${name}/${input}`, value, spec);
        return { name: input, output, value };
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
        return { name, value, output: variable.feed, assign: variable.assign };
      });
      const assigns = entries.map(({ assign }) => assign);
      await session.run('write the state', entries, [], assigns);
    },
    close() {
      session.close();
      graph.close();
    },
  };
}

function checkSpec(name: string, value: TensorSpec, spec: TensorSpec): void {
  if (value.dtype === spec.dtype && value.shape.join() === spec.shape.join()) return;
  throw new Error(
    `Expected '${name}' to be ${spec.dtype} of shape [${spec.shape}], got ${value.dtype} of shape [${value.shape}].`,
  );
}
