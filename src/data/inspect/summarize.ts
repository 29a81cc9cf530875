import type { SkippedImage } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';
import type { ChannelStatistics } from './channel-statistics.ts';
import { findEmptyImages } from './empty-images.ts';
import type { Trait } from './image-facts.ts';
import type { SourceFacts } from './inspect-source.ts';
import { findMasks } from './masks.ts';
import type { OddImages } from './odd-images.ts';

/** Smallest, middle (the lower one of two) and largest. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Images per class of a split, by the files' labels alone. */
export interface ClassBalance extends Spread {
  readonly classes: number;
  /** By name, in the order of the class numbers. */
  readonly images: Readonly<Record<string, number>>;
}

/** Sizes of upright images in pixels. */
export interface Sizes {
  readonly width: Spread;
  readonly height: Spread;
  readonly distinct: number;
  /** The most frequent size, the smaller of two as frequent. */
  readonly usual: { readonly width: number; readonly height: number; readonly images: number };
}

/** What a split's images are. */
export interface SplitReport {
  readonly format: string;
  readonly images: number;
  /** How many were decoded. */
  readonly inspected: number;
  readonly classes: ClassBalance | null;
  readonly encodings: Readonly<Record<string, number>>;
  readonly traits: Readonly<Record<Trait, number>>;
  readonly sizes: Sizes | null;
  /** Bytes as stored and decoded; estimated from the sample where there is one. */
  readonly bytes: { readonly stored: number; readonly decoded: number };
  readonly channels: ChannelStatistics | null;
  /** 16-bit images that use a quarter of their range at most, and the bits that their values take; null for none. */
  readonly dark: { readonly images: number; readonly bits: number } | null;
  /** Images of few colours among photographs; null for none. */
  readonly masks: OddImages | null;
  /** Images with a side below 8 pixels; null for none. */
  readonly tiny: OddImages | null;
  /** Larger images of a single colour, but for those among masks; null for none. */
  readonly uniform: OddImages | null;
  readonly bad: readonly SkippedImage[];
}

function spreadOf(values: ArrayLike<number>): Spread {
  const sorted = Float64Array.from(values).sort();
  const at = (i: number): number => sorted[i] ?? 0;
  return { min: at(0), median: at((sorted.length - 1) >> 1), max: at(sorted.length - 1) };
}

/** How many images each class has; null without labels. */
export function classBalance({ labels, classes }: ImageSource): ClassBalance | null {
  if (labels === undefined) return null;
  const counts = new Array<number>(classes.length).fill(0);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  const images = Object.fromEntries(classes.map((name, i) => [name, counts[i] as number]));
  return { classes: classes.length, ...spreadOf(counts), images };
}

const SIDE = 2 ** 26;

function sizesOf(heights: Uint32Array, widths: Uint32Array): Sizes | null {
  if (heights.length === 0) return null;
  const sizes = Float64Array.from(heights, (height, i) => height * SIDE + (widths[i] as number)).sort();
  let distinct = 0;
  let [usual, images, run] = [0, 0, 0];
  for (const [i, size] of sizes.entries()) {
    const isNew = size !== sizes[i - 1];
    if (isNew) distinct++;
    run = isNew ? 1 : run + 1;
    if (run > images) [usual, images] = [size, run];
  }
  return {
    width: spreadOf(widths),
    height: spreadOf(heights),
    distinct,
    usual: { width: usual % SIDE, height: Math.floor(usual / SIDE), images },
  };
}

/** Puts into numbers what was measured. */
export function summarizeSplit(source: ImageSource, facts: SourceFacts): SplitReport {
  const good = Array.from(facts.indices.keys()).filter((row) => facts.heights[row] !== 0);
  const heights = Uint32Array.from(good, (row) => facts.heights[row] as number);
  const widths = Uint32Array.from(good, (row) => facts.widths[row] as number);
  const masks = findMasks(source, facts);
  const { tiny, uniform } = findEmptyImages(source, facts);
  const share = facts.indices.length === 0 ? 1 : source.count / facts.indices.length;
  const scaled = (values: ArrayLike<number>): number =>
    Math.round(share * Array.from(values).reduce((sum, value) => sum + value, 0));
  return {
    format: source.kind,
    images: source.count,
    inspected: facts.indices.length,
    classes: classBalance(source),
    encodings: facts.encodings,
    traits: facts.traits,
    sizes: sizesOf(heights, widths),
    bytes: {
      stored: scaled(facts.bytes),
      decoded: scaled(heights.map((height, i) => 3 * height * (widths[i] as number))),
    },
    channels: facts.channels ?? null,
    dark: facts.dark.images > 0 ? facts.dark : null,
    masks,
    tiny,
    uniform: masks === null ? uniform : null,
    bad: facts.bad,
  };
}
