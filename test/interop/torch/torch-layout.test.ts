import { describe, expect, it } from 'vitest';
import { fromTorchLayout, toTorchLayout } from '../../../src/interop/torch/torch-layout.ts';
import { elementCount, float32, type HostTensor, int32 } from '../../../src/runtime/host-tensor.ts';
import { transpose } from '../../support-tensors.ts';

const counting = (shape: readonly number[]): HostTensor =>
  float32(
    Float32Array.from({ length: elementCount(shape) }, (_, i) => i),
    shape,
  );

describe("PyTorch's layout", () => {
  it('has filters by output, then input, and matrices by output', () => {
    const filter = counting([3, 2, 4, 5]);
    expect(toTorchLayout('conv1.weight', filter)).toEqual(transpose(filter, [3, 2, 0, 1]));
    const matrix = counting([3, 4]);
    expect(toTorchLayout('fc.weight', matrix)).toEqual(transpose(matrix, [1, 0]));
    const theirs = counting([5, 4, 3, 2]);
    expect(fromTorchLayout('conv1.weight', theirs)).toEqual(transpose(theirs, [2, 3, 1, 0]));
    expect(fromTorchLayout('attn.in_proj_weight', counting([6, 2]))).toEqual(transpose(counting([6, 2]), [1, 0]));
  });

  it.each([
    ['conv1.weight', [7, 7, 3, 8]],
    ['layer2.0.downsample.0.weight', [1, 1, 4, 8]],
    ['blocks.0.attn.qkv.weight', [4, 12]],
    ['empty.weight', [1, 1, 0, 2]],
  ] as const)('and back is the same tensor: %s', (name, shape) => {
    const tensor = counting(shape);
    expect(fromTorchLayout(name, toTorchLayout(name, tensor))).toEqual(tensor);
  });

  it.each<[string, HostTensor]>([
    ['bn1.weight', counting([8])],
    ['bn1.running_mean', counting([8])],
    ['cls_token', counting([1, 1, 4])],
    ['pos_embed', counting([1, 5, 4])],
    ['queue', counting([4, 6])],
    ['bn1.num_batches_tracked', int32([3], [])],
  ])('leaves all else: %s', (name, tensor) => {
    expect(toTorchLayout(name, tensor)).toBe(tensor);
    expect(fromTorchLayout(name, tensor)).toBe(tensor);
  });
});
