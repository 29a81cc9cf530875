import { formatPlural } from '../util/format-count.ts';
import type { EventOf } from './events.ts';

type StepEvent = EventOf<'step'>;
type WarningEvent = EventOf<'warning'>;

/** Steps before anything is judged: the first ones say little. */
const PATIENCE = 200;
/** A loss this close to chance after `PATIENCE` steps means that nothing is learned. */
const CHANCE_MARGIN = 0.02;
/** Far below the 1 of embeddings that fill the sphere, and below the 0.3 or more that networks begin with. */
const COLLAPSED = 0.15;

/** What a method's loss says of training. */
export interface WatchOptions {
  readonly chanceLoss?: number | undefined;
  /** Steps for which a loss at chance is normal, if more than usual. */
  readonly stepsAtChance?: number | undefined;
}

/** Watches the steps of a run and warns, once each, of a loss stuck at chance and of collapsed embeddings. */
export function createWatch({
  chanceLoss,
  stepsAtChance = 0,
}: WatchOptions): (event: StepEvent) => WarningEvent | undefined {
  let seen = 0;
  let recent: number | undefined;
  const told = new Set<string>();
  const warn = (of: string, step: number, message: string, hint: string): WarningEvent | undefined => {
    if (told.has(of)) return undefined;
    told.add(of);
    return { type: 'warning', step, message, hint };
  };
  return ({ step, loss, metrics }) => {
    seen++;
    // A step that overflowed float16 has no loss, and left no trace.
    if (!Number.isFinite(loss)) return undefined;
    recent = recent === undefined ? loss : 0.95 * recent + 0.05 * loss;
    if (seen < PATIENCE) return undefined;
    if ((metrics['embeddingStd'] ?? 1) < COLLAPSED) {
      return warn(
        'collapse',
        step,
        'the embeddings have collapsed: they hardly differ from image to image',
        'lower the learning rate, lengthen the warm-up, or raise method.emaDecay.start if the method has one',
      );
    }
    if (seen < stepsAtChance || chanceLoss === undefined) return undefined;
    if (recent > (1 - CHANCE_MARGIN) * chanceLoss) {
      return warn(
        'chance',
        step,
        `the loss has not left chance (${chanceLoss.toFixed(3)}) after ${formatPlural(seen, 'step')}`,
        'the learning rate may be too low or too high, or the two views may show nothing in common',
      );
    }
    return undefined;
  };
}
