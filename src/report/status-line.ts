import type { EventOf } from '../train/events.ts';
import {
  formatChance,
  formatDuration,
  formatEstimate,
  formatLoss,
  formatPercent,
  formatRate,
  formatScalar,
} from './format.ts';
import { isOverflow } from './step-loss.ts';

interface Part {
  long: string;
  short: string;
  /** Parts with the highest rank leave a narrow line first. */
  rank: number;
}

/** A stretch of a run: the steps completed before it, and those of the whole. */
type Stretch = Pick<EventOf<'start'>, 'startStep' | 'totalSteps'>;

/** Seconds until the last step at the pace since `startStep`; NaN before another step is done. */
export function remainingSeconds({ startStep, totalSteps }: Stretch, step: number, elapsedSeconds: number): number {
  const done = step - startStep;
  return done > 0 ? (elapsedSeconds / done) * (totalSteps - step) : Number.NaN;
}

/** Tells the time left, at the pace since the first step of this process: that one prepares the graph. */
export function createTimeLeft({ totalSteps }: Stretch, now: () => number) {
  let first: { readonly startStep: number; readonly at: number } | undefined;
  let latest = 0;
  return {
    /** Hears of a completed step. */
    add(step: number): void {
      first ??= { startStep: step, at: now() };
      latest = step;
    },
    /** Seconds until the last step; NaN before the second step. `now` is in milliseconds. */
    seconds: (): number =>
      first === undefined
        ? Number.NaN
        : remainingSeconds({ startStep: first.startStep, totalSteps }, latest, (now() - first.at) / 1000),
  };
}

function lossTexts({ chanceLoss }: EventOf<'start'>, step: EventOf<'step'>): Pick<Part, 'long' | 'short'> {
  if (isOverflow(step)) return { long: 'loss skipped (float16 overflow)', short: 'loss skipped' };
  const loss = `loss ${formatLoss(step.loss)}`;
  const chance = formatChance(chanceLoss);
  return { long: chance === undefined ? loss : `${loss} (${chance})`, short: loss };
}

function firstStepPart({ preparationSeconds: seconds }: EventOf<'start'>): Part {
  if (seconds === undefined) return { long: 'first step', short: 'first step', rank: 1 };
  return { long: `preparing the graph, about ${formatEstimate(seconds)}`, short: 'preparing', rank: 1 };
}

function statusParts(start: EventOf<'start'>, step: EventOf<'step'> | undefined, eta: number): Part[] {
  const at = step?.step ?? start.startStep;
  const counter: Part = { long: `step ${at}/${start.totalSteps}`, short: `${at}/${start.totalSteps}`, rank: 0 };
  if (step === undefined) return [counter, firstStepPart(start)];
  const left = formatDuration(eta);
  const waiting = formatPercent(step.waitShare, 0);
  return [
    counter,
    { long: `epoch ${step.epoch}/${start.epochs}`, short: `ep ${step.epoch}/${start.epochs}`, rank: 5 },
    { ...lossTexts(start, step), rank: 1 },
    { long: `lr ${formatScalar(step.learningRate)}`, short: `lr ${formatScalar(step.learningRate)}`, rank: 6 },
    {
      long: `${formatRate(step.imagesPerSecond)} images/s`,
      short: `${formatRate(step.imagesPerSecond)} img/s`,
      rank: 3,
    },
    { long: `waiting for data ${waiting}`, short: `wait ${waiting}`, rank: 4 },
    { long: `ETA ${left}`, short: `ETA ${left}`, rank: 2 },
  ];
}

/**
 * The state of a run in one line of at most `width` characters: step, epoch, loss beside the chance
 * loss, learning rate, images/s, share of time spent waiting for data, and the time left.
 *
 * A narrow line is shortened first, then loses its least needed parts.
 */
export function statusLine(
  start: EventOf<'start'>,
  step: EventOf<'step'> | undefined,
  eta: number,
  width = Number.POSITIVE_INFINITY,
): string {
  const parts = statusParts(start, step, eta);
  const long = parts.map((part) => part.long).join('  ');
  if (long.length <= width) return long;
  const byRank = [...parts].sort((a, b) => b.rank - a.rank);
  const kept = new Set(parts);
  const short = () =>
    parts
      .filter((part) => kept.has(part))
      .map((part) => part.short)
      .join('  ');
  for (const part of byRank) {
    if (kept.size === 1 || short().length <= width) break;
    kept.delete(part);
  }
  return short().slice(0, Math.max(0, width));
}
