import { expect, test } from 'vitest';
import type { Evaluation } from '../../src/evaluate/evaluation.ts';
import { headline, resultSentences } from '../../src/report/headline.ts';
import type { RunSummary } from '../../src/report/run-summary.ts';
import { summaryText } from '../../src/report/summary-text.ts';
import { evaluation, results } from './recorded-run.ts';

test('a gain is claimed only when the intervals do not overlap', () => {
  expect(resultSentences(results)).toEqual([
    'kNN 44.1 % (41.9-46.3) against 27.0 % (25.1-29.0) for the untrained encoder: the intervals do not overlap.',
    'Linear probe 51.2 % (49.0-53.4) against 33.7 % (31.6-35.8) for the untrained encoder: the intervals do not overlap.',
  ]);
  const ours = evaluation('pretrained', 0.3, [0.28, 0.32]);
  expect(resultSentences([ours, evaluation('untrained', 0.27, [0.25, 0.29])])).toEqual([
    'kNN 30.0 % (28.0-32.0) against 27.0 % (25.0-29.0) for the untrained encoder: the intervals overlap, so no gain is shown.',
  ]);
  expect(resultSentences([ours, evaluation('untrained', 0.4, [0.38, 0.42])])[0]).toContain(
    ': training made the features worse.',
  );
});

test('raw pixels as good as the encoder are not kept quiet', () => {
  const withPixels = [...results.slice(0, 2), evaluation('pixels', 0.42, [0.4, 0.44])];
  expect(resultSentences(withPixels)[0]).toMatch(
    /Raw pixels reach 42\.0 % \(40\.0-44\.0\): the encoder does not clearly beat them\.$/,
  );
});

test('the weights that training started from are a floor of their own', () => {
  const after = (start: Evaluation) => resultSentences([results[0] as Evaluation, start, results[1] as Evaluation])[0];
  const first =
    'kNN 44.1 % (41.9-46.3) against 27.0 % (25.1-29.0) for the untrained encoder: the intervals do not overlap.';
  expect(after(evaluation('start', 0.4, [0.38, 0.4189]))).toBe(
    `${first} The starting weights reached 40.0 % (38.0-41.9): the intervals do not overlap.`,
  );
  expect(after(evaluation('start', 0.43, [0.41, 0.45]))).toBe(
    `${first} The starting weights reached 43.0 % (41.0-45.0): the intervals overlap, so no gain over them is shown.`,
  );
  expect(after(evaluation('start', 0.6, [0.58, 0.62]))).toMatch(/\(58\.0-62\.0\): training made the features worse\.$/);
  expect(resultSentences([evaluation('start', 0.6, [0.58, 0.62])])).toEqual([
    'kNN: the pretrained encoder was not evaluated. The starting weights reach 60.0 % (58.0-62.0).',
  ]);
});

test('a missing floor or subject is said', () => {
  expect(resultSentences(results.slice(0, 1))).toEqual([
    'kNN 44.1 % (41.9-46.3); the untrained encoder was not evaluated.',
  ]);
  expect(resultSentences(results.slice(1, 2))).toEqual(['kNN: the pretrained encoder was not evaluated.']);
});

test('the closing table is aligned and plain, and its columns split at two spaces', () => {
  expect(summaryText(results)).toBe(
    [
      'evaluation    encoder      top-1  95 % interval  images',
      'kNN           pretrained  44.1 %      41.9-46.3   2,000',
      'kNN           untrained   27.0 %      25.1-29.0   2,000',
      'kNN           raw pixels  30.1 %      28.1-32.1   2,000',
      'linear probe  pretrained  51.2 %      49.0-53.4   2,000',
      'linear probe  untrained   33.7 %      31.6-35.8   2,000',
      '',
      ...resultSentences(results),
      '',
    ].join('\n'),
  );
  expect(summaryText(results, { colors: true })).toContain('\u001b[1m');
  expect(summaryText([])).toBe('No evaluation was made.\n');
});

/** The headline of a run in a state, after so many of 30 steps, with these evaluations. */
function headlineOf(
  state: RunSummary['run']['state'],
  evaluations: readonly Evaluation[],
  ...messages: readonly string[]
): string[] {
  const warnings = messages.map((message) => ({ message }));
  const summary: Pick<RunSummary, 'evaluations'> & Record<'run' | 'plan' | 'history', object> = {
    ...{ run: { state, step: 12 }, plan: { totalSteps: 30, chanceLoss: 4.844 }, evaluations },
    history: { steps: [{ loss: 4.2, metrics: {} }], warnings },
  };
  return headline(summary as RunSummary);
}

test('a headline has two lines, each beside the floor that is hardest to beat', () => {
  expect(headlineOf('finished', results)).toEqual([
    'kNN 44.1 %, above raw pixels (30.1 %)',
    'Linear probe 51.2 %, above the untrained encoder (33.7 %)',
  ]);
  const ours = evaluation('pretrained', 0.3, [0.28, 0.32]);
  const beside = (...floors: Evaluation[]) => headlineOf('finished', [ours, ...floors])[0];
  expect(beside(evaluation('untrained', 0.29, [0.27, 0.31]))).toBe(
    'kNN 30.0 %, not clearly above the untrained encoder (29.0 %)',
  );
  expect(beside(evaluation('pixels', 0.31, [0.29, 0.33]))).toBe('kNN 30.0 %, not above raw pixels (31.0 %)');
  expect(beside(evaluation('untrained', 0.2, [0.19, 0.21]), evaluation('start', 0.4, [0.38, 0.42]))).toBe(
    'kNN 30.0 %, below the starting weights (40.0 %)',
  );
  expect(beside()).toBe('kNN 30.0 % (28.0-32.0)');
  expect(headlineOf('finished', results.slice(1, 2))).toEqual(['kNN: the pretrained encoder was not evaluated']);
});

test('a run that did not finish says so in the first of two lines', () => {
  expect(headlineOf('interrupted', results)).toEqual([
    'Interrupted after step 12 of 30.',
    'kNN 44.1 %, above raw pixels (30.1 %)',
  ]);
  expect(headlineOf('unfinished', [])).toEqual([
    'Not finished, at step 12 of 30.',
    'No evaluation was made; loss 4.200 (chance 4.844).',
  ]);
  const warnings = ['another', 'no evaluation: the images have no labels; --set evaluate.holdout=0.1'];
  expect(headlineOf('finished', [], ...warnings)).toEqual([
    'No evaluation was made: the images have no labels; loss 4.200 (chance 4.844).',
  ]);
});
