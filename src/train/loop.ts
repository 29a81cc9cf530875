import { UserError } from '../util/errors.ts';
import { CALMER_SETTINGS } from './calmer-settings.ts';
import type { EventOf, TrainEvent } from './events.ts';
import { createPace } from './pace.ts';

/** What the loop tells; `start` and `end` are told by whoever runs it, `checkpoint` by whoever writes it. */
export type LoopEvent = Exclude<TrainEvent, { type: 'start' | 'checkpoint' | 'end' }>;

/** What one step needs, and how long the loop waited for it. */
export interface LoadedStep<Inputs> {
  readonly inputs: Inputs;
  readonly waitedMs: number;
}

/** The scalars that a step gives back. */
export interface StepOutcome {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** When and how the state is saved; the last step is always saved. */
export interface Saving {
  readonly everyEpochs: number;
  readonly everySteps?: number | undefined;
  /** Saves the state before it is evaluated too, so that the best one can be kept. */
  readonly beforeEvaluating?: boolean | undefined;
  /**
   * Copies the state after so many steps and whole epochs. It is written beside the steps that follow, and whoever
   * writes it tells of it. Throws what writing an earlier one threw.
   */
  save(step: number, epoch: number): Promise<void>;
  /** Called after each step: throws what writing threw since. */
  check(): void;
}

/**
 * When and how features are evaluated while training; those of the last epoch are evaluated when the loop has ended.
 */
export interface Evaluating {
  /** 0: never. */
  readonly everyEpochs: number;
  /** Whether the state that the loop begins with is not evaluated yet: a process may end between saving and that. */
  readonly isStartOwed?: boolean | undefined;
  evaluate(step: number, epoch: number): Promise<readonly EventOf<'evaluation' | 'warning'>[]>;
}

/** A training loop's parts: what to run, over what, from where, and what else happens on the way. */
export interface TrainLoop<Inputs> {
  /** Completed steps when the loop begins. */
  readonly startStep: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Images in a step. */
  readonly imagesPerStep: number;
  /** The steps of an epoch (from 0), leaving out the first `skip`. */
  readonly batches: (epoch: number, skip: number) => AsyncIterable<LoadedStep<Inputs>>;
  readonly learningRate: (step: number) => number;
  readonly runStep: (inputs: Inputs, step: number) => Promise<StepOutcome>;
  /** Looks at every step, and warns. */
  readonly watch?: ((step: EventOf<'step'>) => EventOf<'warning'> | undefined) | undefined;
  readonly saving?: Saving | undefined;
  readonly evaluating?: Evaluating | undefined;
  readonly signal: AbortSignal;
}

/**
 * Trains: data, step, learning rate, saving and evaluating go round here, and all that happens is told by events.
 *
 * The loop is paused while the caller handles an event. It ends early when the signal aborts, after the step under way,
 * and saves what is there. Throws a UserError when the loss is no longer a number, and what `saving` throws.
 */
export async function* trainLoop<Inputs>(loop: TrainLoop<Inputs>): AsyncGenerator<LoopEvent> {
  const { startStep, epochs, stepsPerEpoch, imagesPerStep, watch, saving, evaluating, signal } = loop;
  const pace = createPace(imagesPerStep);
  let step = startStep;
  let savedStep = startStep === 0 ? undefined : startStep;

  const save = async (): Promise<void> => {
    if (saving === undefined || step === savedStep) return;
    savedStep = step;
    await saving.save(step, Math.floor(step / stepsPerEpoch));
  };

  const evaluatesAfter = (epochsDone: number): boolean =>
    epochsDone > 0 && epochsDone < epochs && isDue(evaluating?.everyEpochs, epochsDone);
  if (evaluating?.isStartOwed && evaluatesAfter(step / stepsPerEpoch) && !signal.aborted) {
    yield* await evaluating.evaluate(step, step / stepsPerEpoch);
  }

  for (let epoch = Math.floor(step / stepsPerEpoch); epoch < epochs && !signal.aborted; epoch++) {
    const losses = createMean();
    pace.restart();
    let begun = performance.now();
    for await (const { inputs, waitedMs } of loop.batches(epoch, step - epoch * stepsPerEpoch)) {
      if (signal.aborted) break;
      const learningRate = loop.learningRate(step);
      const { loss, metrics } = await loop.runStep(inputs, step);
      assertLearning({ loss, metrics }, step, learningRate);
      step++;
      losses.add(loss);
      pace.add((performance.now() - begun) / 1000, waitedMs / 1000);
      const event: EventOf<'step'> = {
        ...{ type: 'step', step, epoch: epoch + 1, loss, learningRate, metrics: { ...metrics } },
        ...pace.recent(),
      };
      yield event;
      const warning = watch?.(event);
      if (warning) yield warning;
      saving?.check();
      if (isDue(saving?.everySteps, step)) await save();
      // Time that the caller spends on an event, and saving, is not training time.
      begun = performance.now();
      if (signal.aborted) break;
    }
    // Batches end early when the signal aborts. An epoch whose last step is done is told of: a resumed run begins after
    // it.
    if (step < (epoch + 1) * stepsPerEpoch) break;
    const rssBytes = process.memoryUsage.rss();
    yield { type: 'epoch', epoch: epoch + 1, step, loss: losses.mean(), ...pace.total(), rssBytes };
    const isLast = epoch + 1 === epochs;
    const evaluates = evaluatesAfter(epoch + 1);
    const savesFirst = evaluates && saving?.beforeEvaluating === true;
    if (isLast || savesFirst || isDue(saving?.everyEpochs, epoch + 1)) await save();
    if (evaluating && evaluates) yield* await evaluating.evaluate(step, epoch + 1);
  }
  await save();
}

/** Whether something that happens every so many times is due after `done`; never for 0 or undefined. */
function isDue(every: number | undefined, done: number): boolean {
  return every !== undefined && every > 0 && done % every === 0;
}

/** The mean of losses. A step that overflowed float16 has none, and does not count. */
function createMean() {
  let [sum, count] = [0, 0];
  return {
    add(loss: number): void {
      if (!Number.isFinite(loss)) return;
      sum += loss;
      count++;
    },
    mean: (): number => sum / count,
  };
}

function assertLearning({ loss, metrics }: StepOutcome, step: number, learningRate: number): void {
  if (!Number.isFinite(loss) && metrics['skipped'] !== 1) throw notFinite(loss, step, learningRate);
  if ((metrics['lossScale'] ?? 1) < 1) throw scaleExhausted(step);
}

function notFinite(loss: number, step: number, learningRate: number): UserError {
  return new UserError(`The loss became ${loss} at step ${step + 1} (learning rate ${learningRate.toPrecision(3)}).`, {
    hint: `Nothing after the last checkpoint was saved. ${CALMER_SETTINGS}`,
  });
}

/** Every step overflows, even with a loss that is not scaled up at all. */
function scaleExhausted(step: number): UserError {
  return new UserError(`The gradients overflow float16 at step ${step + 1}, even without scaling the loss.`, {
    hint: 'Use bfloat16, which has the range of float32, or lower optimizer.learningRate, and go on: cl-train --resume DIR --set precision=bfloat16 --allow-change precision',
  });
}
