import { Eta } from 'eta';
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { Lineage } from '../train/events.ts';
import { formatBytes } from '../util/format-bytes.ts';
import { formatCount, formatPlural } from '../util/format-count.ts';
import { evaluationPlot } from './evaluation-plot.ts';
import { evaluationTitle, subjectTitle } from './event-text.ts';
import {
  formatChance,
  formatDuration,
  formatInterval,
  formatLoss,
  formatMagnitude,
  formatPercent,
  formatRate,
} from './format.ts';
import { headline, resultSentences } from './headline.ts';
import { pageStyle } from './page-style.ts';
import { pageTemplate } from './page-template.ts';
import { missingFloors, protocolsOf } from './protocols.ts';
import { reportCharts } from './report-charts.ts';
import type { RunSummary } from './run-summary.ts';
import { isOverflow, lossRange } from './step-loss.ts';
import { lineageLines } from './weights-text.ts';

/** Rows beyond this many are counted, not listed: a report stays readable when a whole folder is damaged. */
const mostRows = 50;

/** En dashes between numbers, no line break before a percent sign. */
function typeset(text: string): string {
  return text.replace(/(\d)-(\d)/g, '$1–$2').replace(/(\d) %/g, '$1\u00a0%');
}

/** A text in parts; those in parentheses hold intervals, which must not break across lines. */
function unbroken(text: string): string[] {
  return typeset(text).split(/(\([^)]*\))/);
}

function factsOf({ run, plan, timing, history }: RunSummary) {
  const loss = lossRange(history.steps).last;
  const known = <Value>(value: Value | undefined, format: (value: Value) => string) =>
    value === undefined ? 'not recorded' : format(value);
  const processes = run.processes > 1 ? `in ${run.processes} processes` : undefined;
  return [
    {
      name: 'Steps',
      value: formatCount(run.step),
      note: plan && `of ${formatCount(plan.totalSteps)}, ${formatCount(plan.stepsPerEpoch)} an epoch`,
    },
    { name: 'Last loss', value: known(loss, formatLoss), note: formatChance(plan?.chanceLoss) },
    { name: 'Time', value: known(run.seconds, formatDuration), note: processes },
    { name: 'Throughput', value: known(timing.imagesPerSecond, (rate) => `${formatRate(rate)} images/s`) },
    { name: 'Waiting for data', value: known(timing.waitShare, (share) => typeset(formatPercent(share))) },
    {
      name: 'Peak memory',
      value: known(timing.peakMemoryBytes, formatBytes),
      note: timing.peakMemoryBytes && 'at epoch ends',
    },
    { name: 'Parameters', value: known(plan?.parameters, formatMagnitude), note: 'backbone and heads' },
    {
      name: 'Batch',
      value: known(plan?.batchSize, formatCount),
      note: plan && `images, ${formatCount(plan.viewsPerImage)} views each`,
    },
  ];
}

function alertsOf({ run, history }: RunSummary): string[] {
  const diverged = history.steps.find((step) => !Number.isFinite(step.loss) && !isOverflow(step));
  const alerts = [...new Set(history.warnings.filter(({ alert }) => alert).map(({ message }) => message))];
  if (run.message !== undefined) alerts.unshift(run.message);
  if (diverged !== undefined)
    alerts.push(`The loss stopped being a finite number by step ${formatCount(diverged.step)}.`);
  if (history.damagedLines > 0) {
    alerts.push(`Left out of metrics.jsonl: ${formatPlural(history.damagedLines, 'unreadable line')}.`);
  }
  return alerts;
}

function sublineOf({ run, plan, environment }: RunSummary): string {
  const when = run.startedAt === undefined ? undefined : `started ${run.startedAt.slice(0, 16).replace('T', ' ')} UTC`;
  const what =
    plan &&
    `${formatPlural(plan.images, 'image')}, ${formatPlural(plan.epochs, 'epoch')} on ${plan.device}, ${plan.precision}, ${environment.cpu}`;
  const how = run.seconds === undefined ? run.state : `${run.state} after ${formatDuration(run.seconds)}`;
  return [what, how, when].filter((part) => part !== undefined).join(' · ');
}

function arithmeticRows({ instructionSets = [], oneDnn, oneDnnLimit }: RunSummary['environment']) {
  const limit = oneDnnLimit === undefined ? '' : `, limited to ${oneDnnLimit}`;
  return {
    ...(instructionSets.length > 0 && { 'Instruction sets': instructionSets.join(', ') }),
    ...(oneDnn !== undefined && { oneDNN: oneDnn ? `on${limit}` : 'off' }),
  };
}

