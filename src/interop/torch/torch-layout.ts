import type { HostTensor } from '../../runtime/host-tensor.ts';

/**
 * A tensor of a state in PyTorch's layout: filters [k, k, in, out] become [out, in, k, k], matrices [in, out] become
 * [out, in], all else stays.
 *
 * @param name the variable's name; only weights are turned, which end in `weight`.
 */
export function toTorchLayout(name: string, tensor: HostTensor): HostTensor {
  const [height = 1, width = 1, ...last] = tensor.shape;
  if (!isTurned(name, tensor)) return tensor;
  if (last.length === 0) return reverseAxes(tensor, [1, height, width], [width, height]);
  const [input = 1, output = 1] = last;
  return reverseAxes(tensor, [height * width, input, output], [output, input, height, width]);
}

/** A tensor of PyTorch's in the layout of a state, the inverse of `toTorchLayout`. */
export function fromTorchLayout(name: string, tensor: HostTensor): HostTensor {
  const [output = 1, input = 1, ...last] = tensor.shape;
  if (!isTurned(name, tensor)) return tensor;
  if (last.length === 0) return reverseAxes(tensor, [output, input, 1], [input, output]);
  const [height = 1, width = 1] = last;
  return reverseAxes(tensor, [output, input, height * width], [height, width, input, output]);
}

/** The shape in PyTorch's layout of a variable of a state. */
export function toTorchShape(name: string, shape: readonly number[]): readonly number[] {
  if (!isTurned(name, { shape })) return shape;
  const [first = 1, second = 1, input = 1, output = 1] = shape;
  return shape.length === 2 ? [second, first] : [output, input, first, second];
}

function isTurned(name: string, { shape }: Pick<HostTensor, 'shape'>): boolean {
  return name.endsWith('weight') && (shape.length === 2 || shape.length === 4);
}

/** The values of a tensor, seen as one of three axes, with those axes in reverse, in a given shape. */
function reverseAxes(
  { dtype, data }: HostTensor,
  [first, second, third]: readonly [number, number, number],
  shape: readonly number[],
): HostTensor {
  const values = data.slice();
  let to = 0;
  for (let k = 0; k < third; k++) {
    for (let j = 0; j < second; j++) {
      for (let i = 0; i < first; i++) values[to++] = data[(i * second + j) * third + k] as number;
    }
  }
  return { dtype, shape, data: values };
}
