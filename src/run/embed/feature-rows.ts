/** Divides each row of [n, width] by its length, in place; rows of zeros stay. Sums are in float64. */
export function normalizeRows(values: Float32Array, width: number): void {
  for (let from = 0; from < values.length; from += width) {
    let sum = 0;
    for (let i = from; i < from + width; i++) sum += (values[i] as number) ** 2;
    const length = Math.sqrt(sum);
    if (length === 0) continue;
    for (let i = from; i < from + width; i++) values[i] = (values[i] as number) / length;
  }
}

/** How many rows of [n, width] have a value that is not finite. */
export function notFiniteRows(values: Float32Array, width: number): number {
  let count = 0;
  for (let from = 0; from < values.length; from += width) {
    if (values.subarray(from, from + width).some((value) => !Number.isFinite(value))) count++;
  }
  return count;
}
