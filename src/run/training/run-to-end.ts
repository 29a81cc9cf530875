import { listCheckpoints } from '../../checkpoint/checkpoint-folder.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { readHistory } from '../../report/history.ts';
import type { EventSink } from '../../report/sink.ts';
import type { TaskProgress } from '../../report/task-progress.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { Program } from '../../runtime/program.ts';
import { stagesBatches } from '../../runtime/session-settings.ts';
import type { EventOf } from '../../train/events.ts';
import { isStop } from '../../util/is-stop.ts';
import { tell } from '../../util/notices.ts';
import { resumeCommand } from '../../util/resume-command.ts';
import { describeDevice, runEnvironment } from '../assembly/environment.ts';
import type { ResolvedRun } from '../assembly/resolve-run.ts';
import { encoderTensors } from '../encoder/encoder-program.ts';
import { evaluateWithFloors, evaluationKinds } from '../evaluation/evaluate-encoder.ts';
import { createLeftOut, type LeftOut } from '../evaluation/left-out.ts';
import { exportAtEnd } from '../export/export.ts';
import type { Manifest } from '../export/manifest.ts';
import { createRunWriting } from '../folder/retry-run.ts';
import type { RunFolder } from '../folder/run-folder.ts';
import { allowedKinds, evaluationWarnings, labelsOf } from '../images/evaluation-obstacle.ts';
import { leftOutText } from '../images/left-out-text.ts';
import { evaluateStart } from './evaluate-start.ts';
import { finishRun } from './finish-run.ts';
import { madeEvaluations } from './made-evaluations.ts';
import { nextLines } from './next-commands.ts';
import type { Resumed } from './resume.ts';
import { createRunTeller, type RunTeller } from './run-teller.ts';
import { startEvent } from './start-event.ts';
import { trainRun } from './train-run.ts';
import { createTrainingBatches, type TrainingBatches } from './training-batches.ts';
import { estimatePreparation } from './training-program.ts';
import { watchStandardError } from './watch-standard-error.ts';

/** A run that is about to begin. */
export interface ReadyRun {
  readonly config: RunConfig;
  readonly run: ResolvedRun;
  readonly program: Program;
  /** What it goes on from. */
  readonly begun: Resumed;
  /** Random values, as the state would begin without weights to start from. */
  readonly initial: Readonly<Record<string, HostTensor>>;
}

/** What accompanies a run: where it is told of, and how. */
export interface RunCompany {
  readonly options: { readonly configText: string; readonly signal: AbortSignal };
  readonly folder: RunFolder;
  readonly sinks: EventSink;
  readonly task: TaskProgress;
  /** What happened before the first event could be sent. */
  readonly notices: readonly string[];
  /** What of that concerns the whole run: it is told first. */
  readonly alerts: readonly string[];
}

/** What a run works with once it has been told of. */
interface Work {
  readonly teller: RunTeller;
  readonly batches: TrainingBatches;
  readonly leftOut: LeftOut;
}

/** How a run ended that did not fail, and the steps that it did since it was started. */
export interface Ending {
  readonly reason: 'finished' | 'interrupted';
  readonly steps: number;
}

/**
 * Trains, evaluates, and writes the reports, whichever way the run ends.
 *
 * Throws what the run failed by, also where the signal had been aborted before.
 */
export async function runToEnd(ready: ReadyRun, company: RunCompany): Promise<Ending> {
  const { run, begun, program } = ready;
  const { signal } = company.options;
  const teller = createRunTeller(company.sinks, begun.step);
  // Warnings of the loader come while a step runs.
  const batches = createTrainingBatches(run, {
    onBad: (skipped) => teller.mention(leftOutText(skipped)),
    stage: stagesBatches(run.session) ? (inputs) => program.stage('train', inputs) : undefined,
    signal,
  });
  const leftOut = createLeftOut(teller.warn, (split) => [
    ...(run.images[split === 'training' ? 'train' : 'test']?.loaded?.skipped ?? []),
    ...(split === 'training' ? batches.skipped() : []),
  ]);
  const unwatch = watchStandardError(teller.mention);
  run.images.tellOutages(teller.mention);
  try {
    // A run that can't be told of from the start has not begun: nothing is written of it.
    await tellStart(ready, company, teller);
    return await workToEnd(ready, company, { teller, batches, leftOut });
  } finally {
    unwatch();
  }
}

