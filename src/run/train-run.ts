import { stat } from 'node:fs/promises';
import { saveCheckpoint } from '../checkpoint/checkpoint-folder.ts';
import type { RunConfig } from '../config/run-config.ts';
import { viewsPerImage } from '../config/views.ts';
import type { Method } from '../methods/method.ts';
import { emaDecay as emaDecaySchedule } from '../optim/ema-schedule.ts';
import { float32 } from '../runtime/host-tensor.ts';
import type { Program } from '../runtime/program.ts';
import type { TrainEvent } from '../train/events.ts';
import { trainLoop } from '../train/loop.ts';
import { createWatch } from '../train/watch.ts';
import { packageVersion } from '../util/package-info.ts';
import { buildModel } from './build.ts';
import { evaluateFeatures, evaluationObstacle } from './evaluations.ts';
import { embedWith } from './features.ts';
import { evaluationLayout, type RunImages, trainingCount } from './images.ts';
import { progressOf } from './resume.ts';
import type { RunFolder } from './run-folder.ts';
import type { Steps } from './steps.ts';
import type { StepInputs, TrainingBatches } from './training-batches.ts';

/** The parts of a run that is under way. */
export interface Run {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  readonly images: RunImages;
  readonly steps: Steps;
  readonly program: Program;
  readonly batches: TrainingBatches;
  readonly startStep: number;
  readonly signal: AbortSignal;
  readonly emit: (event: TrainEvent) => Promise<void>;
}

/** Runs the loop, saving and evaluating between its events; `onStep` hears of every completed step. */
export async function trainRun(run: Run, onStep: (step: number) => void): Promise<void> {
  const { config, images, steps, program, batches, startStep, signal, emit } = run;
  const { method } = buildModel(config);
  const watch = createWatch({
    chanceLoss: method.chanceLoss(config.schedule.batchSize, viewsPerImage(config.views)),
    stepsAtChance: method.stepsAtChance?.(steps.imagesPerStep),
  });
  const emaStep = createEmaStep(method, steps.total);
  const isEvaluated = evaluationObstacle(images) === undefined;
  let step = startStep;
  let savedStep = startStep === 0 ? -1 : startStep;
  const save = async (): Promise<void> => {
    if (savedStep === step) return;
    await emit(await checkpoint(run, step));
    savedStep = step;
  };
  const events = trainLoop<StepInputs>({
    startStep,
    epochs: config.schedule.epochs,
    stepsPerEpoch: steps.perEpoch,
    batchSize: steps.imagesPerStep,
    batches: batches.batches,
    learningRate: steps.learningRate,
    runStep: (inputs, step) =>
      runStep(program, inputs, { learningRate: steps.learningRate(step), emaStep: emaStep(step) }),
    signal,
  });
  for await (const event of events) {
    await emit(event);
    if (event.type === 'step') {
      step = event.step;
      onStep(step);
      const warning = watch(event);
      if (warning) await emit(warning);
      if (config.checkpoint.everySteps !== undefined && step % config.checkpoint.everySteps === 0) await save();
    } else if (event.type === 'epoch') {
      const isLast = event.epoch === config.schedule.epochs;
      if (isLast || event.epoch % config.checkpoint.everyEpochs === 0) await save();
      const { everyEpochs } = config.evaluate.knn;
      if (isEvaluated && !isLast && everyEpochs > 0 && event.epoch % everyEpochs === 0) {
        await evaluateDuring(run, event.step, event.epoch);
      }
    }
  }
  await save();
}

/** 1 - decay of a method's target network in step 0, 1, ... of `total`; 0 without one. */
function createEmaStep({ emaDecay }: Method, total: number): (step: number) => number {
  if (!emaDecay) return () => 0;
  const decay = emaDecaySchedule({ start: emaDecay.start, end: emaDecay.end ?? emaDecay.start, totalSteps: total });
  return (step) => 1 - decay(step);
}

/** Runs the batches of a step, the last of which moves the parameters; the loss is their mean. */
async function runStep(program: Program, batches: StepInputs, scalars: { learningRate: number; emaStep: number }) {
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

async function checkpoint({ config, folder, images, program, steps }: Run, step: number): Promise<TrainEvent> {
  const progress = progressOf(config, step, Math.floor(step / steps.perEpoch), trainingCount(images));
  const saved = { tensors: await program.read(), progress, toolVersion: packageVersion() };
  const path = await saveCheckpoint(folder.checkpoints, saved, config.checkpoint.keep);
  return { type: 'checkpoint', step, epoch: progress.epoch, path, bytes: (await stat(path)).size };
}

/** kNN while training, on the present state. */
async function evaluateDuring({ config, images, program, signal, emit }: Run, step: number, epoch: number) {
  const layout = evaluationLayout(images);
  try {
    const request = { config, images, kinds: ['knn'], subject: 'pretrained', epoch, signal } as const;
    const [evaluation] = await evaluateFeatures(request, embedWith(program, config, layout));
    if (evaluation) await emit({ type: 'evaluation', step, epoch, evaluation });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
