import pc from 'picocolors';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { formatCount } from '../util/format-count.ts';
import { evaluationTitle, subjectTitle } from './event-text.ts';
import { formatInterval, formatPercent } from './format.ts';
import { resultSentences } from './headline.ts';

/**
 * The final results for standard output: an aligned table, then the result in words.
 *
 * Plain text unless `colors`. Columns are separated by at least two spaces, so that scripts can split there.
 */
export function summaryText(
  evaluations: readonly Evaluation[],
  options: { colors?: boolean | undefined } = {},
): string {
  if (evaluations.length === 0) return 'No evaluation was made.\n';
  const colors = pc.createColors(options.colors ?? false);
  const header = ['evaluation', 'encoder', 'top-1', '95 % interval', 'images'];
  const rows = evaluations.map(({ name, subject, top1, interval, n }) => [
    evaluationTitle(name),
    subjectTitle(subject),
    formatPercent(top1),
    formatInterval(interval),
    formatCount(n),
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  const body = rows.map((row, index) =>
    evaluations[index]?.subject === 'pretrained' ? colors.bold(line(row)) : line(row),
  );
  return [colors.dim(line(header)), ...body, '', ...resultSentences(evaluations), ''].join('\n');
}
