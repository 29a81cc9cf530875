import type { SkippedImage } from '../../data/sources/bad-images.ts';
import type { FeatureTable, TablePart } from '../../interop/tables/feature-table.ts';
import { badIn, type NamedSplit } from './embed-splits.ts';
import type { PartialFeatures } from './partial-features.ts';

/** Bytes of features in a part of the table. */
const PART_BYTES = 4 * 2 ** 20;

/** Rows of a split, and where they are among all. */
interface Stretch {
  readonly split: NamedSplit;
  readonly bad: ReadonlySet<number>;
  readonly firstRow: number;
}

/** The rows of a split in order, so many at a time: those of the images that are not bad. */
function* indicesOf({ split, bad }: Stretch, most: number): Generator<Int32Array> {
  let next = 0;
  while (next < split.source.count) {
    const indices = new Int32Array(Math.min(most, split.source.count - next));
    let count = 0;
    for (; next < split.source.count && count < indices.length; next++) {
      if (!bad.has(next)) indices[count++] = next;
    }
    if (count > 0) yield indices.subarray(0, count);
  }
}

/** The table of features that are complete: a row for each good image, split after split. */
export function embeddedTable(
  splits: readonly NamedSplit[],
  partial: PartialFeatures,
  { width, hasSplits }: { readonly width: number; readonly hasSplits: boolean },
): FeatureTable {
  const stretches: Stretch[] = [];
  let rows = 0;
  for (const split of splits) {
    const bad = badIn(partial.chunks, split.name);
    stretches.push({ split, bad: new Set(bad.map(({ index }) => index)), firstRow: rows });
    rows += split.source.count - bad.length;
  }
  const labelled = splits.filter(({ source }) => source.labels !== undefined);
  // The classes of all splits are those of the first, and others behind them.
  const classes = labelled.map(({ source }) => source.classes).reduce((a, b) => (b.length > a.length ? b : a), []);
  const most = Math.max(1, Math.floor(PART_BYTES / (4 * width)));
  return {
    rows,
    width,
    classes: labelled.length === 0 ? undefined : classes,
    hasSplits,
    async *parts() {
      for (const stretch of stretches) {
        let row = stretch.firstRow;
        for (const indices of indicesOf(stretch, most)) {
          yield partOf(stretch.split, indices, row, partial);
          row += indices.length;
        }
      }
    },
  };
}

function partOf({ name, source }: NamedSplit, indices: Int32Array, row: number, partial: PartialFeatures): TablePart {
  const { labels } = source;
  return {
    count: indices.length,
    names: Array.from(indices, (index) => source.name(index)),
    split: name,
    indices,
    labels: labels && indices.map((index) => labels[index] as number),
    features: () => partial.read(row, indices.length),
  };
}

/** A bad image and the split that it is of. */
export interface BadRow extends SkippedImage {
  readonly split: string;
}

/** The bad images of all splits, in order. */
export function badRows(splits: readonly NamedSplit[], partial: PartialFeatures): BadRow[] {
  return splits.flatMap(({ name }) => badIn(partial.chunks, name).map((image) => ({ ...image, split: name })));
}
