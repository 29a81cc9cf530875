import { UserError } from '../../util/errors.ts';
import { terminalText } from '../../util/terminal-text.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import type { ImageSource } from './image-source.ts';

/** An image that was left out, and why. */
export interface SkippedImage {
  readonly index: number;
  readonly name: string;
  readonly reason: string;
}

/** Counts the images of one source that can't be used, each once. */
export interface BadImages {
  /**
   * Notes a DecodeProblem; any other error is thrown on.
   *
   * @throws UserError when more than the allowed share of the source (but more than one image) is bad.
   */
  note(index: number, error: unknown): void;
  has(index: number): boolean;
  /** In the order of the source. */
  list(): SkippedImage[];
}

/** The share of bad images that is taken for a few damaged files and not for a mistake. */
export const DEFAULT_MAX_BAD_SHARE = 0.05;

/**
 * @param onBad called once for each bad image when it is found.
 * @param known those that were found before, which count too.
 */
export function trackBadImages(
  source: ImageSource,
  maxBadShare: number = DEFAULT_MAX_BAD_SHARE,
  onBad: (skipped: SkippedImage) => void = () => {},
  known: readonly SkippedImage[] = [],
): BadImages {
  const bad = new Map(known.map((image) => [image.index, image]));
  return {
    note(index, error) {
      if (!(error instanceof DecodeProblem)) throw error;
      if (bad.has(index)) return;
      const skipped = { index, name: source.name(index), reason: error.message };
      bad.set(index, skipped);
      onBad(skipped);
      if (bad.size > Math.max(1, maxBadShare * source.count) || bad.size === source.count) {
        const examples = [...bad.values()].slice(0, 3).map(({ name, reason }) => terminalText(`${name} ${reason}`));
        throw new UserError(
          `expected at most ${Number((maxBadShare * 100).toPrecision(4))} % bad images, got ${bad.size} of ${source.count} or more: ${examples.join('; ')}`,
          {
            hint: 'Replace or remove the damaged files, or allow a larger share of bad images: --set data.maxBadShare=SHARE',
          },
        );
      }
    },
    has: (index) => bad.has(index),
    list: () => [...bad.values()].sort((a, b) => a.index - b.index),
  };
}
