import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, readCheckpoint } from '../../checkpoint/checkpoint.ts';
import { readLatestCheckpoint } from '../../checkpoint/checkpoint-folder.ts';
import { restore } from '../../checkpoint/restore.ts';
import type { Assignment } from '../../config/assignment.ts';
import { loadConfig } from '../../config/load.ts';
import type { RunConfig } from '../../config/run-config.ts';
import type { Evaluation } from '../../evaluate/evaluation.ts';
import { initialValues } from '../../methods/initial-values.ts';
import { summaryText } from '../../report/summary-text.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { checkEnvironment } from '../assembly/environment.ts';
import { buildModel } from '../assembly/model.ts';
import { resolveEvaluation } from '../assembly/resolve-run.ts';
import { runFolder } from '../folder/run-folder.ts';
import { openImages } from '../images/run-images.ts';
import { encoderTensors } from './encoder-program.ts';
import { type EvaluationKind, evaluateWithFloors, evaluationObstacle } from './evaluate-encoder.ts';

export interface EvaluateOptions {
  readonly run?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly assignments: readonly Assignment[];
  /** A JSON file to write, which must not exist. */
  readonly output?: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly signal: AbortSignal;
}

interface Encoder {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  readonly config: RunConfig;
}

/**
 * Evaluates the encoder of a run or checkpoint with one protocol, beside its floors.
 *
 * Prints a table (or JSON) to standard output. Throws a UserError for what a user can mend.
 */
export async function evaluateRun(kind: EvaluationKind, options: EvaluateOptions): Promise<void> {
  const { output, quiet, signal } = options;
  if (output !== undefined && existsSync(output)) {
    throw new UserError(`--output: expected a new file, got ${output}, which exists`, { exitCode: 2 });
  }
  const { path, checkpoint, config } = await openEncoder(options);
  checkEnvironment(config.device);
  const model = buildModel(config);
  const task = createTaskProgress(process.stderr, { quiet });
  const images = await openImages(config.data, task.count, signal);
  task.stop();
  for (const note of images.notes) process.stderr.write(`warning: ${note}\n`);
  try {
    const obstacle = evaluationObstacle(images);
    if (obstacle) {
      throw new UserError(`expected training and test images with labels: ${obstacle} (${images.description})`, {
        hint: 'Name labelled images with --data, and test images with --set data.test=PATH.',
        exitCode: 2,
      });
    }
    const untrained = encoderTensors(initialValues(model.method.variables, config.seed));
    const trained = restore(untrained, encoderTensors(checkpoint.tensors), path);
    const { epoch } = checkpoint.progress;
    const request = { kinds: [kind], epoch, signal, onStatus: task.say };
    const encoders = { trained, untrained: config.evaluate.floors ? untrained : undefined };
    const evaluations: Evaluation[] = [];
    for await (const evaluation of evaluateWithFloors(resolveEvaluation(config, model, images), request, encoders)) {
      evaluations.push(evaluation);
    }
    task.stop();
    await tell(evaluations, path, options);
  } finally {
    task.stop();
    await images.close();
  }
}

async function tell(evaluations: readonly Evaluation[], checkpoint: string, { output, json }: EvaluateOptions) {
  const text = `${JSON.stringify({ checkpoint, evaluations }, undefined, 2)}\n`;
  if (output !== undefined) await writeFileAtomic(output, text);
  if (json) process.stdout.write(text);
  else process.stdout.write(summaryText(evaluations, { colors: process.stdout.isTTY === true }));
}

async function openEncoder({ run, checkpoint: file, assignments }: EvaluateOptions): Promise<Encoder> {
  if (run !== undefined) {
    const folder = runFolder(run);
    if (!existsSync(folder.path) || !statSync(folder.path).isDirectory()) {
      throw new UserError(`--run: expected a run folder, got ${run}, which is none`, { exitCode: 2 });
    }
    const latest = await readLatestCheckpoint(folder.checkpoints, (message) =>
      process.stderr.write(`warning: ${message}\n`),
    );
    if (!latest) {
      throw new UserError(`--run: expected checkpoints in ${folder.checkpoints}, found none`, { exitCode: 2 });
    }
    const config = loadConfig(join(folder.path, 'config.yaml'), assignments);
    return { path: latest.path, checkpoint: latest.checkpoint, config };
  }
  const path = file ?? '';
  if (!existsSync(path)) throw new UserError(`--checkpoint: expected a file, got ${path}`, { exitCode: 2 });
  const checkpoint = await readCheckpoint(path);
  return { path, checkpoint, config: configOf(path, assignments) };
}

/** The configuration beside a checkpoint's folder: checkpoints lie in `<run>/checkpoints`. */
function configOf(path: string, assignments: readonly Assignment[]): RunConfig {
  const beside = join(path, '..', '..', 'config.yaml');
  if (existsSync(beside)) return loadConfig(beside, assignments);
  throw new UserError(`--checkpoint: expected the run's config.yaml at ${beside}, found none`, {
    hint: 'Keep a checkpoint in its run folder, or name the folder with --run.',
    exitCode: 2,
  });
}
