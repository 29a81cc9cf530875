import { posix } from 'node:path';
import type { ImageSource } from '../sources/image-source.ts';
import { MOST_COLOURS } from './image-facts.ts';
import type { SourceFacts } from './inspect-source.ts';

/** Images of few colours among images of many. */
export interface MaskReport {
  /** How many of those that were looked at. */
  readonly images: number;
  readonly example: string;
  /** Patterns for `data.exclude` that leave out these and no others; none where there is no simple one. */
  readonly patterns: readonly string[];
}

/** Smaller images can't have many colours. */
const LEAST_PIXELS = 256;

/** Pixels for each colour of a mask, at least: small photographs have few colours too, but not as few. */
const PIXELS_PER_COLOUR = 16;

/** Shares of the images that may be masks: fewer are blank pages, more are drawings. */
const SHARE = { least: 0.01, most: 0.9 };

/** Folders that patterns name; more would not be read. */
const MOST_FOLDERS = 5;

/** What follows the last underscore or dash of a name, or its extension: `_mask.png` of `a/0_mask.png`, or `.png`. */
function endingsOf(name: string): string[] {
  const file = posix.basename(name);
  return [/[_-][a-z]+\.[a-z]+$/i, /\.[a-z]+$/i].flatMap((ending) => ending.exec(file)?.[0] ?? []);
}

/** Patterns of files that fit all masks and no photograph. */
function patternsOf(masks: readonly string[], photographs: readonly string[]): string[] {
  const folders = [...new Set(masks.map((name) => posix.dirname(name)))].sort();
  const outer = folders.filter((folder) => !folders.some((other) => folder.startsWith(`${other}/`)));
  const isOwn = outer.every((folder) => folder !== '.' && !photographs.some((name) => name.startsWith(`${folder}/`)));
  if (isOwn && outer.length <= MOST_FOLDERS) return outer.map((folder) => `${folder}/**`);
  const ending = endingsOf(masks[0] as string).find(
    (end) => masks.every((name) => name.endsWith(end)) && !photographs.some((name) => name.endsWith(end)),
  );
  return ending === undefined ? [] : [`**/*${ending}`];
}

/** Masks and label maps among photographs: images of few colours, where most others have many; null for none. */
export function findMasks(source: ImageSource, facts: SourceFacts): MaskReport | null {
  const masks: string[] = [];
  const photographs: string[] = [];
  for (const [row, index] of facts.indices.entries()) {
    const pixels = (facts.heights[row] as number) * (facts.widths[row] as number);
    if (pixels < LEAST_PIXELS) continue;
    const isFew = (facts.colours[row] as number) <= Math.min(MOST_COLOURS, pixels / PIXELS_PER_COLOUR);
    (isFew ? masks : photographs).push(source.name(index));
  }
  const share = masks.length / Math.max(1, masks.length + photographs.length);
  if (masks.length < 2 || share < SHARE.least || share > SHARE.most) return null;
  return { images: masks.length, example: masks[0] as string, patterns: patternsOf(masks, photographs) };
}
