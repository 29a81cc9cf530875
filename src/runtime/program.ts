import { UserError } from '../util/errors.ts';
import { explainMissingGpu } from '../util/gpu/diagnose-gpu.ts';
import { explainGpuFailure } from '../util/gpu/explain-gpu-failure.ts';
import type { Graph } from './graph.ts';
import type { HostTensor, TensorSpec } from './host-tensor.ts';
import { type ProgramRecording, recordProgram } from './record-program.ts';
import { type Recorded, type Variable, variableOf } from './recorded-function.ts';
import { createSession, type Device, type Feed, isMissingGpu, type Session } from './session.ts';

export type { ProgramFunction, StepResult } from './recorded-function.ts';

/** Several functions over one state, compiled into one TensorFlow session. */
export interface Program {
  readonly devices: readonly Device[];
  /** The wall time that recording all functions took. */
  readonly recordingSeconds: number;
  /**
   * Runs a function off the JavaScript thread and returns its outputs; the state has moved when it resolves. Inputs
   * that were staged are left out.
   *
   * Throws an Error when the inputs are not those of the function, and with TensorFlow's message when an operation
   * fails.
   */
  run(name: string, inputs: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  /**
   * Hands a function's staged inputs to the device, beside what runs there; each `run` takes those of the first call
   * that none has taken. Their memory must stay as it is until this resolves, with the other inputs, for `run`; with
   * all of them where the function stages none.
   */
  stage(name: string, inputs: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  /** Copies the named state tensors (default: all) to the host. */
  read(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** Overwrites state tensors; throws when a name is unknown or a shape differs. */
  write(values: Readonly<Record<string, HostTensor>>): Promise<void>;
  close(): void;
}

export interface ProgramDefinition extends ProgramRecording {
  /** Initial values of everything that changes. */
  readonly state: Readonly<Record<string, HostTensor>>;
}

/**
 * Records the functions into a graph whose variables are the state, opens a session and writes the initial state.
 *
 * Where TensorFlow sees no GPU although there is a driver, they are recorded again, for the CPU: not every CPU computes
 * what is recorded for GPUs.
 *
 * @throws the signal's reason when it is aborted; a UserError (exit 2) that says why TensorFlow sees no GPU, where one
 *   is asked for.
 */
export async function createProgram(definition: ProgramDefinition): Promise<Program> {
  const recorded = await recordProgram(definition);
  const { graph, variables, functions, recordingSeconds } = recorded;
  let session: Session | undefined;
  try {
    session = createSession(graph, definition.session);
    const { graphFor } = definition.session ?? {};
    const isOnGpu = session.devices.some(({ type }) => type === 'GPU');
    if (graph.target === 'gpu' && graphFor === undefined && !isOnGpu) {
      session.close();
      graph.close();
      return await createProgram({ ...definition, session: { ...definition.session, graphFor: 'cpu' } });
    }
    const program = { ...openProgram(graph, session, variables, functions), recordingSeconds };
    await program.write(definition.state);
    return program;
  } catch (error) {
    session?.close();
    graph.close();
    throw await withReason(error, graph.target);
  }
}

/** An error with what is known of its reason, where it is about the GPU. */
async function withReason(error: unknown, target: Graph['target']): Promise<unknown> {
  if (!isMissingGpu(error)) return target === 'gpu' ? explainGpuFailure(error) : error;
  const reason = await explainMissingGpu();
  if (reason === undefined) return error;
  const hint = `${reason.hint} Or train on the CPU: \`--device cpu\`.`;
  return new UserError(`${error.message} Why: ${reason.problem}.`, { hint, exitCode: 2 });
}

function openProgram(
  graph: Graph,
  session: Session,
  variables: ReadonlyMap<string, Variable>,
  functions: ReadonlyMap<string, Recorded>,
): Omit<Program, 'recordingSeconds'> {
  const recordedAs = (name: string): Recorded => {
    const recorded = functions.get(name);
    if (!recorded) throw new Error(`The program has no function '${name}'.`);
    return recorded;
  };
  const feedsOf = (name: string, fed: Recorded['feeds'], inputs: Readonly<Record<string, HostTensor>>): Feed[] =>
    Object.entries(fed).map(([input, { output, spec }]) => {
      const value = inputs[input];
      if (!value) throw new Error(`Function '${name}' expects the input '${input}'.`);
      checkSpec(`${name}/${input}`, value, spec);
      return { name: input, output, value };
    });
  let waiting = 0;
  // Runs that go on side by side end in any order.
  let handingOver: Promise<unknown> = Promise.resolve();

  const stage: Program['stage'] = async (name, inputs) => {
    const { staging } = recordedAs(name);
    if (staging === undefined) return { ...inputs };
    const feeds = feedsOf(name, staging.feeds, inputs);
    waiting++;
    const handed = handingOver.then(() => session.run(`hand over the inputs of '${name}'`, feeds, [], [staging.stage]));
    handingOver = handed.catch(() => waiting--);
    await handed;
    return Object.fromEntries(Object.entries(inputs).filter(([input]) => !Object.hasOwn(staging.feeds, input)));
  };

  return {
    devices: session.devices,
    stage,
    async run(name, inputs) {
      const { feeds, staging, outputs, targets } = recordedAs(name);
      const known = { ...feeds, ...staging?.feeds };
      const unknown = Object.keys(inputs).find((input) => !Object.hasOwn(known, input));
      if (unknown !== undefined) throw new Error(`Function '${name}' has no input '${unknown}'.`);
      const fed = feedsOf(name, feeds, inputs);
      if (staging !== undefined) {
        const isGiven = Object.keys(staging.feeds).some((input) => Object.hasOwn(inputs, input));
        // It would wait for ever for what nobody handed over.
        if (isGiven || waiting === 0) await stage(name, inputs);
        waiting--;
      }
      const names = Object.keys(outputs);
      const values = await session.run(`run '${name}'`, fed, Object.values(outputs), targets);
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