function environmentRows({ environment, run }: RunSummary) {
  const rows: Record<string, string> = {
    'Run folder': run.folder,
    Device: environment.device,
    Precision: environment.precision,
    Processor: `${environment.cpu}, ${formatPlural(environment.cores, 'core')}`,
    ...arithmeticRows(environment),
    Memory: formatBytes(environment.memoryBytes),
    Platform: environment.platform,
    'Node.js': environment.node,
    TensorFlow: environment.tensorflow,
    ...environment.versions,
  };
  return Object.entries(rows).map(([name, value]) => ({ name, value }));
}

function rest(count: number, what: string): string | undefined {
  return count > mostRows ? `${formatPlural(count - mostRows, what)} more in report.json.` : undefined;
}

function checkedViews(views: RunSummary['sampleViews']): RunSummary['sampleViews'] {
  if (views !== undefined && !/^data:image\/(png|jpeg|webp);base64,[A-Za-z0-9+/]+=*$/.test(views.dataUri)) {
    throw new TypeError('Expected sample views as a base64 data URI of a PNG, JPEG or WebP image.');
  }
  return views;
}

/** Where the starting weights came from, and how good they were before training. */
function startView(init: Lineage, evaluations: readonly Evaluation[]) {
  const measured = evaluations
    .filter(({ subject }) => subject === 'start')
    .map(({ name, top1, interval }) => `${evaluationTitle(name)} ${formatPercent(top1)} (${formatInterval(interval)})`);
  const before = measured.length === 0 ? 'not evaluated' : measured.join(', ');
  return {
    rows: [
      { name: 'File', value: init.path },
      { name: 'SHA-256', value: init.sha256 },
      { name: 'Before training', value: typeset(before) },
    ],
    notes: lineageLines(init).slice(1),
  };
}

/** A path as it is inside the folder. */
function inFolder(folder: string, path: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}

function pageView(summary: RunSummary) {
  const { tool, run, evaluations, history, plan, init, skippedImages } = summary;
  const heading = plan === undefined ? 'Pretraining report' : `${plan.method} pretraining report`;
  return {
    title: `${heading}: ${headline(summary).join(' ')}`,
    style: pageStyle,
    eyebrow: heading,
    headline: headline(summary).map(unbroken),
    findings: resultSentences(evaluations).map(unbroken),
    subline: sublineOf(summary),
    alerts: alertsOf(summary),
    evaluationPlots:
      evaluations.length === 0
        ? undefined
        : {
            wide: evaluationPlot(evaluations, { id: 'evaluation-wide', width: 900 }),
            narrow: evaluationPlot(evaluations, { id: 'evaluation-narrow', width: 380 }),
          },
    missingFloors: missingFloors(evaluations, init !== undefined),
    evaluations: evaluations.map((each) => ({
      name: evaluationTitle(each.name),
      subject: subjectTitle(each.subject),
      top1: typeset(formatPercent(each.top1)),
      interval: typeset(formatInterval(each.interval)),
      n: formatCount(each.n),
      ours: each.subject === 'pretrained',
    })),
    start: init && startView(init, evaluations),
    protocols: protocolsOf(evaluations),
    facts: factsOf(summary),
    charts: reportCharts(summary),
    sampleViews: checkedViews(summary.sampleViews),
    warnings: history.warnings.slice(0, mostRows).map((each) => ({ ...each, step: formatCount(each.step) })),
    skipped: skippedImages.slice(0, mostRows),
    more: [rest(history.warnings.length, 'warning'), rest(skippedImages.length, 'skipped image')]
      .filter((part) => part !== undefined)
      .join(' '),
    checkpoints: history.checkpoints.map((each) => ({
      step: formatCount(each.step),
      epoch: each.epoch,
      // Broken between names alone; the report lies in the folder, which may move.
      path: inFolder(run.folder, each.path).split('/'),
      size: formatBytes(each.bytes),
    })),
    exports: summary.exports,
    config: summary.configText.trimEnd(),
    environment: environmentRows(summary),
    footer: `Written by ${tool.name} ${tool.version}. The same numbers for programs: report.json; step by step: metrics.jsonl.`,
  };
}

/**
 * The report for people: one HTML file that needs nothing else, for screens, phones and paper.
 *
 * Every name, path and message is escaped, and the page forbids scripts and requests to itself.
 */
export function reportHtml(summary: RunSummary): string {
  return new Eta({ autoEscape: true, autoTrim: false }).renderString(pageTemplate, pageView(summary));
}
