import type { RunConfig } from '../../config/run-config.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import { createEventQueue } from '../../report/event-queue.ts';
import type { EventSink } from '../../report/sink.ts';
import { createTaskProgress, type TaskProgress } from '../../report/task-progress.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { Program } from '../../runtime/program.ts';
import type { EventOf, TrainEvent } from '../../train/events.ts';
import { checkEnvironment, describeDevice, runEnvironment } from '../assembly/environment.ts';
import { expectedCpu } from '../assembly/expected-cpu.ts';
import { buildParts, initialState, type ResolvedRun, resolveRun } from '../assembly/resolve-run.ts';
import { planSteps } from '../assembly/steps.ts';
import { encoderTensors } from '../encoder/encoder-program.ts';
import { evaluateWithFloors, evaluationKinds } from '../evaluation/evaluate-encoder.ts';
import { createLeftOut } from '../evaluation/left-out.ts';
import { exportAtEnd } from '../export/export.ts';
import type { Manifest } from '../export/manifest.ts';
import { checkInitKept } from '../folder/keep-init.ts';
import { outputWarnings } from '../folder/output-inside.ts';
import { checkRunFolder, prepareRunFolder, type RunFolder, runFolder } from '../folder/run-folder.ts';
import { allowedKinds, evaluationWarnings, labelsOf } from '../images/evaluation-obstacle.ts';
import { openImages, trainingCount } from '../images/run-images.ts';
import { settingWarnings } from '../plan/checks/setting-warnings.ts';
import { writeRunSheet } from '../preview/run-sheet.ts';
import { arithmeticChange, arithmeticOn } from './arithmetic.ts';
import { evaluateStart } from './evaluate-start.ts';
import { finishRun } from './finish-run.ts';
import { firstState } from './first-state.ts';
import { checkSameImages, type Resumed, resumeRun } from './resume.ts';
import { openSinks } from './run-sinks.ts';
import { startEvent } from './start-event.ts';
import { trainRun } from './train-run.ts';
import { createTrainingBatches } from './training-batches.ts';
import { createTrainingProgram, estimatePreparation } from './training-program.ts';

