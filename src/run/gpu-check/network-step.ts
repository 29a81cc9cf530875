import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { Program } from '../../runtime/program.ts';
import type { CheckedNetwork } from './check-networks.ts';
import { chosen, moved, type Values } from './compare-values.ts';
import type { Place } from './place.ts';

/** All that a step computes. */
export interface StepValues {
  readonly loss: Values;
  readonly gradients: Values;
  /** New parameters, BatchNorm's statistics, target networks and queues. */
  readonly state: Values;
}

/** Opens a network somewhere for a while. */
export async function withNetwork<T>(
  place: Place,
  network: CheckedNetwork,
  use: (program: Program) => Promise<T>,
): Promise<T> {
  const program = await place.open(network.definition);
  try {
    return await use(program);
  } finally {
    program.close();
  }
}

/** Halvings of float16's first scale after which it is below 1. */
const MOST_SKIPPED = 17;

/** One step of a network: in float16 the first that is not left out for an overflow, with the same inputs. */
async function takeStep(network: CheckedNetwork, program: Program): Promise<StepValues> {
  const inputs = network.inputs(0);
  let outputs = await program.run('train', inputs);
  for (let i = 0; i < MOST_SKIPPED && outputs['skipped']?.data[0] === 1; i++)
    outputs = await program.run('train', inputs);
  const state = await program.read();
  const isSlot = (name: string): boolean => name.startsWith('optimizer.');
  return {
    loss: { loss: outputs['loss'] as HostTensor },
    gradients: chosen(state, isSlot),
    state: chosen(state, (name) => !isSlot(name) && !name.startsWith('lossScale.')),
  };
}

/** The first state with weights that are moved by a share, up or down at random. */
function movedState({ definition: { state }, parameters }: CheckedNetwork, by: number): Values {
  return {
    ...state,
    ...moved(
      chosen(state, (name) => parameters.includes(name)),
      by,
    ),
  };
}

/** One step of a network from its first state. */
export function stepAt(place: Place, network: CheckedNetwork): Promise<StepValues> {
  return withNetwork(place, network, (program) => takeStep(network, program));
}

/** One step from the first state, and one from a state whose weights are moved by a share, up or down at random. */
export function stepsAt(
  place: Place,
  network: CheckedNetwork,
  by: number,
): Promise<{ as: StepValues; moved: StepValues }> {
  return withNetwork(place, network, async (program) => {
    const as = await takeStep(network, program);
    await program.write(movedState(network, by));
    return { as, moved: await takeStep(network, program) };
  });
}

/** The losses of the first `count` steps; those again with weights that are moved by each of the shares `by`. */
export function coursesAt(
  place: Place,
  network: CheckedNetwork,
  count: number,
  by: readonly number[] = [],
): Promise<number[][]> {
  return withNetwork(place, network, async (program) => {
    const courses: number[][] = [];
    for (const share of [0, ...by]) {
      if (share > 0) await program.write(movedState(network, share));
      const losses: number[] = [];
      for (let step = 0; step < count; step++) {
        const { loss } = await program.run('train', network.inputs(step));
        losses.push(loss?.data[0] ?? Number.NaN);
      }
      courses.push(losses);
    }
    return courses;
  });
}
