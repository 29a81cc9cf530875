import type { BackboneConfig } from '../../config/run-config.ts';
import type { VariableSpecs } from '../../nn/layer.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import type { WeightsFile } from './read-weights.ts';

/** The tensors of a backbone that a file of weights holds. */
export interface MatchedBackbone {
  /** `backbone.*`, in the layout of checkpoints, complete. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly prefix: string;
  readonly matched: number;
  readonly leftOut: readonly { readonly group: string; readonly count: number; readonly reason: string }[];
}

/** Finds a backbone's tensors in a file. */
export function matchBackbone(
  file: WeightsFile,
  { variables }: { readonly settings: BackboneConfig; readonly variables: VariableSpecs; readonly size: number },
): MatchedBackbone {
  const tensors: Record<string, HostTensor> = {};
  for (const [name, { shape }] of Object.entries(variables)) {
    const found = file.tensors[`backbone.${name}`];
    if (found === undefined || found.shape.join() !== shape.join()) {
      throw new UserError(`${file.path}: expected ${name} [${shape.join(', ')}], got ${found?.shape.join(', ')}`, {
        exitCode: 2,
      });
    }
    tensors[`backbone.${name}`] = found;
  }
  const counts = new Map<string, number>();
  for (const name of Object.keys(file.tensors)) {
    if (name.startsWith('backbone.')) continue;
    const [group = ''] = name.split('.');
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const leftOut = [...counts].map(([group, count]) => ({ group, count, reason: 'not of the backbone' }));
  return { tensors, prefix: 'backbone.', matched: Object.keys(variables).length, leftOut };
}
