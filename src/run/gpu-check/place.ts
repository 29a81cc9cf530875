import { createProgram, type Program, type ProgramDefinition } from '../../runtime/program.ts';
import type { SessionOptions } from '../../runtime/session-settings.ts';

/** Where functions are computed: on the device that is checked, or on the CPU that it is compared with. */
export interface Place {
  /** Records functions and opens a session on them, as `createProgram` does. */
  readonly open: (definition: Omit<ProgramDefinition, 'session' | 'signal'>) => Promise<Program>;
}

/** The device of such a session. */
export function placeOf(session: SessionOptions): Place {
  return { open: (definition) => createProgram({ ...definition, session }) };
}

/** The CPU of this machine with its own form of operations, which the tests compare with PyTorch. */
export const CPU: Place = placeOf({ device: 'cpu' });

/** A CPU that computes the graph of a GPU: other operations, and sums in another order. */
export const GPU_GRAPH_ON_CPU: Place = placeOf({ device: 'cpu', graphFor: 'gpu' });
