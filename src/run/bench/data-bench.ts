import { viewSettings } from '../../config/resolve-views.ts';
import type { RunConfig } from '../../config/run-config.ts';
import type { TaskProgress } from '../../report/task-progress.ts';
import { float32 } from '../../runtime/host-tensor.ts';
import { tf } from '../../runtime/tf.ts';
import { describeDevice } from '../assembly/environment.ts';
import { buildParts, initialState, type ResolvedRun, resolveRun } from '../assembly/resolve-run.ts';
import { planSteps } from '../assembly/steps.ts';
import { runData } from '../images/run-data.ts';
import { openImages, trainingCount } from '../images/run-images.ts';
import { createTrainingProgram } from '../training/training-program.ts';
import { groupInputs } from '../views/view-groups.ts';
import type { BatchInputs } from '../views/view-loader.ts';
import { createViewProgram } from '../views/view-program.ts';
import { batchRate, endlessBatches } from './batch-rate.ts';
import { benchParts, rate, type Timed, type TypicalImage } from './image-bench.ts';

/** Parts of the way from a file to a tensor; the first three of one image each, the others of whole batches. */
export const STAGES = ['read', 'decode', 'crop', 'host', 'views', 'whole', 'step'] as const;
export type Stage = (typeof STAGES)[number];

/** How fast the parts of a configuration's way from files to tensors are. */
export interface DataBench {
  readonly data: string;
  readonly storage: string;
  readonly device: string;
  readonly workers: number;
  readonly batchSize: number;
  readonly viewSize: number;
  /** The median image; undefined where images are in memory. */
  readonly typical: TypicalImage | undefined;
  /** Images per second; a stage that this data has no use for is absent. */
  readonly rates: Readonly<Partial<Record<Stage, number>>>;
}

/** How the benchmark is run. */
export interface DataBenchOptions extends Timed {
  /** Whether training steps are timed too. */
  readonly step: boolean;
  readonly task: TaskProgress;
}

async function firstBatch(run: ResolvedRun, signal: AbortSignal): Promise<BatchInputs> {
  for await (const inputs of endlessBatches(run, signal)) return inputs;
  throw signal.reason;
}

/** Views from the device alone, and fed by the host. */
async function benchViews(run: ResolvedRun, options: DataBenchOptions) {
  options.task.say('timing: views');
  const { batchSize, session } = run;
  const names = Object.keys(groupInputs(run.views, batchSize));
  const needed = (inputs: BatchInputs): BatchInputs =>
    Object.fromEntries(names.map((name) => [name, inputs[name] as BatchInputs[string]]));
  // One value of each view: all are computed, hardly anything is copied.
  const program = await createViewProgram(run.views, { count: batchSize, session }, (views) => ({
    corner: tf.concat(views.map((view) => tf.slice(view, [0, 0, 0, 0], [1, 1, 1, 1]))),
  }));
  try {
    const batch = needed(await firstBatch(run, options.signal));
    const steps = await rate(options, 1, 4, () => program.run('views', batch));
    options.task.say('timing: whole');
    const whole = await batchRate(run, options, (inputs) => program.run('views', needed(inputs)));
    return { views: steps * batchSize, whole, device: describeDevice(program.devices) };
  } finally {
    program.close();
  }
}

/** Training steps on one batch in memory. */
async function benchStep(run: ResolvedRun, options: DataBenchOptions): Promise<number> {
  options.task.say('timing: step');
  const program = await createTrainingProgram(run, initialState(run));
  try {
    const rates = { learningRate: float32([0.01], []), emaStep: float32([0.01], []) };
    const inputs = { ...(await firstBatch(run, options.signal)), ...rates };
    const steps = await rate(options, 1, 3, () => program.run('train', inputs));
    return steps * run.batchSize;
  } finally {
    program.close();
  }
}

/**
 * Times the parts of a configuration's way from files to tensors, in images per second.
 *
 * Files are likely to be in the system's cache: what a disk adds is not seen.
 *
 * @throws UserError when there are no images, or too many bad ones; the signal's reason when it is aborted.
 */
export async function benchData(given: RunConfig, options: DataBenchOptions): Promise<DataBench> {
  const images = await openImages(runData(given), options.task.count, options.signal);
  try {
    const count = trainingCount(images);
    const batchSize = Math.min(given.schedule.batchSize, count);
    const config = { ...given, schedule: { ...given.schedule, batchSize, accumulate: 1 } };
    const run = resolveRun(config, buildParts(config), images, planSteps(count, config));
    const { train } = images;
    const { workers } = run.decoding;
    const isStreamed = train.loaded === undefined;
    const parts = isStreamed ? await benchParts(viewSettings(config.views), train.source, workers, options) : undefined;
    options.task.say('timing: host');
    const host = await batchRate(run, options, async () => {});
    const { views, whole, device } = await benchViews(run, options);
    const step = options.step ? { step: await benchStep(run, options) } : {};
    return {
      data: images.description,
      storage: images.storage,
      device,
      workers,
      batchSize,
      viewSize: config.views.size,
      typical: parts?.typical,
      rates: { ...parts?.rates, host, views, whole, ...step },
    };
  } finally {
    options.task.stop();
    await images.close();
  }
}
