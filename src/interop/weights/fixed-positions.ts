import { PATCH } from '../../backbones/vit.ts';
import { gridPositions } from '../../nn/tokens.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';

/** The largest difference of positions that were computed by other libraries in float32. */
const TOLERANCE = 1e-5;

/** Whether positions [1, 1 + rows * columns, size] are the fixed ones of a square grid, with zeros first. */
export function areFixedPositions({ shape, data }: HostTensor): boolean {
  const side = gridSide(shape);
  const [, , size = 0] = shape;
  if (side === undefined || size === 0 || size % 4 !== 0) return false;
  const expected = gridPositions(side, side, size);
  return data.every((value, i) => Math.abs(value - (i < size ? 0 : (expected[i - size] as number))) <= TOLERANCE);
}

/** Patches in a row of the square grid that positions [1, 1 + n, size] are of; undefined for another grid. */
export function gridSide(shape: readonly number[]): number | undefined {
  const [one, tokens = 0] = shape;
  const side = Math.sqrt(tokens - 1);
  return shape.length === 3 && one === 1 && side >= 1 && Number.isInteger(side) ? side : undefined;
}

/** Pixels of a side of the views that positions [1, 1 + n, size] are for; undefined for those that are not square. */
export function viewSizeOf(shape: readonly number[]): number | undefined {
  const side = gridSide(shape);
  return side === undefined ? undefined : PATCH * side;
}
