import * as Plot from '@observablehq/plot';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { drawPlot, type Svg } from './draw-plot.ts';
import { evaluationTitle, subjectTitle } from './event-text.ts';
import { formatInterval, formatPercent } from './format.ts';
import { evaluationOrder } from './headline.ts';

const subjectColors: Record<Evaluation['subject'], string> = {
  pretrained: 'var(--accent)',
  start: 'var(--muted)',
  untrained: 'var(--muted)',
  pixels: 'var(--muted)',
};

const subjectSymbols: Record<Evaluation['subject'], string> = {
  pretrained: 'circle',
  start: 'triangle',
  untrained: 'diamond',
  pixels: 'square',
};

/**
 * Each evaluation's accuracy as a point with its 95 % interval, one row for each encoder.
 *
 * Drawn at a given width (pixels), because text has to stay readable: a page holds a wide and a narrow one.
 */
export function evaluationPlot(evaluations: readonly Evaluation[], options: { id: string; width: number }): Svg {
  const rows = evaluations.map((each) => ({
    group: evaluationTitle(each.name),
    row: subjectTitle(each.subject),
    x: each.top1 * 100,
    low: each.interval[0] * 100,
    high: each.interval[1] * 100,
    color: subjectColors[each.subject] ?? 'var(--muted)',
    symbol: subjectSymbols[each.subject] ?? 'square',
    text: formatPercent(each.top1),
    above: each.top1 > 0.5,
  }));
  const groups = evaluationOrder(evaluations).map(evaluationTitle);
  const subjects = [...new Set(rows.map((row) => row.row))];
  // A character is about 7 px wide.
  const marginLeft = Math.max(84, ...subjects.map((subject) => 7 * subject.length));
  const highest = Math.max(...rows.map((row) => row.high), 1);
  const shape = { y: 'row', fy: 'group' } as const;
  return drawPlot(
    {
      width: options.width,
      height: 40 + groups.length * (subjects.length * 30 + 26),
      marginLeft,
      marginRight: 56,
      marginTop: 22,
      marginBottom: 36,
      x: {
        domain: [0, Math.min(100, Math.ceil((highest * 1.08) / 10) * 10)],
        label: 'top-1 accuracy, %',
        labelAnchor: 'right',
        labelArrow: 'none',
        ticks: 5,
        tickSize: 0,
      },
      y: { domain: subjects, label: null, tickSize: 0, padding: 0.2 },
      fy: { domain: groups, label: null, axis: null, padding: 0.24 },
      marks: [
        Plot.gridX({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 5 }),
        Plot.text(
          groups.map((group) => ({ group })),
          {
            fy: 'group',
            text: 'group',
            frameAnchor: 'top-left',
            dy: -14,
            dx: 4 - marginLeft,
            textAnchor: 'start',
            fontWeight: 600,
          },
        ),
        Plot.ruleY(rows, { ...shape, x1: 'low', x2: 'high', stroke: 'color', strokeWidth: 2.5 }),
        Plot.tickX(rows, { ...shape, x: 'low', stroke: 'color', insetTop: 7, insetBottom: 7, strokeWidth: 1.5 }),
        Plot.tickX(rows, { ...shape, x: 'high', stroke: 'color', insetTop: 7, insetBottom: 7, strokeWidth: 1.5 }),
        Plot.dot(rows, { ...shape, x: 'x', fill: 'color', symbol: 'symbol', r: 5 }),
        Plot.text(rows, { ...shape, x: 'high', text: 'text', dx: 8, textAnchor: 'start', fill: 'var(--text)' }),
      ],
      color: { type: 'identity' },
      symbol: { type: 'identity' },
    },
    {
      id: options.id,
      title: 'Top-1 accuracy with 95 % intervals',
      description: evaluations
        .map(
          (each) =>
            `${evaluationTitle(each.name)}, ${subjectTitle(each.subject)}: ${formatPercent(each.top1)} (${formatInterval(each.interval)})`,
        )
        .join('; '),
    },
  );
}
