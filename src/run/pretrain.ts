import { stat } from 'node:fs/promises';
import { saveCheckpoint } from '../checkpoint/checkpoint-folder.ts';
import type { RunConfig } from '../config/run-config.ts';
import { createLog } from '../report/log.ts';
import { createMetricsFile } from '../report/metrics-jsonl.ts';
import { createProgress } from '../report/progress-bar.ts';
import { combineSinks, type EventSink } from '../report/sink.ts';
import { createTaskProgress } from '../report/task-progress.ts';
import { float32 } from '../runtime/host-tensor.ts';
import type { Program } from '../runtime/program.ts';
import type { TrainEvent } from '../train/events.ts';
import { trainLoop } from '../train/loop.ts';
import { createWatch } from '../train/watch.ts';
import { packageVersion } from '../util/package-info.ts';
import { buildModel, describeModel } from './build.ts';
import { describeDevice, runEnvironment } from './environment.ts';
import { evaluateFeatures, evaluationObstacle } from './evaluations.ts';
import { embedWith } from './features.ts';
import { finalEvaluations } from './final-evaluations.ts';
import { finishRun } from './finish-run.ts';
import { evaluationLayout, openImages, type RunImages, trainingCount, trainingLayout } from './images.ts';
import { progressOf, resumeRun } from './resume.ts';
import { prepareRunFolder, type RunFolder, runFolder } from './run-folder.ts';
import { planSteps, type Steps } from './steps.ts';
import { type BatchInputs, createTrainingBatches, type TrainingBatches } from './training-batches.ts';
import { createTrainingProgram, initialState } from './training-program.ts';

export interface PretrainOptions {
  /** The resolved configuration as YAML. */
  readonly configText: string;
  readonly configPath: string;
  readonly resume: boolean;
  readonly overwrite: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Aborts after the present step; the state is saved. */
  readonly signal: AbortSignal;
}

/** The parts of a run that is under way. */
interface Run {
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

/**
 * Pretrains an encoder as a configuration says, into its run folder: checkpoints, metrics, log, reports.
 *
 * Prints the results to standard output and everything else to standard error. Throws a UserError for what a user can mend.
 */
export async function pretrain(config: RunConfig, options: PretrainOptions): Promise<void> {
  const folder = runFolder(config.output);
  const task = createTaskProgress(process.stderr, options);
  const images = await openImages(config, task.count);
  task.stop();
  let sinks: EventSink | undefined;
  let program: Program | undefined;
  try {
    const steps = planSteps(trainingCount(images), config);
    await prepareRunFolder(folder, options);
    const warnings: TrainEvent[] = [];
    const warn = (step: number, message: string): void => void warnings.push({ type: 'warning', step, message });
    const initial = initialState(config, buildModel(config));
    const resumed = options.resume
      ? await resumeRun(folder, config, initial, (message) => warn(0, message))
      : { step: 0, state: initial };
    const layouts = { train: trainingLayout(images), evaluation: evaluationLayout(images) };
    program = await createTrainingProgram(config, layouts, resumed.state);
    sinks = await openSinks(config, folder, options, resumed.step);
    const started = performance.now();
    const emit = sinks.handle.bind(sinks) as (event: TrainEvent) => Promise<void>;
    const batches = createTrainingBatches(
      config,
      images,
      ({ name, reason }) => warn(0, `left out ${name}: it ${reason}`),
      options.signal,
    );
    const { signal } = options;
    const run: Run = { config, folder, images, steps, program, batches, startStep: resumed.step, signal, emit };
    const device = describeDevice(program.devices);
    await emit(startEvent(run, device));
    for (const { name, reason } of images.skipped) warn(0, `left out ${name}: it ${reason}`);
    const obstacle = evaluationObstacle(images);
    if (obstacle) warn(0, `no evaluation: ${obstacle}`);
    const flush = async (): Promise<void> => {
      for (const warning of warnings.splice(0)) await emit(warning);
    };
    const environment = runEnvironment(device, config.precision);
    const facts = { ...options, config, folder, environment, skipped: () => [...images.skipped, ...batches.skipped()] };
    let step = resumed.step;
    const end = async (reason: 'finished' | 'interrupted' | 'failed', message?: string): Promise<void> => {
      const seconds = (performance.now() - started) / 1000;
      const epoch = Math.floor(step / steps.perEpoch);
      await flush();
      await emit({ type: 'end', step, epoch, seconds, reason, ...(message !== undefined && { message }) });
    };
    try {
      step = await train(run, flush, (done) => {
        step = done;
      });
      if (!signal.aborted && !obstacle) {
        const onStatus = task.say;
        const request = { config, images, epoch: config.schedule.epochs, signal, onStatus };
        for await (const evaluation of finalEvaluations(request, program, initial)) {
          task.stop();
          await emit({ type: 'evaluation', step, epoch: config.schedule.epochs, evaluation });
        }
        task.stop();
      }
      await end(signal.aborted ? 'interrupted' : 'finished');
    } catch (error) {
      task.stop();
      if (signal.aborted) await end('interrupted');
      else await end('failed', error instanceof Error ? error.message : String(error));
      if (!signal.aborted) {
        await sinks.close();
        await finishRun({ ...facts, print: false });
        throw error;
      }
    }
    await sinks.close();
    await finishRun({ ...facts, print: true });
  } finally {
    await sinks?.close();
    program?.close();
    await images.close();
  }
}

async function openSinks(
  config: RunConfig,
  folder: RunFolder,
  { quiet, verbose, resume }: PretrainOptions,
  step: number,
): Promise<EventSink> {
  const progress = createProgress(process.stderr, { quiet });
  const log = await createLog(folder.path, verbose ? { level: 'debug', verbose: progress.note } : {});
  const metrics = await createMetricsFile(folder.metrics, {
    every: config.log.everySteps,
    ...(resume && { resumeStep: step }),
  });
  return combineSinks(progress, log, metrics);
}

function startEvent({ config, folder, images, steps, startStep }: Run, device: string): TrainEvent {
  const { backboneParameters, projectorParameters } = describeModel(config);
  const { batchSize, epochs } = config.schedule;
  return {
    type: 'start',
    runFolder: folder.path,
    device,
    precision: config.precision,
    method: config.method.name,
    parameters: backboneParameters + projectorParameters,
    images: trainingCount(images),
    stepsPerEpoch: steps.perEpoch,
    epochs,
    totalSteps: steps.total,
    startStep,
    batchSize,
    viewsPerImage: 2,
    chanceLoss: buildModel(config).method.chanceLoss(batchSize),
  };
}

/** Runs the loop, saving and evaluating between its events, and returns the number of completed steps. */
async function train(run: Run, flush: () => Promise<void>, onStep: (step: number) => void): Promise<number> {
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
  await flush();
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
    await flush();
  }
  await save();
  return step;
}

async function runStep(program: Program, inputs: BatchInputs, learningRate: number) {
  const outputs = await program.run('train', { ...inputs, learningRate: float32([learningRate], []) });
  const { loss = Number.NaN, ...metrics } = Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data[0] ?? Number.NaN]),
  );
  return { loss, metrics };
}

async function checkpoint({ config, folder, program, steps }: Run, step: number): Promise<TrainEvent> {
  const progress = progressOf(config, step, steps.perEpoch);
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
