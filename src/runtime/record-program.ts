import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StopSignal } from '../util/stop-signal.ts';
import { createGraph, type Graph } from './graph.ts';
import type { TensorSpec } from './host-tensor.ts';
import {
  createVariable,
  type ProgramFunction,
  type Recorded,
  recordFunction,
  type Variable,
} from './recorded-function.ts';
import { graphTarget, type SessionOptions } from './session-settings.ts';
import { record } from './tf.ts';

/** What is recorded of a program. */
export interface ProgramRecording {
  /** Shapes and types of everything that changes. */
  readonly state: Readonly<Record<string, TensorSpec>>;
  readonly functions: Readonly<Record<string, ProgramFunction>>;
  readonly session?: SessionOptions | undefined;
  /** Ends the recording before its next function. */
  readonly signal?: StopSignal | undefined;
}

/** A program's graph, before a session computes it. */
export interface RecordedProgram {
  readonly graph: Graph;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly functions: ReadonlyMap<string, Recorded>;
  /** The wall time that recording all functions took. */
  readonly recordingSeconds: number;
}

/**
 * Records the functions into a graph whose variables are the state; nothing is computed. Its caller closes the graph.
 *
 * A function of a large network takes seconds: between two of them others may run, such as handlers of signals.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function recordProgram(recording: ProgramRecording): Promise<RecordedProgram> {
  const graph = createGraph(graphTarget(recording.session ?? {}));
  try {
    const variables = new Map(
      Object.entries(recording.state).map(([name, spec]) => [name, createVariable(graph, name, spec)]),
    );
    const functions = new Map<string, Recorded>();
    let recordingSeconds = 0;
    // Loads tfjs, which is not recording.
    record(graph, () => undefined);
    for (const [name, function_] of Object.entries(recording.functions)) {
      const begun = performance.now();
      functions.set(name, recordFunction(graph, name, function_, variables));
      recordingSeconds += (performance.now() - begun) / 1000;
      await nextTurn();
      recording.signal?.throwIfAborted();
    }
    return { graph, variables, functions, recordingSeconds };
  } catch (error) {
    graph.close();
    throw error;
  }
}
