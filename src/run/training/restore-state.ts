import { restore } from '../../checkpoint/restore.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { isLossScale } from '../../train/loss-scale.ts';

/** Named values of a run. */
type State = Readonly<Record<string, HostTensor>>;

/**
 * The state of a run from a checkpoint. A run that goes on in another precision leaves the state of loss scaling, or
 * begins it; all else must be the same tensors.
 *
 * @param initial the state as it would begin.
 * @param path of the checkpoint, for the message.
 * @throws UserError where tensors are missing, unexpected or of other shapes.
 */
export function restoreState(initial: State, tensors: State, path: string): Record<string, HostTensor> {
  const scale = Object.entries(initial).filter(([name]) => isLossScale(name));
  const found = Object.entries(tensors).filter(([name]) => !isLossScale(name) || Object.hasOwn(initial, name));
  return restore(initial, Object.fromEntries([...scale, ...found]), path);
}
