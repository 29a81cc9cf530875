import type { RunConfig } from '../../config/run-config.ts';
import { createTaskProgress, type TaskProgress } from '../../report/task-progress.ts';
import { checkEnvironment } from '../assembly/environment.ts';
import { expectedCpu } from '../assembly/expected-cpu.ts';
import { buildParts, initialState, resolveRun } from '../assembly/resolve-run.ts';
import { planSteps } from '../assembly/steps.ts';
import { checkInitKept } from '../folder/keep-init.ts';
import { outputWarnings } from '../folder/output-inside.ts';
import { checkRunFolder, prepareRunFolder, type RunFolder, runFolder } from '../folder/run-folder.ts';
import { type OwnedFolder, withRunFolder } from '../folder/run-lock.ts';
import { leftOutText } from '../images/left-out-text.ts';
import { openImages, trainingCount } from '../images/run-images.ts';
import { settingWarnings } from '../plan/checks/setting-warnings.ts';
import { writeRunSheet } from '../preview/run-sheet.ts';
import { arithmeticChange, arithmeticOn } from './arithmetic.ts';
import { firstState } from './first-state.ts';
import { checkSameImages, type Resumed, resumeRun } from './resume.ts';
import { openSinks } from './run-sinks.ts';
import { type Ending, runToEnd } from './run-to-end.ts';
import { createTrainingProgram } from './training-program.ts';

export interface PretrainOptions {
  /** The resolved configuration as YAML. */
  readonly configText: string;
  readonly resume: boolean;
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
  if (options.overwrite && config.init !== undefined) checkInitKept(folder, config.init);
  await checkRunFolder(folder, options);
  const parts = buildParts(config);
  const initial = initialState(parts);
  const notices: string[] = owned.note === undefined ? [] : [owned.note];
  const notice = (message: string): void => void notices.push(message);
  const begun: Resumed = options.resume
    ? await resumeRun(folder, parts.identity, initial, notice)
    : await firstState(config.init, { ...config, model: parts.model }, initial, notice);
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
      ...images.skipped.map(leftOutText),
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
        return await runToEnd({ config, run, program, begun, initial }, { options, folder, sinks, task, notices });
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
