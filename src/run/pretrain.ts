import type { RunConfig } from '../config/run-config.ts';
import { viewsPerImage } from '../config/views.ts';
import type { SkippedImage } from '../data/sources/bad-images.ts';
import { createLog } from '../report/log.ts';
import { createMetricsFile } from '../report/metrics-jsonl.ts';
import { createProgress } from '../report/progress-bar.ts';
import { combineSinks, type EventSink } from '../report/sink.ts';
import { createTaskProgress, type TaskProgress } from '../report/task-progress.ts';
import type { HostTensor } from '../runtime/host-tensor.ts';
import type { TrainEvent } from '../train/events.ts';
import { buildModel, describeModel } from './build.ts';
import { settingWarnings } from './checks/checks.ts';
import { checkEnvironment, describeDevice, runEnvironment } from './environment.ts';
import { evaluationObstacle } from './evaluations.ts';
import { finalEvaluations } from './final-evaluations.ts';
import { finishRun } from './finish-run.ts';
import { evaluationLayout, openImages, trainingCount, trainingLayout } from './images.ts';
import { checkSameImages, type Resumed, resumeRun } from './resume.ts';
import { checkRunFolder, prepareRunFolder, type RunFolder, runFolder } from './run-folder.ts';
import { writeRunSheet } from './run-sheet.ts';
import { planSteps } from './steps.ts';
import { type Run, trainRun } from './train-run.ts';
import { createTrainingBatches } from './training-batches.ts';
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

/**
 * Pretrains an encoder as a configuration says, into its run folder: checkpoints, metrics, log, reports.
 *
 * Prints the results to standard output and everything else to standard error. Throws a UserError for what a user can mend.
 */
export async function pretrain(config: RunConfig, options: PretrainOptions): Promise<void> {
  checkEnvironment(config);
  const folder = runFolder(config.output);
  await checkRunFolder(folder, options);
  const initial = initialState(config, buildModel(config));
  const notices: string[] = [];
  const resumed: Resumed = options.resume
    ? await resumeRun(folder, config, initial, (message) => notices.push(message))
    : { step: 0, state: initial };
  const task = createTaskProgress(process.stderr, options);
  const images = await openImages(config, task.count, options.signal);
  task.stop();
  try {
    checkSameImages(resumed, trainingCount(images));
    const imageCount = trainingCount(images);
    const steps = planSteps(imageCount, config);
    notices.push(...settingWarnings({ config, imageCount, steps }), ...images.notes, ...images.skipped.map(leftOut));
    const layouts = { train: trainingLayout(images), evaluation: evaluationLayout(images) };
    const program = await createTrainingProgram(config, layouts, resumed.state);
    try {
      // Last of all, so that a run which can't begin neither leaves a folder behind nor empties one.
      await prepareRunFolder(folder, options);
      const sinks = await openSinks(config, folder, options, resumed.step);
      try {
        const problem = await writeRunSheet(config, images, folder.views, options.signal);
        if (problem !== undefined) notices.push(problem);
        const start = { config, folder, images, steps, program, startStep: resumed.step, signal: options.signal };
        await runToEnd(start, { options, sinks, task, initial, notices });
      } finally {
        await sinks.close();
      }
    } finally {
      program.close();
    }
  } finally {
    await images.close();
  }
}

/** What accompanies a run: where it is told of, and what it started from. */
interface Company {
  readonly options: PretrainOptions;
  readonly sinks: EventSink;
  readonly task: TaskProgress;
  readonly initial: Readonly<Record<string, HostTensor>>;
  /** What happened before the first event could be sent. */
  readonly notices: readonly string[];
}

/** Trains, evaluates, and writes the reports, whichever way the run ends. */
async function runToEnd(parts: Omit<Run, 'batches' | 'emit'>, company: Company): Promise<void> {
  const { options, sinks, task, initial, notices } = company;
  const { config, images, program, steps, signal } = parts;
  let step = parts.startStep;
  const emit = async (event: TrainEvent): Promise<void> => sinks.handle(event);
  const warn = (message: string): Promise<void> => emit({ type: 'warning', step, message });
  // Warnings of the loader come while a step runs: sinks take one event at a time, in order.
  let told = Promise.resolve();
  const onBad = (skipped: SkippedImage): void => {
    told = told.then(() => warn(leftOut(skipped)));
  };
  const batches = createTrainingBatches(config, images, onBad, signal);
  const run: Run = { ...parts, batches, emit };
  const device = describeDevice(program.devices);
  const begun = performance.now();
  await emit(startEvent(run, device));
  for (const notice of notices) await warn(notice);
  const obstacle = evaluationObstacle(images);
  if (obstacle) await warn(`no evaluation: ${obstacle}`);
  const finish = async (reason: EndReason, message?: string): Promise<void> => {
    await told;
    const seconds = (performance.now() - begun) / 1000;
    const epoch = Math.floor(step / steps.perEpoch);
    await emit({ type: 'end', step, epoch, seconds, reason, ...(message !== undefined && { message }) });
    await sinks.close();
    const environment = runEnvironment(device, config.precision);
    const skipped = [...images.skipped, ...batches.skipped()];
    await finishRun({ ...options, config, folder: parts.folder, environment, skipped, print: reason !== 'failed' });
  };
  try {
    await trainRun(run, (done) => {
      step = done;
    });
    if (!obstacle && !signal.aborted) {
      const { epochs } = config.schedule;
      const request = { config, images, epoch: epochs, signal, onStatus: task.say, onFailure: warn };
      for await (const evaluation of finalEvaluations(request, program, initial)) {
        task.stop();
        await emit({ type: 'evaluation', step, epoch: epochs, evaluation });
      }
    }
  } catch (error) {
    if (!signal.aborted) {
      task.stop();
      // Where the disk is full the report can't be written either: what stopped the run is what the user must hear of.
      await finish('failed', error instanceof Error ? error.message : String(error)).catch(() => {});
      throw error;
    }
  } finally {
    await batches.close();
  }
  task.stop();
  await finish(signal.aborted ? 'interrupted' : 'finished');
}

type EndReason = Extract<TrainEvent, { type: 'end' }>['reason'];

function leftOut({ name, reason }: SkippedImage): string {
  return `left out ${name}: it ${reason}`;
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
  const model = buildModel(config);
  const { backboneParameters, projectorParameters } = describeModel(config, model);
  const { batchSize, epochs } = config.schedule;
  const views = viewsPerImage(config.views);
  return {
    type: 'start',
    runFolder: folder.path,
    device,
    precision: config.precision,
    method: config.method.name,
    parameters: backboneParameters + projectorParameters,
    images: trainingCount(images),
    data: `${images.description}; ${images.storage}`,
    stepsPerEpoch: steps.perEpoch,
    epochs,
    totalSteps: steps.total,
    startStep,
    batchSize: steps.imagesPerStep,
    viewsPerImage: views,
    chanceLoss: model.method.chanceLoss(batchSize, views),
  };
}
