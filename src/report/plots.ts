import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Evaluation } from '../train/events.ts';
import { evaluationTitle, subjectTitle } from './event-text.ts';
import { formatInterval, formatPercent } from './format.ts';
import { evaluationOrder } from './headline.ts';

/** A chart as SVG text, coloured by the page's custom properties `--accent`, `--muted`, `--line` and `--text`. */
export type Svg = string;

export interface Point {
  x: number;
  y: number;
}

/** What an image says to those who can't see it. */
interface Words {
  id: string;
  title: string;
  description: string;
}

const subjectColors: Record<Evaluation['subject'], string> = {
  pretrained: 'var(--accent)',
  untrained: 'var(--muted)',
  pixels: 'var(--muted)',
};

function draw(options: Plot.PlotOptions, words: Words): Svg {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    document,
    className: 'chart',
    style: { fontSize: '12px', color: 'var(--text)' },
    ...options,
  } as Plot.PlotOptions);
  const named = (tag: 'title' | 'desc', text: string) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    element.setAttribute('id', `${words.id}-${tag}`);
    element.textContent = text;
    return element;
  };
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-labelledby', `${words.id}-title ${words.id}-desc`);
  // The page styles the charts; Plot's own sheet would be repeated in each.
  svg.querySelector('style')?.remove();
  svg.prepend(named('title', words.title), named('desc', words.description));
  return svg.outerHTML;
}

/** Means of runs of neighbours, so that a long curve keeps its shape in at most `most` points; non-finite values leave a gap. */
export function thin(points: readonly Point[], most = 300): Point[] {
  const size = Math.ceil(points.length / most);
  if (size <= 1) return [...points];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const run = points.slice(index * size, (index + 1) * size);
    return { x: mean(run.map((point) => point.x)), y: mean(run.map((point) => point.y)) };
  });
}

/** A curve over epochs. */
export interface CurveOptions {
  id: string;
  title: string;
  /** Unit of the y axis, for its label. */
  unit?: string;
  points: readonly Point[];
  /** 95 % interval around each point. */
  band?: readonly { x: number; low: number; high: number }[];
  /** A dashed line to compare with, and its name. */
  reference?: { y: number; label: string };
  format: (value: number) => string;
  /** True when the y axis has to start at zero. */
  zero?: boolean;
  /** Right end of the x axis, so that all curves share one. */
  epochs: number;
}

/** A curve over epochs in a small frame that reads as well on a phone as beside others on a desk. */
export function curvePlot(options: CurveOptions): Svg {
  const { points, reference, band, format, zero = false, epochs } = options;
  const drawn = thin(points);
  const finite = points.filter((point) => Number.isFinite(point.y));
  const last = finite.at(-1);
  const top = (values: number[]) => Math.max(...values.filter(Number.isFinite));
  const bottom = (values: number[]) => Math.min(...values.filter(Number.isFinite));
  const extremes = [...drawn.map((point) => point.y), ...(band ?? []).flatMap(({ low, high }) => [low, high])];
  if (reference !== undefined) extremes.push(reference.y);
  const [low, high] = finite.length > 0 ? [zero ? 0 : bottom(extremes), top(extremes)] : [0, 1];
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  const few = drawn.length <= 40;
  return draw(
    {
      width: 440,
      height: 210,
      marginLeft: 52,
      marginRight: 14,
      marginTop: 14,
      marginBottom: 36,
      x: { domain: [0, epochs || 1], label: 'epoch', ticks: 5, tickSize: 0, labelArrow: 'none' },
      y: {
        domain: [zero ? 0 : low - margin, high + margin],
        label: null,
        ticks: 4,
        tickSize: 0,
        tickFormat: format,
      },
      marks: [
        Plot.gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: 4 }),
        band === undefined
          ? null
          : Plot.areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: 'var(--accent)', fillOpacity: 0.15 }),
        reference === undefined
          ? null
          : [
              Plot.ruleY([reference.y], { stroke: 'var(--muted)', strokeDasharray: '4 3' }),
              Plot.text([reference], {
                y: 'y',
                text: 'label',
                frameAnchor: 'right',
                textAnchor: 'end',
                dy: reference.y > (low + high) / 2 ? 10 : -9,
                fill: 'var(--muted)',
              }),
            ],
        Plot.lineY(drawn, { x: 'x', y: 'y', stroke: 'var(--accent)', strokeWidth: 1.8 }),
        few ? Plot.dot(drawn, { x: 'x', y: 'y', fill: 'var(--accent)', r: drawn.length <= 15 ? 3 : 2 }) : null,
      ],
    },
    {
      id: options.id,
      title: options.title,
      description:
        last === undefined
          ? 'No finite value was recorded.'
          : `From ${format(finite[0]?.y ?? Number.NaN)} to ${format(last.y)} over ${points.length} points` +
            `${reference === undefined ? '' : `; dashed line: ${reference.label}`}.`,
    },
  );
}

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
    symbol: each.subject === 'pretrained' ? 'circle' : each.subject === 'untrained' ? 'diamond' : 'square',
    text: formatPercent(each.top1),
    above: each.top1 > 0.5,
  }));
  const groups = evaluationOrder(evaluations).map(evaluationTitle);
  const subjects = [...new Set(rows.map((row) => row.row))];
  const highest = Math.max(...rows.map((row) => row.high), 1);
  const shape = { y: 'row', fy: 'group' } as const;
  return draw(
    {
      width: options.width,
      height: 40 + groups.length * (subjects.length * 30 + 26),
      marginLeft: 84,
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
            dx: -80,
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
