import { readCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { restore } from '../../src/checkpoint/restore.ts';
import type { TensorSpec } from '../../src/runtime/host-tensor.ts';

/** A small state: weights, a slot, a counter, pixels. */
export const EXPECTED: Readonly<Record<string, TensorSpec>> = {
  'backbone.conv1.weight': { dtype: 'float32', shape: [20, 3, 3] },
  'optimizer.momentum.backbone.conv1.weight': { dtype: 'float32', shape: [20, 3, 3] },
  'projector.bias': { dtype: 'float32', shape: [11] },
  'optimizer.step': { dtype: 'int32', shape: [] },
  'queue.pixels': { dtype: 'uint8', shape: [30] },
};

/** Reads a checkpoint as a run that is resumed does. */
export async function read(path: string): Promise<unknown> {
  const { tensors } = await readCheckpoint(path);
  return restore(EXPECTED, tensors, path);
}
