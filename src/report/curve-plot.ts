import * as Plot from '@observablehq/plot';
import { formatPlural } from '../util/format-count.ts';
import { drawPlot, type Svg } from './draw-plot.ts';

export interface Point {
  x: number;
  y: number;
}

/**
 * Means of runs of neighbours, so that a long curve keeps its shape in at most `most` points; non-finite values leave a
 * gap.
 */
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
  unit?: string | undefined;
  points: readonly Point[];
  /** 95 % interval around each point. */
  band?: readonly { x: number; low: number; high: number }[] | undefined;
  /** A dashed line to compare with, and its name. */
  reference?: { y: number; label: string } | undefined;
  /** Text of a value, with so many digits more than usual. */
  format: (value: number, moreDigits?: number) => string;
  /** The same for a value that stands alone, where that has more digits than an axis. */
  formatValue?: ((value: number) => string) | undefined;
  /** True when the y axis has to start at zero. */
  zero?: boolean | undefined;
  /** Right end of the x axis, so that all curves share one. */
  epochs: number;
}

function describeCurve(
  { points, format, formatValue = format, reference }: CurveOptions,
  finite: readonly Point[],
): string {
  const [first] = finite;
  const last = finite.at(-1);
  if (first === undefined || last === undefined) return 'No finite value was recorded.';
  const course =
    finite.length === 1
      ? `${formatValue(last.y)}, the only value`
      : `From ${format(first.y)} to ${format(last.y)} over ${formatPlural(points.length, 'point')}`;
  return `${course}${reference === undefined ? '' : `; dashed line: ${reference.label}`}.`;
}

/** Points between two gaps, which no line shows. */
function withoutNeighbours(points: readonly Point[]): Point[] {
  const isGap = (index: number): boolean => !Number.isFinite(points[index]?.y ?? Number.NaN);
  return points.filter((_, index) => !isGap(index) && isGap(index - 1) && isGap(index + 1));
}

function valueBeside(point: Point, format: CurveOptions['format'], isRight: boolean) {
  return Plot.text([point], {
    ...{ x: 'x', y: 'y', text: (each: Point) => format(each.y), fontWeight: 600, fill: 'var(--text)' },
    // A halo, since a line to compare with may go through it.
    ...{ stroke: 'var(--paper)', strokeWidth: 4, paintOrder: 'stroke' },
    ...(isRight ? { textAnchor: 'end', dx: -9 } : { textAnchor: 'start', dx: 9 }),
  });
}

/** About how many lines a y axis has. */
const TICKS = 4;

/** D3's steps between the lines of an axis by what they would be if they need not be round. */
const FACTORS = [
  [Math.sqrt(50), 10],
  [Math.sqrt(10), 5],
  [Math.SQRT2, 2],
] as const;

/** The values at the lines of an axis: multiples of 1, 2 or 5 times a power of ten. */
function axisValues(low: number, high: number): number[] {
  const wanted = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const [, factor] = FACTORS.find(([least]) => wanted / power >= least) ?? [0, 1];
  const step = factor * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, i) => (first + i) * step);
}

/** The fewest digits with which no two lines of an axis read the same. */
function axisFormat(low: number, high: number, format: CurveOptions['format']): (value: number) => string {
  const values = axisValues(low, high);
  const isEnough = (more: number): boolean =>
    new Set(values.map((value) => format(value, more))).size === values.length;
  const more = [0, 1, 2, 3].find(isEnough) ?? 0;
  return (value) => format(value, more);
}

/** A curve over epochs in a small frame that reads as well on a phone as beside others on a desk. */
export function curvePlot(options: CurveOptions): Svg {
  const { points, reference, band, format, zero = false, epochs } = options;
  const finite = points.filter((point) => Number.isFinite(point.y));
  const last = finite.at(-1);
  // A line has two ends: of one point there is a marker, with its value beside it.
  const only = finite.length === 1 ? last : undefined;
  const drawn = only === undefined ? thin(points) : [only];
  const isRight = only !== undefined && only.x > epochs / 2;
  const top = (values: number[]) => Math.max(...values.filter(Number.isFinite));
  const bottom = (values: number[]) => Math.min(...values.filter(Number.isFinite));
  const extremes = [...drawn.map((point) => point.y), ...(band ?? []).flatMap(({ low, high }) => [low, high])];
  if (reference !== undefined) extremes.push(reference.y);
  const [low, high] = finite.length > 0 ? [zero ? 0 : bottom(extremes), top(extremes)] : [0, 1];
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  const [from, to] = [zero ? 0 : low - margin, high + margin];
  return drawPlot(
    {
      width: 440,
      height: 210,
      marginLeft: 52,
      marginRight: 14,
      marginTop: 14,
      marginBottom: 36,
      x: { domain: [0, epochs || 1], label: 'epoch', ticks: 5, tickSize: 0, labelArrow: 'none' },
      y: {
        domain: [from, to],
        label: null,
        ticks: TICKS,
        tickSize: 0,
        tickFormat: axisFormat(from, to, format),
      },
      marks: [
        Plot.gridY({ stroke: 'var(--line)', strokeOpacity: 1, ticks: TICKS }),
        band === undefined
          ? null
          : band.length === 1
            ? Plot.ruleX(band, {
                x: 'x',
                y1: 'low',
                y2: 'high',
                stroke: 'var(--accent)',
                strokeOpacity: 0.4,
                strokeWidth: 3,
              })
            : Plot.areaY(band, { x: 'x', y1: 'low', y2: 'high', fill: 'var(--accent)', fillOpacity: 0.15 }),
        reference === undefined
          ? null
          : [
              Plot.ruleY([reference.y], { stroke: 'var(--muted)', strokeDasharray: '4 3' }),
              Plot.text([reference], {
                y: 'y',
                text: 'label',
                ...(isRight ? { frameAnchor: 'left', dx: 4 } : { frameAnchor: 'right', textAnchor: 'end' }),
                dy: reference.y > (low + high) / 2 ? 10 : -9,
                fill: 'var(--muted)',
              }),
            ],
        Plot.lineY(drawn, { x: 'x', y: 'y', stroke: 'var(--accent)', strokeWidth: 1.8 }),
        last === undefined
          ? Plot.text(['no finite value was recorded'], { frameAnchor: 'middle', fill: 'var(--muted)' })
          : null,
        Plot.dot(drawn.length <= 40 ? drawn : withoutNeighbours(drawn), {
          ...{ x: 'x', y: 'y', fill: 'var(--accent)', r: drawn.length <= 15 ? 3 : 2 },
        }),
        only === undefined ? null : valueBeside(only, options.formatValue ?? format, isRight),
      ],
    },
    {
      id: options.id,
      title: options.title,
      description: describeCurve(options, finite),
    },
  );
}
