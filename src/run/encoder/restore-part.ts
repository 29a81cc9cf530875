import { restore } from '../../checkpoint/restore.ts';
import { type Layer, prefixed } from '../../nn/layer.ts';
import type { HostTensor, TensorSpec } from '../../runtime/host-tensor.ts';

/** The tensors of a part of a state, by their names there. */
export function tensorsOfPart(
  state: Readonly<Record<string, HostTensor>>,
  part: 'backbone' | 'projector',
): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name.startsWith(`${part}.`)));
}

/**
 * The tensors of a part of a state, by their names there: all that its layer has, and nothing else.
 *
 * @param path of the file that the state comes from.
 * @throws UserError listing what is missing, unexpected or different.
 */
export function restorePart(
  state: Readonly<Record<string, HostTensor>>,
  part: 'backbone' | 'projector',
  { variables }: Pick<Layer, 'variables'>,
  path: string,
): Record<string, HostTensor> {
  const specs = Object.entries(variables).map(([name, { shape }]): [string, TensorSpec] => [
    name,
    { shape, dtype: 'float32' },
  ]);
  return restore(prefixed(`${part}.`, Object.fromEntries(specs)), tensorsOfPart(state, part), path);
}
