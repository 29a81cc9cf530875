import type { Evaluation } from '../evaluate/evaluation.ts';
import { formatCount } from '../util/format-count.ts';
import { evaluationTitle } from './event-text.ts';
import { formatChance, formatInterval, formatLoss, formatPercent } from './format.ts';
import type { RunSummary } from './run-summary.ts';
import { lossRange } from './step-loss.ts';

function capitalized(text: string): string {
  return text.startsWith('kNN') ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

function measured({ top1, interval }: Evaluation): string {
  return `${formatPercent(top1)} (${formatInterval(interval)})`;
}

function sentence(name: string, evaluations: readonly Evaluation[]): string {
  const of = (subject: Evaluation['subject']) =>
    evaluations.find((each) => each.name === name && each.subject === subject);
  const [pretrained, untrained, pixels] = [of('pretrained'), of('untrained'), of('pixels')];
  const title = capitalized(evaluationTitle(name));
  if (pretrained === undefined) return `${title}: the pretrained encoder was not evaluated.`;
  if (untrained === undefined) return `${title} ${measured(pretrained)}; the untrained encoder was not evaluated.`;
  const verdict =
    pretrained.interval[0] > untrained.interval[1]
      ? 'the intervals do not overlap'
      : pretrained.interval[1] < untrained.interval[0]
        ? 'training made the features worse'
        : 'the intervals overlap, so no gain is shown';
  const text = `${title} ${measured(pretrained)} against ${measured(untrained)} for the untrained encoder: ${verdict}.`;
  if (pixels === undefined || pixels.interval[1] < pretrained.interval[0]) return text;
  return `${text} Raw pixels reach ${measured(pixels)}: the encoder does not clearly beat them.`;
}

/** The names of the evaluations in the order they were made. */
export function evaluationOrder(evaluations: readonly Evaluation[]): string[] {
  return [...new Set(evaluations.map((each) => each.name))];
}

/** The result in words: one sentence for each evaluation, beside its floors and 95 % intervals. */
export function resultSentences(evaluations: readonly Evaluation[]): string[] {
  return evaluationOrder(evaluations).map((name) => sentence(name, evaluations));
}

/** A run's headline: its results, or what stands in for them; a run that did not finish says so first. */
export function headline(summary: RunSummary): string[] {
  const { run, plan, evaluations, history } = summary;
  const states: Record<typeof run.state, string | undefined> = {
    finished: undefined,
    interrupted: 'Interrupted',
    failed: 'Failed',
    unfinished: 'Not finished,',
  };
  const state = states[run.state];
  const progress = plan === undefined ? '' : ` of ${formatCount(plan.totalSteps)}`;
  const joint = run.state === 'unfinished' ? 'at' : 'after';
  const opening = state === undefined ? [] : [`${state} ${joint} step ${formatCount(run.step)}${progress}.`];
  if (evaluations.length > 0) return [...opening, ...resultSentences(evaluations)];
  const loss = lossRange(history.steps).last;
  const chance = formatChance(plan?.chanceLoss);
  const beside = chance === undefined ? '' : ` (${chance})`;
  return [...opening, `No evaluation was made${loss === undefined ? '' : `; loss ${formatLoss(loss)}${beside}`}.`];
}
