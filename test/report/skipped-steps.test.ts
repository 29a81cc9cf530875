import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readHistory } from '../../src/report/history.ts';
import { createMetricsFile } from '../../src/report/metrics-jsonl.ts';
import { createPlainProgress } from '../../src/report/plain-progress.ts';
import { reportHtml } from '../../src/report/report-html.ts';
import { reportJson } from '../../src/report/report-json.ts';
import { type RunSummary, summarizeRun } from '../../src/report/run-summary.ts';
import { statusLine } from '../../src/report/status-line.ts';
import type { TrainEvent } from '../../src/train/events.ts';
import { environment, start, stepEvent } from './recorded-run.ts';

// A step whose gradients overflow float16 is left out by loss scaling, and training goes on.

type StepEvent = Extract<TrainEvent, { type: 'step' }>;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skipped-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const good = (step: number): StepEvent => {
  const event = stepEvent(step);
  return { ...event, metrics: { ...event.metrics, skipped: 0 } };
};
const overflowed = (step: number, loss = Number.NaN): StepEvent => {
  return { ...stepEvent(step), loss, metrics: { embeddingStd: 0.5, gradientNorm: Number.NaN, skipped: 1 } };
};

async function summaryOf(steps: readonly StepEvent[]): Promise<RunSummary> {
  const path = join(folder, 'metrics.jsonl');
  const metrics = await createMetricsFile(path);
  for (const event of [start, ...steps]) await metrics.handle(event);
  await metrics.close();
  const tool = { name: 'contrastive-learning-train', version: '0.1.0' };
  return summarizeRun({ tool, folder: 'runs/one', config: {}, environment, history: await readHistory(path) });
}

const words = (element: { textContent: string | null } | null | undefined) =>
  (element?.textContent ?? '').replace(/\s+/g, ' ').trim();

const steps = [overflowed(1), good(2), good(3), overflowed(4, Number.POSITIVE_INFINITY), good(5), overflowed(6)];

test('a report takes a skipped step for what it is, and its last loss from the last step that has one', async () => {
  const summary = await summaryOf(steps);
  const document = parseHTML(reportHtml(summary)).document;
  expect([...document.querySelectorAll('.alert')].map(words)).toEqual([]);
  expect(words(document.querySelector('h1'))).toBe(
    'Not finished, at step 6 of 30. No evaluation was made; loss 4.650 (chance 4.844).',
  );
  const facts = [...document.querySelectorAll('#training dl > div')].map(words);
  expect(facts.filter((fact) => fact.startsWith('Last loss'))).toEqual([expect.stringContaining('4.650')]);
  const { first, last } = JSON.parse(reportJson(summary)).training.loss;
  expect([first, last]).toEqual([good(2).loss, good(5).loss]);
});

test('its curves go on over a skipped step, but count it', async () => {
  const document = parseHTML(reportHtml(await summaryOf(steps))).document;
  const described = [...document.querySelectorAll('#training svg')].map((svg) => words(svg));
  const about = (title: string) => described.find((text) => text.startsWith(title));
  expect(about('Loss')).toContain('over 3 points');
  expect(about('Gradient norm')).toContain('over 3 points');
  expect(about('Embedding std')).toContain('over 6 points');
  expect(about('Skipped')).toContain('over 6 points');
});

test('a loss that was finite although the gradients overflowed is a loss', async () => {
  const summary = await summaryOf([good(1), overflowed(2, 4.25)]);
  expect(JSON.parse(reportJson(summary)).training.loss.last).toBe(4.25);
});

test('a loss that is not finite in a step that was not skipped is told of, also after skipped ones', async () => {
  const summary = await summaryOf([overflowed(1), good(2), { ...good(3), loss: Number.NaN }]);
  const document = parseHTML(reportHtml(summary)).document;
  expect([...document.querySelectorAll('.alert')].map(words)).toEqual([
    'The loss stopped being a finite number by step 3.',
  ]);
  expect(words(document.querySelector('h1'))).toContain('loss NaN');
  expect(JSON.parse(reportJson(summary)).training.loss.last).toBeNull();
});

test('a run whose steps were all skipped has no loss', async () => {
  const summary = await summaryOf([overflowed(1), overflowed(2)]);
  const document = parseHTML(reportHtml(summary)).document;
  expect(words(document.querySelector('h1'))).toBe('Not finished, at step 2 of 30. No evaluation was made.');
  const { first, last } = JSON.parse(reportJson(summary)).training.loss;
  expect([first, last]).toEqual([null, null]);
});

test('progress says that a step was skipped, and that an epoch had no other', async () => {
  const at = (step: StepEvent) => statusLine(start, step, 250).split('  ')[2];
  expect(at(good(2))).toBe('loss 4.800 (chance 4.844)');
  expect(at(overflowed(2))).toBe('loss skipped (float16 overflow)');
  expect(at(overflowed(2, 4.25))).toBe('loss 4.250 (chance 4.844)');
  expect(statusLine(start, overflowed(2), 250, 40)).toContain('  loss skipped  ');
  expect(at({ ...good(2), loss: Number.NaN })).toBe('loss NaN (chance 4.844)');

  let text = '';
  const progress = createPlainProgress({ write: (part: string) => (text += part) });
  const rates = { seconds: 5, imagesPerSecond: 130, waitShare: 0, rssBytes: 1e9 };
  await progress.handle({ type: 'epoch', epoch: 1, step: 2, loss: Number.NaN, ...rates });
  expect(text).toContain('no loss (every step overflowed float16)');
});
