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

/** How two accuracies compare, by their intervals. */
function verdict(
  ours: Evaluation,
  other: Evaluation,
  words: { readonly better: string; readonly overlap: string; readonly worse: string },
): string {
  if (ours.interval[0] > other.interval[1]) return words.better;
  return ours.interval[1] < other.interval[0] ? words.worse : words.overlap;
}

function sentence(name: string, evaluations: readonly Evaluation[]): string {
  const of = (subject: Evaluation['subject']) =>
    evaluations.find((each) => each.name === name && each.subject === subject);
  const [pretrained, start, untrained, pixels] = [of('pretrained'), of('start'), of('untrained'), of('pixels')];
  const title = capitalized(evaluationTitle(name));
  if (pretrained === undefined) {
    const before = start === undefined ? '' : ` The starting weights reach ${measured(start)}.`;
    return `${title}: the pretrained encoder was not evaluated.${before}`;
  }
  const words = {
    better: 'the intervals do not overlap',
    overlap: 'the intervals overlap, so no gain is shown',
    worse: 'training made the features worse',
  };
  const beside =
    untrained === undefined
      ? `${title} ${measured(pretrained)}; the untrained encoder was not evaluated.`
      : `${title} ${measured(pretrained)} against ${measured(untrained)} for the untrained encoder: ${verdict(pretrained, untrained, words)}.`;
  const gain = { ...words, overlap: 'the intervals overlap, so no gain over them is shown' };
  const parts = [
    beside,
    start && `The starting weights reached ${measured(start)}: ${verdict(pretrained, start, gain)}.`,
    pixels &&
      untrained &&
      pixels.interval[1] >= pretrained.interval[0] &&
      `Raw pixels reach ${measured(pixels)}: the encoder does not clearly beat them.`,
  ];
  return parts.filter((part) => part !== undefined && part !== false).join(' ');
}

/** The names of the evaluations in the order they were made. */
export function evaluationOrder(evaluations: readonly Evaluation[]): string[] {
  return [...new Set(evaluations.map((each) => each.name))];
}

/** The result in words: one sentence for each evaluation, beside its floors and 95 % intervals. */
export function resultSentences(evaluations: readonly Evaluation[]): string[] {
  return evaluationOrder(evaluations).map((name) => sentence(name, evaluations));
}

/** What an encoder has to beat, as sentences name it. */
export const FLOORS = {
  start: 'the starting weights',
  untrained: 'the untrained encoder',
  pixels: 'raw pixels',
} as const satisfies Partial<Record<Evaluation['subject'], string>>;

/** The result of one evaluation in a line, beside the floor that is hardest to beat. */
function resultLine(name: string, evaluations: readonly Evaluation[]): string {
  const all = evaluations.filter((each) => each.name === name);
  const ours = all.find(({ subject }) => subject === 'pretrained');
  const title = capitalized(evaluationTitle(name));
  if (ours === undefined) return `${title}: the pretrained encoder was not evaluated`;
  const [floor] = all.filter(({ subject }) => subject !== 'pretrained').sort((a, b) => b.top1 - a.top1);
  if (floor === undefined || floor.subject === 'pretrained') return `${title} ${measured(ours)}`;
  const overlap = ours.top1 < floor.top1 ? 'not above' : 'not clearly above';
  const how = verdict(ours, floor, { better: 'above', overlap, worse: 'below' });
  return `${title} ${formatPercent(ours.top1)}, ${how} ${FLOORS[floor.subject]} (${formatPercent(floor.top1)})`;
}

/** A run's headline in at most two lines: its results, or what stands in for them; one that did not finish says so. */
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
  const results = evaluationOrder(evaluations).map((name) => resultLine(name, evaluations));
  if (results.length > 0) return [...opening, ...results].slice(0, 2);
  const loss = lossRange(history.steps).last;
  const chance = formatChance(plan?.chanceLoss);
  const beside = chance === undefined ? '' : ` (${chance})`;
  const reasons = history.warnings.map(({ message }) => /^no evaluation: ([^;]+)/.exec(message)?.[1]);
  const why = reasons.findLast((reason) => reason !== undefined);
  const made = `No evaluation was made${why === undefined ? '' : `: ${why}`}`;
  return [...opening, `${made}${loss === undefined ? '' : `; loss ${formatLoss(loss)}${beside}`}.`];
}
