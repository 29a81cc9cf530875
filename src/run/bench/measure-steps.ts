import type { RunConfig } from '../../config/run-config.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { float32 } from '../../runtime/host-tensor.ts';
import { checkEnvironment, describeDevice } from '../assembly/environment.ts';
import { buildParts, initialState, resolveRun } from '../assembly/resolve-run.ts';
import { planSteps } from '../assembly/steps.ts';
import { runData } from '../images/run-data.ts';
import { openImages, trainingCount } from '../images/run-images.ts';
import type { MeasuredSteps } from '../plan/duration-text.ts';
import { createTrainingProgram } from '../training/training-program.ts';
import { batchRate } from './batch-rate.ts';

/** Seconds for which steps are timed, and those before that are not: the first one optimizes the graph. */
const [SECONDS, WARM_UP] = [10, 2];

/**
 * Does a few real steps of a run, on its images and with its workers, and forgets what they have learned.
 *
 * @throws UserError when there are no images, too many bad ones, or no TensorFlow; the signal's reason.
 */
export async function measureSteps(
  config: RunConfig,
  { quiet, signal }: { readonly quiet: boolean; readonly signal: AbortSignal },
): Promise<MeasuredSteps> {
  checkEnvironment(config.device);
  const task = createTaskProgress(process.stderr, { quiet });
  const images = await openImages(runData(config), task.count, signal);
  try {
    const parts = buildParts(config);
    const steps = planSteps(trainingCount(images), config);
    const run = resolveRun(config, parts, images, steps);
    task.say('recording the graph');
    const program = await createTrainingProgram(run, initialState(parts), signal);
    try {
      task.say('timing steps');
      const { accumulate } = config.schedule;
      const scalars = {
        learningRate: float32([steps.learningRate(0)], []),
        emaStep: float32([run.emaStep(0)], []),
      };
      const imagesPerSecond = await batchRate(
        run,
        { seconds: SECONDS, signal },
        (inputs, batch) =>
          (batch + 1) % accumulate === 0
            ? program.run('train', { ...inputs, ...scalars })
            : program.run('accumulate', inputs),
        WARM_UP * accumulate,
      );
      return { imagesPerSecond, device: describeDevice(program.devices) };
    } finally {
      program.close();
    }
  } finally {
    task.stop();
    await images.close();
  }
}