export interface PretrainOptions {
  /** The resolved configuration as YAML. */
  readonly configText: string;
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
 * Prints the results to standard output and everything else to standard error. Throws a UserError for what a user can
 * mend.
 */
export async function pretrain(config: RunConfig, options: PretrainOptions): Promise<void> {
  checkEnvironment(config.device);
  const folder = runFolder(config.output);
  if (options.overwrite && config.init !== undefined) checkInitKept(folder, config.init);
  await checkRunFolder(folder, options);
  const parts = buildParts(config);
  const initial = initialState(parts);
  const notices: string[] = [];
  const notice = (message: string): void => void notices.push(message);
  const begun: Resumed = options.resume
    ? await resumeRun(folder, parts.identity, initial, notice)
    : await firstState(config.init, { ...config, model: parts.model }, initial, notice);
  const task = createTaskProgress(process.stderr, options);
  const images = await openImages(config.data, task.count, options.signal);
  task.stop();
  try {
    const imageCount = trainingCount(images);
    checkSameImages(begun, imageCount);
    const steps = planSteps(imageCount, config);
    const cpu = expectedCpu(parts.session);
    notices.push(
      ...settingWarnings({ config, imageCount, steps, cpu }),
      ...outputWarnings('the run folder', config.output, config.data.path),
      ...images.notes,
      ...images.skipped.map(leftOut),
    );
    const run = resolveRun(config, parts, images, steps);
    task.say('recording the graph');
    const program = await createTrainingProgram(run, begun.state, options.signal).finally(task.stop);
    try {
      const change = arithmeticChange(begun.arithmetic, arithmeticOn(program.devices));
      if (change !== undefined) notices.push(change);
      // Last of all, so that a run which can't begin neither leaves a folder behind nor empties one.
      await prepareRunFolder(folder, options);
      const sinks = await openSinks(folder, {
        ...options,
        everySteps: config.log.everySteps,
        resumeStep: options.resume ? begun.step : undefined,
      });
      try {
        const problem = await writeRunSheet(
          { ...run, images: images.train },
          {
            title: `${config.method.name}, ${config.views.size} pixels`,
            path: folder.views,
            onStatus: task.say,
            signal: options.signal,
          },
        ).finally(task.stop);
        if (problem !== undefined) notices.push(problem);
        const company = { options, folder, sinks, task, initial, notices };
        await runToEnd(config, { run, program, begun }, company);
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

/** A run that is about to begin. */
interface ReadyRun {
  readonly run: ResolvedRun;
  readonly program: Program;
  /** What it goes on from. */
  readonly begun: Resumed;
}

/** What accompanies a run: where it is told of, and what it started from. */
interface Company {
  readonly options: PretrainOptions;
  readonly folder: RunFolder;
  readonly sinks: EventSink;
  readonly task: TaskProgress;
  /** Random values, as the state would begin without weights to start from. */
  readonly initial: Readonly<Record<string, HostTensor>>;
  /** What happened before the first event could be sent. */
  readonly notices: readonly string[];
}

/** Trains, evaluates, and writes the reports, whichever way the run ends. */
async function runToEnd(config: RunConfig, ready: ReadyRun, company: Company): Promise<void> {
  const { run, program, begun } = ready;
  const { step: startStep, lineage } = begun;
  const { options, folder, sinks, task, initial, notices } = company;
  const { signal } = options;
  const { epochs } = run.steps;
  let step = startStep;
  const queue = createEventQueue(sinks);
  const tell = async (event: TrainEvent): Promise<void> => {
    if (event.type === 'step') step = event.step;
    await queue.tell(event);
  };
  const warning = (message: string): TrainEvent => ({ type: 'warning', step, message });
  const warn = (message: string): Promise<void> => tell(warning(message));
  // Warnings of the loader come while a step runs.
  const batches = createTrainingBatches(run, (skipped) => queue.mention(warning(leftOut(skipped))), signal);
  const evaluationLeftOut = createLeftOut(warn, (split) => [
    ...(run.images[split === 'training' ? 'train' : 'test']?.loaded?.skipped ?? []),
    ...(split === 'training' ? batches.skipped() : []),
  ]);
  const device = describeDevice(program.devices);
  const startedAt = performance.now();
  // A run that can't be told of from the start has not begun: nothing is written of it.
  const preparationSeconds = estimatePreparation(program);
  const { name: method } = config.method;
  await tell(startEvent(run, { method, startStep, lineage, runFolder: folder.path, device, preparationSeconds }));
  for (const notice of notices) await warn(notice);
  const labels = labelsOf(run.images);
  const planned = { ...config.evaluate, featureSize: run.model.backbone.featureSize, viewSize: config.views.size };
  for (const notice of evaluationWarnings(labels, planned)) await warn(notice);
  let exported: Manifest | undefined;
  const finish = async (reason: EventOf<'end'>['reason'], message?: string): Promise<void> => {
    const seconds = (performance.now() - startedAt) / 1000;
    const epoch = Math.floor(step / run.steps.perEpoch);
    // A listener that fails now must not cost the report: it is written first, and the failure thrown then.
    const told = tell({ type: 'end', step, epoch, seconds, reason, message }).finally(() => sinks.close());
    await told.catch(() => {});
    const environment = runEnvironment(device, config.precision);
    const skipped = [...run.images.skipped, ...batches.skipped(), ...evaluationLeftOut.list()];
    await finishRun({ ...options, config, folder, environment, skipped, exported, print: reason !== 'failed' });
    await told;
  };
  try {
    const { checkpoint, evaluate } = config;
    const knnEveryEpochs = evaluate.knn.everyEpochs;
    const kinds = allowedKinds(labels, evaluationKinds(evaluate));
    const told = { signal, onStatus: task.say, onFailure: warn, leftOut: evaluationLeftOut };
    if (lineage !== undefined && startStep === 0) {
      const asked = kinds.filter((kind) => kind === 'knn' || evaluate.floors);
      const events = await evaluateStart(run.evaluation, { kinds: asked, ...told }, begun.state).finally(task.stop);
      for (const event of events) await tell(event);
    }
    const training = { run, folder, program, batches, startStep, lineage, checkpoint, knnEveryEpochs, signal };
    await trainRun({ ...training, leftOut: evaluationLeftOut }, tell);
    if (!signal.aborted && kinds.length > 0) {
      const request = { kinds, epoch: epochs, ...told };
      const trained = encoderTensors(await program.read());
      const untrained = evaluate.floors ? encoderTensors(initial) : undefined;
      for await (const evaluation of evaluateWithFloors(run.evaluation, request, { trained, untrained })) {
        task.stop();
        await tell({ type: 'evaluation', step, epoch: epochs, evaluation });
      }
    }
    if (!signal.aborted)
      exported = await exportAtEnd(config, { folder, images: run.images, onStatus: task.say, warn, signal });
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

function leftOut({ name, reason }: SkippedImage): string {
  return `left out ${name}: it ${reason}`;
}
