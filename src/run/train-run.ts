import { stat } from 'node:fs/promises';
import { saveCheckpoint } from '../checkpoint/checkpoint-folder.ts';
import type { RunConfig } from '../config/run-config.ts';
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
import type { BatchInputs, TrainingBatches } from './training-batches.ts';

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
  const watch = createWatch(buildModel(config).method.chanceLoss(config.schedule.batchSize));
  const isEvaluated = evaluationObstacle(images) === undefined;
  let step = startStep;
  let savedStep = startStep === 0 ? -1 : startStep;
  const save = async (): Promise<void> => {
    if (savedStep === step) return;
    await emit(await checkpoint(run, step));
    savedStep = step;
  };
  const events = trainLoop<BatchInputs>({
    startStep,
    epochs: config.schedule.epochs,
    stepsPerEpoch: steps.perEpoch,
    batchSize: config.schedule.batchSize,
    batches: batches.batches,
    learningRate: steps.learningRate,
    runStep: (inputs, learningRate) => runStep(program, inputs, learningRate),
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

async function runStep(program: Program, inputs: BatchInputs, learningRate: number) {
  const outputs = await program.run('train', { ...inputs, learningRate: float32([learningRate], []) });
  const { loss = Number.NaN, ...metrics } = Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data[0] ?? Number.NaN]),
  );
  return { loss, metrics };
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
