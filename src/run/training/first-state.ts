import { withGiven } from '../../methods/initial-values.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { readStartingWeights, type StartingRun } from '../encoder/starting-weights.ts';
import type { Resumed } from './resume.ts';

/**
 * The state of a new run: random values, or those of `init` for the backbone and its copies.
 *
 * @param initial random values of everything.
 * @param warn hears what people should know of the weights before they train on.
 * @throws UserError (exit 2) as `readStartingWeights` does.
 */
export async function firstState(
  init: string | undefined,
  run: StartingRun,
  initial: Record<string, HostTensor>,
  warn: (message: string) => void,
): Promise<Resumed> {
  if (init === undefined) return { step: 0, state: initial };
  const { tensors, lineage, warnings } = await readStartingWeights(init, run);
  warnings.forEach(warn);
  return { step: 0, state: withGiven(run.model.method.variables, initial, tensors), lineage };
}
