import type { FeatureTable, TablePart } from '../../../src/interop/tables/feature-table.ts';

/** Names that formats have to quote, or that are longer in bytes than in characters. */
export const NAMES = ['cat/a.jpg', 'dog/b, "c".jpg', 'ü/日本🐱.png', 'x\ny.png', '=1+1.png', 'z.png'];

/** Values that lose bits where they are written with too few digits, and those that are no numbers. */
export const VALUES = [
  0.1,
  -0,
  1 / 3,
  1e-42,
  3.4028234663852886e38,
  -7.25,
  16777217,
  Number.NaN,
  Infinity,
  -Infinity,
  5,
  6,
];

/** Six images of two splits, the second without labels, of two features each; parts have at most `most` rows. */
export function smallTable(most = 3, { isLabelled = true, hasSplits = true } = {}): FeatureTable {
  const features = Float32Array.from(VALUES);
  const part = (from: number, to: number): TablePart => {
    const split = from < 4 ? 'train' : 'test';
    return {
      count: to - from,
      names: NAMES.slice(from, to),
      split,
      indices: [0, 2, 3, 7, 0, 1].slice(from, to),
      labels: isLabelled && split === 'train' ? [1, 0, 1, 1].slice(from, to) : undefined,
      features: async () => features.slice(2 * from, 2 * to),
    };
  };
  return {
    rows: 6,
    width: 2,
    classes: isLabelled ? ['cat', 'dög, or "hound"'] : undefined,
    hasSplits,
    async *parts() {
      for (const [begin, end] of [
        [0, 4],
        [4, 6],
      ] as const) {
        for (let from = begin; from < end; from += most) yield part(from, Math.min(end, from + most));
      }
    },
  };
}

/** The pieces as one buffer. */
export async function joinPieces(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}
