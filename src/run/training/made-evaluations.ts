import type { Evaluation, Subject } from '../../evaluate/evaluation.ts';
import type { EvaluationParts } from '../assembly/resolve-run.ts';
import type { EvaluationKind } from '../evaluation/evaluate-encoder.ts';

/** An evaluation as a run's history has it. */
interface Made {
  readonly step: number;
  readonly evaluation: Evaluation;
}

/**
 * Says which of the evaluations at the end of a run have been made, by a process that was stopped before it was done
 * with all of them; those of other settings don't count.
 */
export function madeEvaluations(
  history: readonly Made[],
  last: number,
  { knn }: Pick<EvaluationParts, 'knn'>,
): (subject: Subject, kind: EvaluationKind) => boolean {
  // Fewer neighbours vote where there are fewer images.
  const isSame = ({ name, protocol: { k, temperature, trainImages } }: Evaluation): boolean =>
    name !== 'knn' || (k === Math.min(knn.k, Number(trainImages)) && temperature === knn.temperature);
  const made = history.filter(({ step, evaluation }) => step === last && isSame(evaluation));
  return (subject, kind) => made.some(({ evaluation }) => evaluation.subject === subject && evaluation.name === kind);
}
