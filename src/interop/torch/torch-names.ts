import { VITS } from '../../backbones/create-backbone.ts';
import { PATCH } from '../../backbones/vit.ts';
import type { FileTensor } from '../../checkpoint/dtypes.ts';
import type { BackboneConfig } from '../../config/backbone-settings.ts';
import { gridPositions } from '../../nn/tokens.ts';
import { float32, type HostTensor } from '../../runtime/host-tensor.ts';
import { toTorchLayout } from './torch-layout.ts';
import { toTorchvisionVitName } from './vit-names.ts';

/** A library of PyTorch models whose names and layouts a file can have. */
export type TorchLibrary = 'torchvision' | 'timm';

/** An encoder without its values: the settings of its backbone, and the side of its images in pixels. */
export interface TorchEncoder {
  readonly backbone: BackboneConfig;
  readonly size: number;
}

/** Where a state has the tensors of its backbone. */
const PREFIX = 'backbone.';

/** Batches that a BatchNorm has counted, as in a new model. */
const NONE_COUNTED: FileTensor = { dtype: 'int64', shape: [], data: BigInt64Array.of(0n) };

/**
 * All that `load_state_dict(strict=True)` asks of the library's model without its classifier: its names and layouts,
 * the batches that BatchNorm has counted, and the positions of a vision transformer, written out where they are fixed.
 *
 * BatchNorm's count is 0, as in a new model: it is read only where `momentum` is None, and a state doesn't hold it.
 *
 * @param encoder `tensors` of a state, of which those named `backbone.*` are taken.
 */
export function torchTensors(
  library: TorchLibrary,
  { backbone, size, tensors }: TorchEncoder & { readonly tensors: Readonly<Record<string, HostTensor>> },
): Record<string, FileTensor> {
  const rename = 'positions' in backbone && library === 'torchvision' ? toTorchvisionVitName : (name: string) => name;
  const own = Object.entries(tensors)
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([name, tensor]): [string, HostTensor] => [name.slice(PREFIX.length), tensor]);
  const counters = own
    .filter(([name]) => name.endsWith('.running_var'))
    .map(([name]): [string, FileTensor] => [name.replace(/running_var$/, 'num_batches_tracked'), NONE_COUNTED]);
  const written =
    'positions' in backbone && backbone.positions === 'fixed'
      ? [...own, ['pos_embed', fixedPositions(VITS[backbone.name].size, size)] as const]
      : own;
  return Object.fromEntries([
    ...written.map(([name, tensor]) => [rename(name), toTorchLayout(name, tensor)] as const),
    ...counters,
  ]);
}

/** Positions [1, 1 + rows * columns, size] of views of `side` pixels; the class token has none. */
function fixedPositions(size: number, side: number): HostTensor {
  const count = Math.floor(side / PATCH);
  const positions = new Float32Array((1 + count * count) * size);
  positions.set(gridPositions(count, count, size), size);
  return float32(positions, [1, 1 + count * count, size]);
}
