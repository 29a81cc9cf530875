import type { ImageSource } from '../sources/image-source.ts';
import type { SourceFacts } from './inspect-source.ts';
import { describeOdd, type OddImages } from './odd-images.ts';

/** Pixels of a side below which an image shows nothing: placeholders, and what web pages count visitors by. */
export const LEAST_SIDE = 8;

type Kind = 'bad' | 'tiny' | 'uniform' | 'usual';

/** Images that show nothing: tiny ones, and larger ones of a single colour; null for none. */
export interface EmptyImages {
  readonly tiny: OddImages | null;
  readonly uniform: OddImages | null;
}

/** Finds the images of a split that show nothing, among those that were looked at. */
export function findEmptyImages(source: ImageSource, { indices, heights, widths, colours }: SourceFacts): EmptyImages {
  const kindOf = (row: number): Kind => {
    const side = Math.min(heights[row] as number, widths[row] as number);
    if (side === 0) return 'bad';
    return side < LEAST_SIDE ? 'tiny' : colours[row] === 1 ? 'uniform' : 'usual';
  };
  const kinds = Array.from(indices, (_, row) => kindOf(row));
  const namesOf = (isWanted: (kind: Kind) => boolean): string[] =>
    [...indices].filter((_, row) => isWanted(kinds[row] as Kind)).map((index) => source.name(index));
  const find = (wanted: Kind): OddImages | null => {
    if (!kinds.includes(wanted)) return null;
    return describeOdd(
      namesOf((kind) => kind === wanted),
      namesOf((kind) => kind !== wanted && kind !== 'bad'),
    );
  };
  return { tiny: find('tiny'), uniform: find('uniform') };
}
