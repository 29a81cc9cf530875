import { type CurveOptions, curvePlot, type Point } from './curve-plot.ts';
import type { Svg } from './draw-plot.ts';
import { formatChance, formatPercent, formatScalar } from './format.ts';
import type { RunSummary } from './run-summary.ts';
import { isOverflow } from './step-loss.ts';

/** A chart with its words for the page. */
export interface Chart {
  title: string;
  note: string | undefined;
  svg: Svg;
}

const mostExtraMetrics = 8;

/** What values of a metric mean. */
const METRIC_NOTES: Readonly<Record<string, string>> = {
  embeddingStd: '1: embeddings fill the sphere; near 0: all images get the same one, a collapse',
};

/** `embeddingStd` as `embedding std`. */
function spaced(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);
}

function knnChart(summary: RunSummary): Omit<CurveOptions, 'id' | 'epochs'> | undefined {
  const during = summary.history.evaluations
    .filter(({ evaluation: { name, subject } }) => name === 'knn' && (subject === 'pretrained' || subject === 'start'))
    .toSorted((a, b) => a.epoch - b.epoch);
  if (during.length === 0) return undefined;
  const floor = summary.evaluations.find((each) => each.name === 'knn' && each.subject === 'untrained');
  return {
    title: 'kNN accuracy',
    points: during.map(({ epoch, evaluation }) => ({ x: epoch, y: evaluation.top1 })),
    band: during.map(({ epoch, evaluation }) => ({
      x: epoch,
      low: evaluation.interval[0],
      high: evaluation.interval[1],
    })),
    format: (value, more = 0) => formatPercent(value, more),
    formatValue: (value) => formatPercent(value),
    reference: floor && { y: floor.top1, label: `untrained ${formatPercent(floor.top1)}` },
  };
}

/** The curves of a run over epochs: loss, kNN, learning rate, throughput, waiting, memory and further metrics. */
export function reportCharts(summary: RunSummary): Chart[] {
  const { history, plan } = summary;
  const { steps, epochs } = history;
  if (steps.length === 0) return [];
  const perEpoch = plan?.stepsPerEpoch ?? 1;
  const at = (step: number) => step / perEpoch;
  const end = Math.max(at(steps.at(-1)?.step ?? 0), ...history.evaluations.map((each) => each.epoch));
  // A curve goes on over a step that overflowed; any other value that is not finite leaves a gap.
  const overSteps = (value: (step: (typeof steps)[number]) => number): Point[] =>
    steps
      .map((step) => ({ x: at(step.step), y: value(step), isOverflow: isOverflow(step) }))
      .filter((point) => Number.isFinite(point.y) || !point.isOverflow);
  const longestWait = Math.max(...steps.map((step) => step.waitShare));
  const chance = formatChance(plan?.chanceLoss);
  const metricNames = [...new Set(steps.flatMap((step) => Object.keys(step.metrics)))].slice(0, mostExtraMetrics);

  const curves: (Omit<CurveOptions, 'id' | 'epochs'> & { note?: string | undefined })[] = [
    {
      title: 'Loss',
      points: overSteps((step) => step.loss),
      format: (value, more = 0) => value.toFixed(2 + more),
      reference: chance === undefined ? undefined : { y: plan?.chanceLoss ?? Number.NaN, label: chance },
    },
  ];
  const knn = knnChart(summary);
  if (knn !== undefined) curves.push({ ...knn, note: 'with its 95 % interval' });
  curves.push(
    { title: 'Learning rate', points: overSteps((step) => step.learningRate), format: formatScalar, zero: true },
    {
      title: 'Throughput',
      note: 'images per second',
      points: overSteps((step) => step.imagesPerSecond),
      format: formatScalar,
      zero: true,
    },
    {
      title: 'Waiting for data',
      note: 'share of wall time',
      points: overSteps((step) => step.waitShare),
      format: (value, more = 0) => formatPercent(value, more + (longestWait < 0.05 ? 1 : 0)),
      zero: true,
    },
  );
  if (epochs.length > 1) {
    curves.push({
      title: 'Memory',
      note: 'resident, GB, at each epoch’s end',
      points: epochs.map((epoch) => ({ x: epoch.epoch, y: epoch.rssBytes / 1e9 })),
      format: (value, more = 0) => value.toFixed(1 + more),
      zero: true,
    });
  }
  for (const name of metricNames) {
    const label = spaced(name);
    curves.push({
      title: label.charAt(0).toUpperCase() + label.slice(1),
      note: METRIC_NOTES[name],
      points: overSteps((step) => step.metrics[name] ?? Number.NaN),
      format: formatScalar,
    });
  }
  return curves.map((curve, index) => ({
    title: curve.title,
    note: curve.note,
    svg: curvePlot({ ...curve, id: `curve-${index}`, epochs: end }),
  }));
}
