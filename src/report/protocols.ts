import type { Evaluation } from '../evaluate/evaluation.ts';
import { evaluationTitle, subjectTitle } from './event-text.ts';
import { evaluationOrder, FLOORS } from './headline.ts';

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Settings that all subjects share stand once; one that differs names its subjects. */
function settingsText(evaluations: readonly Evaluation[]): string {
  const keys = new Set(evaluations.flatMap(({ protocol }) => Object.keys(protocol)));
  keys.delete('description');
  const texts = [...keys].map((key) => {
    const values = evaluations.map(({ protocol }) => asText(protocol[key] ?? 'none'));
    if (new Set(values).size === 1) return `${key}: ${values[0]}`;
    return `${key}: ${evaluations.map(({ subject }, index) => `${values[index]} (${subjectTitle(subject)})`).join(', ')}`;
  });
  return texts.join(' · ');
}

/** How each evaluation was measured, in words and settings: once where its subjects share the words. */
export function protocolsOf(
  evaluations: readonly Evaluation[],
): { title: string; description: string; settings: string }[] {
  return evaluationOrder(evaluations).flatMap((name) => {
    const ours = evaluations.filter((each) => each.name === name);
    const descriptions = [...new Set(ours.map(({ protocol }) => protocol.description))];
    return descriptions.map((description) => {
      const same = ours.filter(({ protocol }) => protocol.description === description);
      const who = descriptions.length === 1 ? '' : `: ${same.map(({ subject }) => subjectTitle(subject)).join(', ')}`;
      return {
        title: `How ${evaluationTitle(name)} was measured${who}`,
        description: description || 'The protocol was not described.',
        settings: settingsText(same),
      };
    });
  });
}

/** Evaluations that raw pixels can take in place of features. */
const frozenFeatures = new Set(['knn', 'linear-probe']);

/**
 * A sentence that names the floors nobody measured, undefined when all were.
 *
 * @param hasStart whether the run started from weights, which are a floor then.
 */
export function missingFloors(evaluations: readonly Evaluation[], hasStart: boolean): string | undefined {
  const missing = evaluationOrder(evaluations).flatMap((name) =>
    (['start', 'untrained', 'pixels'] as const)
      .filter((subject) => subject !== 'start' || hasStart)
      .filter((subject) => subject !== 'pixels' || frozenFeatures.has(name))
      .filter((subject) => !evaluations.some((each) => each.name === name && each.subject === subject))
      .map((subject) => `${evaluationTitle(name)} of ${FLOORS[subject]}`),
  );
  return missing.length === 0 ? undefined : `Not measured: ${missing.join(', ')}.`;
}
