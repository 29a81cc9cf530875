import { type CheckpointFile, listCheckpoints } from '../../checkpoint/checkpoint-folder.ts';
import { readHistory } from '../../report/history.ts';
import type { EventOf } from '../../train/events.ts';
import { UserError } from '../../util/errors.ts';
import { listNames } from '../../util/list-names.ts';
import type { RunFolder } from '../folder/run-folder.ts';

/** The kNN accuracy of a run's own encoder by the step that it was measured after. */
export function knnScores(evaluations: readonly EventOf<'evaluation'>[]): Map<number, number> {
  const own = evaluations.filter(({ evaluation: { name, subject } }) => name === 'knn' && subject === 'pretrained');
  return new Map(own.map(({ step, evaluation }) => [step, evaluation.top1]));
}

/** The checkpoint with the best score, of equal ones the later; undefined where none has one. */
export function bestOf(
  files: readonly CheckpointFile[],
  scores: ReadonlyMap<number, number>,
): CheckpointFile | undefined {
  const score = ({ step }: CheckpointFile): number => scores.get(step) ?? Number.NEGATIVE_INFINITY;
  const [first, ...others] = files.filter(({ step }) => scores.has(step));
  return first && others.reduce((best, each) => (score(each) >= score(best) ? each : best), first);
}

/**
 * The checkpoint with the best kNN accuracy that `metrics.jsonl` holds for it; of equal ones the later.
 *
 * @throws UserError (exit code 2) where none of the checkpoints that exist was evaluated.
 */
export async function findBestCheckpoint({ checkpoints, metrics }: RunFolder): Promise<string> {
  const files = await listCheckpoints(checkpoints);
  const scores = knnScores((await readHistory(metrics)).evaluations);
  const best = bestOf(files, scores);
  if (best !== undefined) return best.path;
  const steps = (numbers: readonly number[]): string =>
    numbers.length === 0 ? 'none' : listNames(numbers.map(String));
  throw new UserError(
    `--checkpoint best: expected a checkpoint with a kNN evaluation, got checkpoints of steps ${steps(files.map(({ step }) => step))} and evaluations of steps ${steps([...scores.keys()])}`,
    {
      exitCode: 2,
      hint: 'Export the last one (--checkpoint last), or a file. A run evaluates with evaluate.knn.everyEpochs, and keeps the best checkpoint with checkpoint.keepBest.',
    },
  );
}
