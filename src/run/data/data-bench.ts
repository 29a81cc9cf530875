import type { RunConfig } from '../../config/run-config.ts';
import type { TaskProgress } from '../../report/task-progress.ts';
import { float32 } from '../../runtime/host-tensor.ts';
import { tf } from '../../runtime/tf.ts';
import { buildModel } from '../build.ts';
import { describeDevice } from '../environment.ts';
import {
  decodeWorkers,
  evaluationLayout,
  openImages,
  type RunImages,
  trainingCount,
  trainingLayout,
} from '../images.ts';
import { type BatchInputs, createTrainingBatches } from '../training-batches.ts';
import { createTrainingProgram, initialState } from '../training-program.ts';
import { groupInputs, viewGroups } from '../view-groups.ts';
import { createViewProgram } from '../view-program.ts';
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

/** Batches of epoch after epoch. */
async function* endlessBatches(config: RunConfig, images: RunImages, signal: AbortSignal) {
  const training = createTrainingBatches(config, images, () => {}, signal);
  try {
    for (let epoch = 0; !signal.aborted; epoch++) {
      for await (const { inputs } of training.batches(epoch, 0)) yield* inputs;
    }
  } finally {
    await training.close();
  }
}

/** Images per second of a run of batches, each used by `use`; the first ones warm up. */
async function batchRate(
  config: RunConfig,
  images: RunImages,
  { seconds, signal }: DataBenchOptions,
  use: (inputs: BatchInputs) => Promise<unknown>,
): Promise<number> {
  // What is loaded ahead of the clock's start must not count.
  const warmUp = 4;
  let [batches, begun, ended] = [0, 0, 0];
  for await (const inputs of endlessBatches(config, images, signal)) {
    await use(inputs);
    ended = performance.now();
    if (++batches === warmUp) begun = ended;
    if (batches > warmUp && ended - begun >= seconds * 1000) break;
  }
  signal.throwIfAborted();
  return ((batches - warmUp) * config.schedule.batchSize * 1000) / (ended - begun);
}

async function firstBatch(config: RunConfig, images: RunImages, signal: AbortSignal): Promise<BatchInputs> {
  for await (const inputs of endlessBatches(config, images, signal)) return inputs;
  throw signal.reason;
}

/** Views from the device alone, and fed by the host. */
async function benchViews(config: RunConfig, images: RunImages, options: DataBenchOptions) {
  options.task.say('timing: views');
  const { batchSize } = config.schedule;
  const layout = trainingLayout(images);
  const groups = viewGroups(config, layout);
  const names = Object.keys(groupInputs(groups, batchSize, layout));
  const needed = (inputs: BatchInputs): BatchInputs =>
    Object.fromEntries(names.map((name) => [name, inputs[name] as BatchInputs[string]]));
  // One value of each view: all are computed, hardly anything is copied.
  const program = await createViewProgram(config, { groups, count: batchSize, layout }, (views) => ({
    corner: tf.concat(views.map((view) => tf.slice(view, [0, 0, 0, 0], [1, 1, 1, 1]))),
  }));
  try {
    const batch = needed(await firstBatch(config, images, options.signal));
    const steps = await rate(options, 1, 4, () => program.run('views', batch));
    options.task.say('timing: whole');
    const whole = await batchRate(config, images, options, (inputs) => program.run('views', needed(inputs)));
    return { views: steps * batchSize, whole, device: describeDevice(program.devices) };
  } finally {
    program.close();
  }
}

/** Training steps on one batch in memory. */
async function benchStep(config: RunConfig, images: RunImages, options: DataBenchOptions): Promise<number> {
  options.task.say('timing: step');
  const state = initialState(config, buildModel(config));
  const layouts = { train: trainingLayout(images), evaluation: evaluationLayout(images) };
  const program = await createTrainingProgram(config, layouts, state);
  try {
    const rates = { learningRate: float32([0.01], []), emaStep: float32([0.01], []) };
    const inputs = { ...(await firstBatch(config, images, options.signal)), ...rates };
    const steps = await rate(options, 1, 3, () => program.run('train', inputs));
    return steps * config.schedule.batchSize;
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
  const images = await openImages(given, options.task.count);
  try {
    const batchSize = Math.min(given.schedule.batchSize, trainingCount(images));
    const config = { ...given, schedule: { ...given.schedule, batchSize, accumulate: 1 } };
    const isStreamed = images.train.loaded === undefined;
    const parts = isStreamed ? await benchParts(config, images.train.source, options) : undefined;
    options.task.say('timing: host');
    const host = await batchRate(config, images, options, async () => {});
    const { views, whole, device } = await benchViews(config, images, options);
    const step = options.step ? { step: await benchStep(config, images, options) } : {};
    return {
      data: images.description,
      storage: images.storage,
      device,
      workers: decodeWorkers(config),
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
