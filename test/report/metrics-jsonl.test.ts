import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readHistory } from '../../src/report/history.ts';
import { createMetricsFile } from '../../src/report/metrics-jsonl.ts';
import type { EventOf } from '../../src/train/events.ts';
import { UserError } from '../../src/util/errors.ts';
import { recordRun, runEvents, start, stepEvent } from './recorded-run.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metrics-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const lines = () => readFileSync(path, 'utf8').split('\n').slice(0, -1);

test('each event is one line that reads back as it was', async () => {
  await recordRun(path);
  const events = [...runEvents()];
  expect(lines().map((line) => JSON.parse(line))).toEqual(
    events.map((event) => ({ ...event, time: expect.stringMatching(/^\d{4}-.*Z$/) })),
  );
  const history = await readHistory(path);
  expect(history.steps.map((step) => step.step)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  expect(history.evaluations.map((each) => each.evaluation.top1)).toEqual([0.31, 0.32, 0.33]);
  expect(history.ends).toMatchObject([{ reason: 'finished', seconds: 15.2 }]);
  expect(history.damagedLines).toBe(0);
});

test('a diverged loss is null in the file and NaN when read', async () => {
  const metrics = await createMetricsFile(path);
  await metrics.handle({ ...stepEvent(1), loss: Number.NaN });
  await metrics.close();
  expect(lines()[0]).toContain('"loss":null');
  expect((await readHistory(path)).steps[0]?.loss).toBeNaN();
});

test('resuming drops what lies beyond the checkpoint and a torn last line, then goes on without a seam', async () => {
  const before = await createMetricsFile(path);
  for (const event of runEvents(17)) await before.handle(event);
  await before.close();
  appendFileSync(path, '{"time":"2026-01-01T00:00:00.000Z","type":"step","step":18,"lo');
  expect((await readHistory(path)).damagedLines).toBe(1);

  const after = await createMetricsFile(path, { resumeStep: 10 });
  await after.handle({ ...start, startStep: 10 });
  for (let step = 11; step <= 30; step++) await after.handle(stepEvent(step));
  await after.close();
  const history = await readHistory(path);
  expect(history.damagedLines).toBe(0);
  expect(history.starts.map((each) => each.startStep)).toEqual([0, 10]);
  expect(history.checkpoints.map((each) => each.step)).toEqual([10]);
  const steps = lines()
    .map((line) => JSON.parse(line))
    .filter((record) => record.type === 'step');
  expect(steps.map((record) => record.step)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
});

test('a run that was interrupted at its checkpoint keeps the word of it', async () => {
  const before = await createMetricsFile(path);
  for (const event of runEvents(10)) await before.handle(event);
  await before.handle({ type: 'end', step: 10, epoch: 1, seconds: 5, reason: 'interrupted' });
  await before.close();
  await (await createMetricsFile(path, { resumeStep: 10 })).close();
  expect((await readHistory(path)).ends).toMatchObject([{ reason: 'interrupted' }]);
});

test('steps are thinned on request, other events are not', async () => {
  const metrics = await createMetricsFile(path, { every: 5 });
  for (const event of runEvents()) await metrics.handle(event);
  await metrics.close();
  const history = await readHistory(path);
  expect(history.steps.map((step) => step.step)).toEqual([1, 5, 10, 15, 20, 25, 30]);
  expect(history.epochs).toHaveLength(3);
});

/** The steps that the file holds, in its order. */
const recordedSteps = () =>
  lines()
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'step')
    .map(({ step }) => step);

const end = (step: number, reason: EventOf<'end'>['reason'] = 'finished') =>
  ({ type: 'end', step, epoch: 1, seconds: 1, reason }) as const;

test.each(['finished', 'interrupted', 'failed'] as const)('the last step of a run that %s is there', async (reason) => {
  const metrics = await createMetricsFile(path, { every: 10 });
  await metrics.handle(start);
  for (let step = 1; step <= 4; step++) await metrics.handle(stepEvent(step));
  await metrics.handle(end(4, reason));
  await metrics.close();
  expect(recordedSteps()).toEqual([1, 4]);
  expect(lines().map((line) => JSON.parse(line).type)).toEqual(['start', 'step', 'step', 'end']);
});

test('the last step stays there after resuming, also where the run was killed before its end', async () => {
  const before = await createMetricsFile(path, { every: 7 });
  for (const event of runEvents(12)) await before.handle(event);
  // No word of an end: killed after step 12, with a checkpoint of step 10.
  await before.close();
  expect(recordedSteps()).toEqual([1, 7, 10]);
  const after = await createMetricsFile(path, { every: 7, resumeStep: 10 });
  await after.handle({ ...start, startStep: 10 });
  for (let step = 11; step <= 13; step++) await after.handle(stepEvent(step));
  await after.handle(end(13, 'interrupted'));
  await after.close();
  expect(recordedSteps()).toEqual([1, 7, 10, 13]);
});

test('a checkpoint that is told of later brings no step of its own', async () => {
  const metrics = await createMetricsFile(path, { every: 10 });
  for (let step = 1; step <= 5; step++) await metrics.handle(stepEvent(step));
  await metrics.handle({ type: 'checkpoint', step: 4, epoch: 0, path: 'step-4', bytes: 1 });
  expect(recordedSteps()).toEqual([1]);
  await metrics.handle(end(5));
  await metrics.close();
  expect(recordedSteps()).toEqual([1, 5]);
});

test('a step that is due anyway is there once', async () => {
  const metrics = await createMetricsFile(path, { every: 2 });
  for (let step = 1; step <= 4; step++) await metrics.handle(stepEvent(step));
  await metrics.handle(end(4));
  await metrics.close();
  expect(recordedSteps()).toEqual([1, 2, 4]);
});

test('an earlier run is never written over', async () => {
  await recordRun(path);
  const before = readFileSync(path, 'utf8');
  await expect(createMetricsFile(path)).rejects.toThrow(UserError);
  expect(readFileSync(path, 'utf8')).toBe(before);
});

test('a message with line separators stays on its line', async () => {
  const metrics = await createMetricsFile(path);
  await metrics.handle({ type: 'warning', step: 1, message: 'a\nb\u2028c\u2029d' });
  await metrics.close();
  expect((await readHistory(path)).warnings.map((each) => each.message)).toEqual(['a\nb\u2028c\u2029d']);
});

test('a full disk is one clear message', async () => {
  const metrics = await createMetricsFile('/dev/full', { resumeStep: 0 });
  await expect(metrics.handle(stepEvent(1))).rejects.toThrow(
    expect.objectContaining({ name: 'UserError', message: 'Cannot write /dev/full: no space left on the disk.' }),
  );
});

test('a long history is thinned evenly as it is read, with the last step kept', async () => {
  const metrics = await createMetricsFile(path);
  for (let step = 1; step <= 1001; step++) await metrics.handle(stepEvent(step));
  await metrics.close();
  const steps = (await readHistory(path, { mostSteps: 100 })).steps.map((each) => each.step);
  expect(steps.length).toBeLessThanOrEqual(101);
  expect(steps.length).toBeGreaterThan(45);
  expect([steps[0], steps.at(-1)]).toEqual([1, 1001]);
  expect(new Set(steps.slice(1, -1).map((step, index) => step - (steps[index] ?? 0))).size).toBe(1);
});

test('a missing file is an empty history', async () => {
  expect((await readHistory(path)).steps).toEqual([]);
});
