import { UserError } from '../util/errors.ts';
import type { TrainEvent } from './events.ts';

/** What one step needs, and how long the loop waited for it. */
export interface LoadedBatch<Inputs> {
  readonly inputs: Inputs;
  readonly waitedMs: number;
}

/** The scalars that a step gives back. */
export interface StepOutcome {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A training loop's parts: what to run, over what, from where. */
export interface TrainLoop<Inputs> {
  /** Completed steps when the loop begins. */
  readonly startStep: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Images in a step. */
  readonly batchSize: number;
  /** The batches of an epoch (from 0), leaving out the first `skip`. */
  readonly batches: (epoch: number, skip: number) => AsyncIterable<LoadedBatch<Inputs>>;
  readonly learningRate: (step: number) => number;
  readonly runStep: (inputs: Inputs, step: number) => Promise<StepOutcome>;
  readonly signal: AbortSignal;
}

/** Steps over which rates are averaged. */
const WINDOW = 20;

/**
 * Trains, and tells of it: a `step` event after every optimizer update and an `epoch` event after every epoch.
 *
 * The loop is paused while the caller handles an event, so the state can be saved or evaluated then. It ends early, without
 * an event, when the signal aborts. Throws a UserError when the loss is no longer a number.
 */
export async function* trainLoop<Inputs>(loop: TrainLoop<Inputs>): AsyncGenerator<TrainEvent> {
  const { epochs, stepsPerEpoch, batchSize, signal } = loop;
  let step = loop.startStep;
  const pace = createPace(batchSize);
  for (let epoch = Math.floor(step / stepsPerEpoch); epoch < epochs; epoch++) {
    const totals = createPace(batchSize, Number.POSITIVE_INFINITY);
    let lossSum = 0;
    // A step that overflowed float16 has no loss.
    let lossCount = 0;
    const skip = step - epoch * stepsPerEpoch;
    let begun = performance.now();
    for await (const { inputs, waitedMs } of loop.batches(epoch, skip)) {
      if (signal.aborted) return;
      const learningRate = loop.learningRate(step);
      const { loss, metrics } = await loop.runStep(inputs, step);
      if (!Number.isFinite(loss) && metrics['skipped'] !== 1) throw notFinite(loss, step, learningRate);
      if ((metrics['lossScale'] ?? 1) < 1) throw scaleExhausted(step);
      step++;
      if (Number.isFinite(loss)) {
        lossSum += loss;
        lossCount++;
      }
      const seconds = (performance.now() - begun) / 1000;
      for (const each of [pace, totals]) each.add(seconds, waitedMs / 1000);
      yield { type: 'step', step, epoch: epoch + 1, loss, learningRate, ...pace.rates(), metrics: { ...metrics } };
      // Time that the caller spends on an event (saving, evaluating) is not training time.
      begun = performance.now();
      if (signal.aborted) break;
    }
    // Batches end early when the signal aborts. An epoch whose last step is done is told of: a resumed run begins after it.
    if (step < (epoch + 1) * stepsPerEpoch) return;
    const { seconds, ...rates } = totals.summary();
    yield {
      type: 'epoch',
      epoch: epoch + 1,
      step,
      loss: lossSum / lossCount,
      seconds,
      ...rates,
      rssBytes: process.memoryUsage.rss(),
    };
    if (signal.aborted) return;
  }
}

function notFinite(loss: number, step: number, learningRate: number): UserError {
  return new UserError(`The loss became ${loss} at step ${step + 1} (learning rate ${learningRate.toPrecision(3)}).`, {
    hint: 'Nothing after the last checkpoint was saved. Lower optimizer.learningRate, lengthen schedule.warmupEpochs, or raise method.temperature, and go on with --resume.',
  });
}

/** Every step overflows, even with a loss that is not scaled up at all. */
function scaleExhausted(step: number): UserError {
  return new UserError(`The gradients overflow float16 at step ${step + 1}, even without scaling the loss.`, {
    hint: 'Use precision: bfloat16, which has the range of float32, or lower optimizer.learningRate.',
  });
}

interface Rates {
  readonly imagesPerSecond: number;
  readonly waitShare: number;
}

function createPace(batchSize: number, window = WINDOW) {
  let samples: { seconds: number; waited: number }[] = [];
  const total = (): { seconds: number; waited: number } =>
    samples.reduce((sum, next) => ({ seconds: sum.seconds + next.seconds, waited: sum.waited + next.waited }), {
      seconds: 0,
      waited: 0,
    });
  const rates = (): Rates => {
    const { seconds, waited } = total();
    if (seconds === 0) return { imagesPerSecond: 0, waitShare: 0 };
    return { imagesPerSecond: (samples.length * batchSize) / seconds, waitShare: Math.min(1, waited / seconds) };
  };
  return {
    add(seconds: number, waited: number) {
      samples = [...samples.slice(-(window - 1)), { seconds, waited }];
    },
    rates,
    summary: () => ({ seconds: total().seconds, ...rates() }),
  };
}
