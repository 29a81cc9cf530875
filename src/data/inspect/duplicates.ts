/** One image among those that were looked at: which split, and which image of the split. */
export interface ImageRef {
  readonly split: number;
  readonly row: number;
}

/** The keys of a split's images, two numbers each; NaN for none. */
export type SplitKeys = Float64Array;

/**
 * Groups of images with equal keys, of two or more, over all splits; each in the order of splits and rows, as are the
 * groups.
 *
 * Holds eight bytes an image beside the keys.
 */
export function findDuplicates(splits: readonly SplitKeys[]): ImageRef[][] {
  const starts = [0];
  for (const keys of splits) starts.push((starts.at(-1) as number) + keys.length / 2);
  const refOf = (place: number): ImageRef => {
    const split = starts.findLastIndex((start) => start <= place);
    return { split, row: place - (starts[split] as number) };
  };
  const all = new Float64Array(2 * (starts.at(-1) as number));
  for (const [i, keys] of splits.entries()) all.set(keys, 2 * (starts[i] as number));

  const places = new Float64Array(all.length / 2);
  let count = 0;
  for (let place = 0; place < places.length; place++) {
    if (!Number.isNaN(all[2 * place])) places[count++] = place;
  }
  const part = (place: number, i: number): number => all[2 * place + i] as number;
  const sorted = places.subarray(0, count).sort((a, b) => part(a, 0) - part(b, 0) || part(a, 1) - part(b, 1) || a - b);
  const isEqual = (a: number, b: number): boolean => part(a, 0) === part(b, 0) && part(a, 1) === part(b, 1);

  const groups: number[][] = [];
  for (let i = 1; i < count; i++) {
    const [before, place] = [sorted[i - 1] as number, sorted[i] as number];
    if (!isEqual(before, place)) continue;
    const last = groups.at(-1);
    if (last?.at(-1) === before) last.push(place);
    else groups.push([before, place]);
  }
  groups.sort((a, b) => (a[0] as number) - (b[0] as number));
  return groups.map((group) => group.map(refOf));
}
