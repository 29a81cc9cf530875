import { listCheckpoints } from '../../checkpoint/checkpoint-folder.ts';
import { readHistory } from '../../report/history.ts';
import { UserError } from '../../util/errors.ts';
import { listNames } from '../../util/list-names.ts';
import type { RunFolder } from '../folder/run-folder.ts';

/**
 * The checkpoint with the best kNN accuracy that `metrics.jsonl` holds for it; of equal ones the later.
 *
 * @throws UserError (exit code 2) where none of the checkpoints that exist was evaluated.
 */
export async function findBestCheckpoint({ checkpoints, metrics }: RunFolder): Promise<string> {
  const files = await listCheckpoints(checkpoints);
  const { evaluations } = await readHistory(metrics);
  const scores = new Map<number, number>();
  for (const { step, evaluation } of evaluations) {
    if (evaluation.name === 'knn' && evaluation.subject === 'pretrained') scores.set(step, evaluation.top1);
  }
  const evaluated = files.flatMap(({ path, step }) => {
    const top1 = scores.get(step);
    return top1 === undefined ? [] : [{ path, top1 }];
  });
  const [first, ...others] = evaluated;
  if (first !== undefined) return others.reduce((best, each) => (each.top1 >= best.top1 ? each : best), first).path;
  const steps = (numbers: readonly number[]): string =>
    numbers.length === 0 ? 'none' : listNames(numbers.map(String));
  throw new UserError(
    `--checkpoint best: expected a checkpoint with a kNN evaluation, got checkpoints of steps ${steps(files.map(({ step }) => step))} and evaluations of steps ${steps([...scores.keys()])}`,
    {
      exitCode: 2,
      hint: 'Export the last one (--checkpoint last), or a file. A run evaluates with evaluate.knn.everyEpochs, and keeps more checkpoints with checkpoint.keep.',
    },
  );
}
