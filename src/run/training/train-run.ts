import type { CheckpointConfig } from '../../config/run-config.ts';
import { readHistory } from '../../report/history.ts';
import type { TaskProgress } from '../../report/task-progress.ts';
import { float32 } from '../../runtime/host-tensor.ts';
import type { Program } from '../../runtime/program.ts';
import type { Lineage, TrainEvent } from '../../train/events.ts';
import { type Evaluating, type StepOutcome, trainLoop } from '../../train/loop.ts';
import { createWatch } from '../../train/watch.ts';
import { packageVersion } from '../../util/package-info.ts';
import type { Retry } from '../../util/retry.ts';
import type { ResolvedRun } from '../assembly/resolve-run.ts';
import { embedWith } from '../encoder/embed-images.ts';
import { evaluateFeatures } from '../evaluation/evaluate-encoder.ts';
import type { LeftOut } from '../evaluation/left-out.ts';
import { knnScores } from '../export/best-checkpoint.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { evaluationObstacle, labelsOf } from '../images/evaluation-obstacle.ts';
import { trainingCount } from '../images/run-images.ts';
import { arithmeticOn } from './arithmetic.ts';
import { type CheckpointWriter, createCheckpointWriter } from './checkpoint-writer.ts';
import { createKeepPolicy, type KeepPolicy } from './keep-checkpoints.ts';
import { keepState } from './keep-state.ts';
import { progressOf } from './resume.ts';
import type { StepInputs, TrainingBatches } from './training-batches.ts';

/** A run that is ready to train. */
export interface Training {
  readonly run: ResolvedRun;
  readonly folder: Pick<RunFolder, 'checkpoints' | 'metrics'>;
  readonly program: Program;
  readonly batches: Pick<TrainingBatches, 'batches'>;
  readonly startStep: number;
  /** The weights that the run started from; undefined for random ones. */
  readonly lineage?: Lineage | undefined;
  readonly checkpoint: CheckpointConfig;
  /** What writing checkpoints is tried again by. */
  readonly retry: Retry;
  /** Epochs between two kNN evaluations while training; 0: none. */
  readonly knnEveryEpochs: number;
  /** Hears of that evaluation. */
  readonly task?: TaskProgress | undefined;
  /** Hears of bad images that kNN meets while training. */
  readonly leftOut?: LeftOut | undefined;
  readonly signal: AbortSignal;
}

/**
 * Trains to the end, or until the signal aborts, and saves; `tell` takes every event while training waits.
 *
 * Throws what `tell` throws, and what training fails by, once what was learned is saved.
 */
export async function trainRun(training: Training, tell: (event: TrainEvent) => Promise<void>): Promise<void> {
  const { run, program, batches, startStep, checkpoint, signal } = training;
  const { steps, emaStep, chanceLoss, step } = run;
  const needsScores = startStep > 0 && (checkpoint.keepBest || training.knnEveryEpochs > 0);
  const { evaluations } = needsScores ? await readHistory(training.folder.metrics) : { evaluations: [] };
  const scores = knnScores(evaluations);
  const policy = createKeepPolicy(checkpoint, steps.perEpoch, scores);
  const writer = writerOf(training, policy, tell);
  const done = { step: startStep, isTorn: false };
  const loop = trainLoop<StepInputs>({
    startStep,
    epochs: steps.epochs,
    stepsPerEpoch: steps.perEpoch,
    imagesPerStep: steps.imagesPerStep,
    batches: batches.batches,
    learningRate: steps.learningRate,
    runStep(inputs, step) {
      done.isTorn = true;
      return runStep(program, inputs, { learningRate: steps.learningRate(step), emaStep: emaStep(step) });
    },
    watch: createWatch({ chanceLoss, stepsAtChance: step.method.stepsAtChance?.(steps.imagesPerStep) }),
    saving: { ...checkpoint, ...writer, beforeEvaluating: checkpoint.keepBest },
    evaluating: evaluatingOf(training, scores),
    signal,
  });
  try {
    for await (const event of loop) {
      if (event.type === 'step') Object.assign(done, { step: event.step, isTorn: false });
      policy.hear(event);
      await tell(event);
    }
    await writer.settle();
  } catch (cause) {
    // What is being written is worth waiting for; what stopped the run is what the user must hear of.
    await writer.settle().catch(() => {});
    const save = async (step: number): Promise<void> => {
      await writer.save(step, Math.floor(step / steps.perEpoch));
      await writer.settle().catch((error: unknown) => {
        // A listener that fails may be what stopped the run.
        if (writer.savedStep() !== step) throw error;
      });
    };
    await keepState({ ...done, savedStep: writer.savedStep() ?? startStep, cause, save }, tell);
    throw cause;
  }
}

/** Runs the batches of a step, the last of which moves the parameters; the loss is their mean. */
async function runStep(
  program: Program,
  batches: StepInputs,
  scalars: { readonly learningRate: number; readonly emaStep: number },
): Promise<StepOutcome> {
  const losses: number[] = [];
  let metrics: Record<string, number> = {};
  const fed = Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, float32([value], [])]));
  for (const [i, inputs] of batches.entries()) {
    const isLast = i === batches.length - 1;
    const outputs = await (isLast ? program.run('train', { ...inputs, ...fed }) : program.run('accumulate', inputs));
    const { loss, ...others } = Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => [name, data[0] ?? Number.NaN]),
    );
    losses.push(loss ?? Number.NaN);
    metrics = others;
  }
  return { loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length, metrics };
}

function writerOf(
  { run, folder, program, lineage, retry }: Training,
  { keeping }: KeepPolicy,
  tell: (event: TrainEvent) => Promise<void>,
): CheckpointWriter {
  const images = trainingCount(run.images);
  const arithmetic = arithmeticOn(program.devices, run.session);
  const { identity, imageDigest } = run;
  return createCheckpointWriter({
    ...{ program, folder: folder.checkpoints, keeping, retry, tell },
    describe: (step, epoch) => ({
      progress: progressOf(identity, { step, epoch, images, imageDigest, arithmetic, lineage }),
      toolVersion: packageVersion(),
    }),
  });
}

/** kNN while training, on the present state; where it fails, training goes on. `scores`: those there are, by step. */
function evaluatingOf(
  { run: { evaluation }, startStep, program, knnEveryEpochs, task, leftOut, signal }: Training,
  scores: ReadonlyMap<number, number>,
) {
  if (evaluationObstacle(labelsOf(evaluation.images)) !== undefined) return undefined;
  const embed = embedWith(program, evaluation.view);
  const evaluating: Evaluating = {
    everyEpochs: knnEveryEpochs,
    isStartOwed: !scores.has(startStep),
    async evaluate(step, epoch) {
      const failures: string[] = [];
      const onFailure = (message: string): void => void failures.push(message);
      try {
        const request = {
          kinds: ['knn'],
          subject: 'pretrained',
          epoch,
          signal,
          leftOut,
          onFailure,
          onProgress: task?.count,
        } as const;
        const evaluations = await evaluateFeatures(evaluation, request, embed);
        return [
          ...failures.map((message) => ({ type: 'warning', step, message }) as const),
          ...evaluations.map((each) => ({ type: 'evaluation', step, epoch, evaluation: each }) as const),
        ];
      } catch (error) {
        if (signal.aborted) return [];
        throw error;
      } finally {
        task?.stop();
      }
    },
  };
  return evaluating;
}