/** The same, once the run has been told of. */
async function workToEnd(ready: ReadyRun, company: RunCompany, work: Work): Promise<Ending> {
  const { config, run, program, begun } = ready;
  const { options, folder, sinks, task } = company;
  const { teller, batches, leftOut } = work;
  const startedAt = performance.now();
  let exported: Manifest | undefined;
  const finish = async (reason: EventOf<'end'>['reason'], message?: string): Promise<void> => {
    const seconds = (performance.now() - startedAt) / 1000;
    const step = teller.step();
    const end = { type: 'end', step, epoch: Math.floor(step / run.steps.perEpoch), seconds, reason, message } as const;
    // A listener that fails now must not cost the report: it is written first, and the failure thrown then.
    const told = teller.tell(end).finally(() => sinks.close());
    await told.catch(() => {});
    const environment = runEnvironment(describeDevice(program.devices), config.precision);
    const skipped = [...run.images.skipped, ...batches.skipped(), ...leftOut.list()];
    await finishRun({ ...options, config, folder, environment, skipped, exported, print: reason !== 'failed' });
    await told;
  };
  let isFinished = false;
  try {
    try {
      exported = await trainAndEvaluate(ready, company, work);
    } catch (error) {
      if (!isStop(error, options.signal)) {
        task.stop();
        // Where the disk is full the report can't be written either: the user must hear of what stopped the run.
        await finish('failed', error instanceof Error ? error.message : String(error)).catch(() => {});
        throw error;
      }
    } finally {
      await batches.close();
    }
    task.stop();
    const reason = options.signal.aborted ? 'interrupted' : 'finished';
    await finish(reason);
    isFinished = reason === 'finished';
    return { reason, steps: teller.step() - begun.step };
  } finally {
    if (!isFinished) await sayHowToGoOn(folder, config.output);
    else {
      const allowed = allowedKinds(labelsOf(run.images), ['knn', 'linear-probe'] as const);
      const asked = evaluationKinds(config.evaluate);
      const done = { output: config.output, allowed, asked, exported: config.export.atEnd };
      for (const line of nextLines(done)) tell(line);
    }
  }
}

/** Says which command goes on with a run that has a checkpoint. */
async function sayHowToGoOn({ checkpoints }: RunFolder, output: string): Promise<void> {
  if ((await listCheckpoints(checkpoints).catch(() => [])).length === 0) return;
  tell(`go on with: ${resumeCommand(output)}`);
}

/** Tells what the run is, and what there is to know before it begins. */
async function tellStart(ready: ReadyRun, company: RunCompany, { tell, warn, alert }: RunTeller): Promise<void> {
  const { folder, notices, alerts } = company;
  const { config, run, program, begun } = ready;
  const facts = {
    method: config.method.name,
    startStep: begun.step,
    lineage: begun.lineage,
    runFolder: folder.path,
    device: describeDevice(program.devices),
    preparationSeconds: estimatePreparation(program),
  };
  await tell(startEvent(run, facts));
  for (const message of alerts) await alert(message);
  const planned = { ...config.evaluate, featureSize: run.model.backbone.featureSize, viewSize: config.views.size };
  for (const notice of [...notices, ...evaluationWarnings(labelsOf(run.images), planned)]) await warn(notice);
}

/**
 * Evaluates what the run starts from, trains, evaluates and exports; less where the signal aborts.
 *
 * @returns the export, where one was made.
 */
async function trainAndEvaluate(ready: ReadyRun, company: RunCompany, work: Work): Promise<Manifest | undefined> {
  const { config, run, program, begun, initial } = ready;
  const { options, folder, task } = company;
  const { teller, batches, leftOut } = work;
  const { signal } = options;
  const { step: startStep, lineage } = begun;
  const { checkpoint, evaluate } = config;
  const kinds = allowedKinds(labelsOf(run.images), evaluationKinds(evaluate));
  const told = { signal, onProgress: task.count, onFailure: teller.warn, leftOut };
  if (lineage !== undefined && startStep === 0) {
    const asked = kinds.filter((kind) => kind === 'knn' || evaluate.floors);
    const events = await evaluateStart(run.evaluation, { kinds: asked, ...told }, begun.state).finally(task.stop);
    for (const event of events) await teller.tell(event);
  }
  const knnEveryEpochs = evaluate.knn.everyEpochs;
  // It saves also where it is told to stop, and waits for that: a second signal ends it.
  const retry = createRunWriting({ limitSeconds: 60 * checkpoint.retryMinutes, say: teller.mention });
  const state = { run, program, startStep, lineage };
  const training = { ...state, folder, batches, checkpoint, retry, knnEveryEpochs, task, leftOut, signal };
  await trainRun(training, teller.tell);
  if (!signal.aborted && kinds.length > 0) {
    const { epochs } = run.steps;
    const trained = encoderTensors(await program.read());
    const untrained = evaluate.floors ? encoderTensors(initial) : undefined;
    const { evaluations } = startStep > 0 ? await readHistory(folder.metrics) : { evaluations: [] };
    const isMade = madeEvaluations(evaluations, teller.step(), run.evaluation);
    const request = { kinds, epoch: epochs, isMade, ...told };
    for await (const evaluation of evaluateWithFloors(run.evaluation, request, { trained, untrained })) {
      task.stop();
      await teller.tell({ type: 'evaluation', step: teller.step(), epoch: epochs, evaluation });
    }
  }
  if (signal.aborted) return undefined;
  return exportAtEnd(config, { folder, images: run.images, onStatus: task.say, warn: teller.warn, signal });
}
