import { existsSync } from 'node:fs';
import { viewSizes } from '../../config/resolve-views.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { readTypicalSide } from '../../data/loading/storage.ts';
import { createTaskProgress, type TaskProgress } from '../../report/task-progress.ts';
import { availableMemory } from '../../util/available-memory.ts';
import { tell } from '../../util/notices.ts';
import { checkEnvironment } from '../assembly/environment.ts';
import { expectedCpu } from '../assembly/expected-cpu.ts';
import { missingGpuWarning } from '../assembly/missing-gpu.ts';
import { buildParts, initialState, resolveRun } from '../assembly/resolve-run.ts';
import { planSteps } from '../assembly/steps.ts';
import { checkCheckpointSize } from '../folder/check-checkpoint-size.ts';
import { roomWarnings } from '../folder/disk-room.ts';
import { checkInitKept } from '../folder/keep-init.ts';
import { outputWarnings } from '../folder/output-inside.ts';
import { createReading } from '../folder/retry-run.ts';
import { checkRunFolder, prepareRunFolder, type RunFolder, runFolder } from '../folder/run-folder.ts';
import { type OwnedFolder, withRunFolder } from '../folder/run-lock.ts';
import { digestOf, writeImageList } from '../images/image-list.ts';
import { leftOutText } from '../images/left-out-text.ts';
import { runData } from '../images/run-data.ts';
import { heldBytes, openImages, recordTrainingImages, trainingCount } from '../images/run-images.ts';
import { imageSizeWarnings } from '../plan/checks/check-image-size.ts';
import { memoryWarnings } from '../plan/checks/check-memory.ts';
import { settingWarnings } from '../plan/checks/setting-warnings.ts';
import { estimateMemory } from '../plan/memory.ts';
import { writeRunSheet } from '../preview/run-sheet.ts';
import { arithmeticChange, arithmeticOn } from './arithmetic.ts';
import { beginningOf, setAside } from './choose-beginning.ts';
import { firstState } from './first-state.ts';
import { changesBesides } from './kept-settings.ts';
import { type Resumed, resumeRun } from './resume.ts';
import { checkResumedImages } from './resumed-images.ts';
import { openSinks } from './run-sinks.ts';
import { type Ending, runToEnd } from './run-to-end.ts';
import { changeNotices } from './schedule-change.ts';
import { createTrainingProgram } from './training-program.ts';

export interface PretrainOptions {
  /** The resolved configuration as YAML. */
  readonly configText: string;
  /** `auto`: start, go on, or do nothing where the run is finished. */
  readonly resume: boolean | 'auto';
  /** Settings that may differ from those of the run that goes on. */
  readonly allowed: readonly string[];
  readonly overwrite: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Ends the run after the present step; the state is saved. Before the first step its reason is thrown. */
  readonly signal: AbortSignal;
}

/**
 * Pretrains an encoder as a configuration says, into its run folder: checkpoints, metrics, log, reports.
 *
 * Prints the results to standard output and everything else to standard error. Throws a UserError for what a user can
 * mend.
 */
export async function pretrain(config: RunConfig, options: PretrainOptions): Promise<Ending> {
  checkEnvironment(config.device);
  const folder = runFolder(config.output);
  const task = createTaskProgress(process.stderr, options);
  return withRunFolder(folder, { onStatus: task.say, signal: options.signal }, (owned) => {
    task.stop();
    return pretrainIn(folder, config, options, { task, owned });
  });
}

/** What is there before a run is. */
interface Preparation {
  readonly task: TaskProgress;
  readonly owned: OwnedFolder;
}

async function pretrainIn(
  folder: RunFolder,
  config: RunConfig,
  options: PretrainOptions,
  { task, owned }: Preparation,
): Promise<Ending> {
  const parts = buildParts(config);
  const { retryMinutes } = config.checkpoint;
  const reading = createReading('the run', { limitSeconds: 60 * retryMinutes, signal: options.signal });
  const beginning = await reading(() => beginningOf(folder, parts.identity, options));
  if ('finished' in beginning) {
    for (const line of beginning.finished.split('\n')) tell(line);
    return { reason: 'finished', steps: 0 };
  }
  if (beginning.overwrite && config.init !== undefined) checkInitKept(folder, config.init);
  await checkRunFolder(folder, beginning);
  const initial = initialState(parts);
  const notices: string[] = [...(owned.note === undefined ? [] : [owned.note]), ...beginning.notes];
  const notice = (message: string): void => void notices.push(message);
  const begun: Resumed = beginning.resume
    ? await reading(() => resumeRun(folder, parts.identity, initial, notice, options.allowed))
    : await firstState(config.init, { ...config, model: parts.model }, initial, notice);
  const stateBytes = Object.values(begun.state).reduce((sum, { data }) => sum + data.byteLength, 0);
  checkCheckpointSize(stateBytes);
  const images = await openImages(runData(config), task.count, options.signal);
  task.stop();
  try {
    const imageCount = trainingCount(images);
    const records = await recordTrainingImages(images, { onProgress: task.count, signal: options.signal });
    task.stop();
    if (beginning.resume) {
      const found = { count: imageCount, records };
      notices.push(...(await checkResumedImages(folder, begun, found, options.allowed)));
      const besides = changesBesides(folder, config);
      notices.push(...changeNotices(begun, { ...config, images: imageCount }, besides));
    }
    const steps = planSteps(imageCount, config);
    const cpu = expectedCpu(parts.session);
    const needed = estimateMemory({ ...parts, viewSizes: viewSizes(config.views), images: heldBytes(images) });
    const free = availableMemory();
    notices.push(
      ...settingWarnings({ config, imageCount, steps, cpu }),
      ...(beginning.resume ? [] : imageSizeWarnings(await readTypicalSide(images.train.source), config.views.size)),
      ...memoryWarnings({ config, needed, available: { ...free, bytes: free.bytes + needed.images }, cpu }),
      ...(beginning.resume
        ? []
        : await roomWarnings(folder.path, { ...config, epochs: steps.epochs, bytes: stateBytes })),
      ...outputWarnings('the run folder', config.output, config.data.path),
      ...images.notes,
      ...images.skipped.map(leftOutText),
    );
    const imageDigest = digestOf(records);
    const run = { ...resolveRun(config, parts, images, steps), imageDigest };
    task.say('recording the graph');
    const program = await createTrainingProgram(run, begun.state, options.signal).finally(task.stop);
    try {
      const change = arithmeticChange(begun.arithmetic, arithmeticOn(program.devices, run.session));
      if (change !== undefined) notices.push(change);
      const missing = await missingGpuWarning(config.device, program.devices);
      const alerts = missing === undefined ? [] : [missing];
      // Last of all, so that a run which can't begin neither leaves a folder behind nor empties one.
      await setAside(folder, beginning.damaged);
      await prepareRunFolder(folder, { ...beginning, configText: options.configText });
      if (imageDigest !== begun.imageDigest || !existsSync(folder.images)) await writeImageList(folder.images, records);
      const { sinks, task: running } = await openSinks(folder, {
        ...options,
        everySteps: config.log.everySteps,
        retryMinutes,
        resumeStep: beginning.resume ? begun.step : undefined,
      });
      try {
        const problem = await writeRunSheet(
          { ...run, images: images.train },
          {
            title: `${config.method.name}, ${config.views.size} pixels`,
            path: folder.views,
            onStatus: running.say,
            signal: options.signal,
          },
        ).finally(running.stop);
        if (problem !== undefined) notices.push(problem);
        return await runToEnd(
          { config, run, program, begun, initial },
          { options, folder, sinks, task: running, notices, alerts },
        );
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
