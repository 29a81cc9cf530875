import type { Evaluation } from '../evaluate/evaluation.ts';
import type { RunSummary } from './run-summary.ts';
import { lossRange } from './step-loss.ts';

/** `report.json`'s schema; a change that breaks readers raises it. */
const schemaVersion = 1;

function withoutTypeAndTime<Item extends { type: string; time: string }>(item: Item): Omit<Item, 'type' | 'time'> {
  const { type: _type, time: _time, ...rest } = item;
  return rest;
}

function evaluationRecord({ name, subject, top1, n, interval, protocol }: Evaluation): Evaluation {
  return { name, subject, top1, n, interval: [interval[0], interval[1]], protocol };
}

/**
 * The report for programs: `{ schemaVersion, tool, run, init, config, environment, training, evaluations, exports }`.
 *
 * `init` is where the weights came from that the run started from, null for random ones; their accuracies stand among
 * the others as those of the subject `start`. `exports` are paths relative to the run folder, null where none were
 * made. Accuracies, intervals and shares are fractions from 0 to 1, times are seconds, memory is bytes. A number that
 * was not measured, or is not finite, is null. Single steps stay in `metrics.jsonl`.
 */
export function reportJson(summary: RunSummary): string {
  const { tool, run, init, config, environment, plan, timing, history, evaluations, skippedImages, exports } = summary;
  const report = {
    schemaVersion,
    tool,
    run,
    init,
    config,
    environment,
    training: {
      plan,
      timing,
      loss: { ...lossRange(history.steps), chance: plan?.chanceLoss },
      epochs: history.epochs.map(withoutTypeAndTime),
      evaluations: history.evaluations.map(({ step, epoch, evaluation }) => ({
        step,
        epoch,
        ...evaluationRecord(evaluation),
      })),
      checkpoints: history.checkpoints.map(withoutTypeAndTime),
      warnings: history.warnings.map(withoutTypeAndTime),
      skippedImages,
      damagedMetricsLines: history.damagedLines,
    },
    evaluations: evaluations.map(evaluationRecord),
    exports,
  };
  return `${JSON.stringify(report, (_key, value) => (value === undefined ? null : value), 2)}\n`;
}
