import type { ViewSettings } from '../../config/view-settings.ts';
import { type Random, randomStream } from '../../util/rng.ts';

/** Which views of an image are drawn: their settings, and the place of the first among all of its views. */
export interface DrawnViews {
  /** One entry a view. */
  readonly settings: readonly ViewSettings[];
  /** Draws are keyed by it. */
  readonly firstView: number;
}

/**
 * Draws the views of samples: all first views, then all second views; each depends on (seed, epoch, sample, view)
 * alone.
 */
export function drawViews<T>(
  { settings, firstView }: DrawnViews,
  seed: number,
  epoch: number,
  samples: ArrayLike<number>,
  draw: (settings: ViewSettings, random: Random) => T,
): T[] {
  return settings.flatMap((view, v) =>
    Array.from(samples, (sample) => draw(view, randomStream(seed, epoch, sample, firstView + v))),
  );
}
