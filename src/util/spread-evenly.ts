/** At most so many of the numbers from 0 to before `count`, spread evenly, in order. */
export function spreadEvenly(count: number, most: number): Uint32Array {
  const chosen = Math.min(most, count);
  return Uint32Array.from({ length: chosen }, (_, i) => Math.floor((i * count) / chosen));
}
