import type { Evaluation } from '../../../evaluate/evaluation.ts';
import { evaluationTitle, subjectTitle } from '../../../report/event-text.ts';
import { formatInterval, formatPercent } from '../../../report/format.ts';
import { resultSentences } from '../../../report/headline.ts';
import { formatCount } from '../../../util/format-count.ts';
import { escapeMarkdown, table } from './markdown.ts';

/** The accuracies that were recorded of this checkpoint, with their floors, intervals and protocols. */
export function evaluationSection(evaluations: readonly Evaluation[]): string {
  const own = evaluations.filter(({ subject }) => subject === 'pretrained');
  if (own.length === 0) return '## Evaluation\n\nNo evaluation of this checkpoint was recorded. `cl-eval` makes one.';
  const rows = evaluations.map(({ name, subject, top1, interval, n }) => [
    evaluationTitle(name),
    subjectTitle(subject),
    formatPercent(top1),
    formatInterval(interval),
    formatCount(n),
  ]);
  const protocols = own.map(({ protocol }) => `- ${escapeMarkdown(protocol.description)}`);
  return `## Evaluation

On the test images of the data above.

${table(['evaluation', 'encoder', 'top-1', '95 % interval', 'test images'], rows)}

${resultSentences(evaluations).map(escapeMarkdown).join('\n')}

${protocols.join('\n')}`;
}
