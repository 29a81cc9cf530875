import { existsSync } from 'node:fs';
import type { Evaluation } from '../../evaluate/evaluation.ts';
import { probeObstacle } from '../../evaluate/probe-limits.ts';
import { initialValues } from '../../methods/initial-values.ts';
import { summaryText } from '../../report/summary-text.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { note, warn } from '../../util/notices.ts';
import { hasColors, writeText } from '../../util/write-text.ts';
import { checkEnvironment } from '../assembly/environment.ts';
import { buildModel } from '../assembly/model.ts';
import { resolveEvaluation } from '../assembly/resolve-run.ts';
import { encoderTensors } from '../encoder/encoder-program.ts';
import { type EncoderPlace, openEncoder, ownerOf } from '../encoder/open-encoder.ts';
import { evaluationObstacle, labelsOf, mayHoldOut } from '../images/evaluation-obstacle.ts';
import { type GivenData, givenData } from '../images/given-data.ts';
import { runData } from '../images/run-data.ts';
import { openImages } from '../images/run-images.ts';
import { type EvaluationKind, evaluateWithFloors } from './evaluate-encoder.ts';
import { createLeftOut } from './left-out.ts';

export interface EvaluateOptions extends EncoderPlace {
  /** A JSON file to write, which must not exist. */
  readonly output?: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/**
 * Evaluates the encoder of a run, a checkpoint or a file of weights with one protocol, beside its floors.
 *
 * Prints a table (or JSON) to standard output. Throws a UserError for what a user can mend.
 */
export async function evaluateRun(kind: EvaluationKind, options: EvaluateOptions): Promise<void> {
  const { output, quiet, signal } = options;
  if (output !== undefined && existsSync(output)) {
    throw new UserError(`--output: expected a new file, got ${output}, which exists`, {
      hint: 'Choose another name.',
      exitCode: 2,
    });
  }
  const { path, tensors: trained, config: recorded, epoch, origin } = await openEncoder(options, signal);
  const given = givenData(runData(recorded), options.assignments, ownerOf(options));
  const config = { ...recorded, data: given.data };
  for (const message of [...origin.notes, ...given.notes, ...seenNote(options, given)]) note(message);
  checkEnvironment(config.device);
  const model = buildModel(config);
  const task = createTaskProgress(process.stderr, { quiet });
  const images = await openImages(given.data, task.count, signal);
  task.stop();
  for (const message of images.notes) warn(message);
  try {
    const labels = labelsOf(images);
    const obstacle = evaluationObstacle(labels);
    if (obstacle) {
      const { wanted, reason } = obstacle;
      throw new UserError(`expected training and test images ${wanted}: ${reason} (${images.description})`, {
        hint: `Name labelled images with --data, and test images with --set data.test=PATH${mayHoldOut(labels) ? ', or hold some out with --set evaluate.holdout=0.1' : ''}.`,
        exitCode: 2,
      });
    }
    const unfitted = kind === 'linear-probe' ? probeObstacle(labels.train.labels as Int32Array) : undefined;
    if (unfitted !== undefined) {
      throw new UserError(`expected at least two training images of a class for a linear probe: ${unfitted}`, {
        hint: 'Name more images with --data, or evaluate with cl-eval knn.',
        exitCode: 2,
      });
    }
    const untrained = encoderTensors(initialValues(model.method.variables, config.seed));
    const interrupt = (message: string): void => {
      task.stop();
      warn(message);
    };
    images.tellOutages(interrupt);
    const leftOut = createLeftOut(interrupt);
    const request = { kinds: [kind], epoch, signal, onProgress: task.count, leftOut };
    const encoders = { trained, untrained: config.evaluate.floors ? untrained : undefined };
    const evaluations: Evaluation[] = [];
    for await (const evaluation of evaluateWithFloors(resolveEvaluation(config, model, images), request, encoders)) {
      evaluations.push(evaluation);
    }
    task.stop();
    const source = options.weights === undefined ? { checkpoint: path } : { weights: path, sha256: origin.sha256 };
    await tell({ ...source, evaluations }, options);
  } finally {
    task.stop();
    await images.close();
  }
}

/** That images which are held out now were trained on, where a run is evaluated with another holdout than its own. */
function seenNote({ run, checkpoint, assignments }: EvaluateOptions, { data: { holdout } }: GivenData): string[] {
  const isOwn = (run ?? checkpoint) !== undefined && !assignments.some(({ key }) => key === 'data.path');
  const isAsked = assignments.some(({ key }) => key === 'evaluate.holdout' || key === 'evaluate' || key === 'seed');
  if (holdout === undefined || !isOwn || !isAsked) return [];
  return [
    'the run was trained with the images that are held out now, unless it held out the same; not with their labels',
  ];
}

/** What was evaluated, and how good it is, as `--json` tells it. */
type Result = ({ readonly checkpoint: string } | { readonly weights: string; readonly sha256: string }) & {
  readonly evaluations: readonly Evaluation[];
};

async function tell(result: Result, { output, json }: EvaluateOptions) {
  const text = `${JSON.stringify(result, undefined, 2)}\n`;
  if (output !== undefined) await writeFileAtomic(output, text);
  if (json) process.stdout.write(text);
  else writeText(process.stdout, summaryText(result.evaluations, { colors: hasColors(process.stdout) }));
}
