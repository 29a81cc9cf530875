import type { ImageSource } from '../sources/image-source.ts';
import { MOST_COLOURS } from './image-facts.ts';
import type { SourceFacts } from './inspect-source.ts';
import { describeOdd, type OddImages } from './odd-images.ts';

/** Smaller images can't have many colours. */
const LEAST_PIXELS = 256;

/** Pixels for each colour of a mask, at least: small photographs have few colours too, but not as few. */
const PIXELS_PER_COLOUR = 16;

/** Shares of the images that may be masks: fewer are blank pages, more are drawings. */
const SHARE = { least: 0.01, most: 0.9 };

/** Masks and label maps among photographs: images of few colours, where most others have many; null for none. */
export function findMasks(source: ImageSource, facts: SourceFacts): OddImages | null {
  const masks: string[] = [];
  const photographs: string[] = [];
  for (const [row, index] of facts.indices.entries()) {
    const pixels = (facts.heights[row] as number) * (facts.widths[row] as number);
    if (pixels < LEAST_PIXELS) continue;
    const isFew = (facts.colours[row] as number) <= Math.min(MOST_COLOURS, pixels / PIXELS_PER_COLOUR);
    (isFew ? masks : photographs).push(source.name(index));
  }
  const share = masks.length / Math.max(1, masks.length + photographs.length);
  return masks.length < 2 || share < SHARE.least || share > SHARE.most ? null : describeOdd(masks, photographs);
}
