import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listCheckpoints, saveCheckpoint } from '../../../src/checkpoint/checkpoint-folder.ts';
import type { Evaluation } from '../../../src/evaluate/evaluation.ts';
import { readHistory } from '../../../src/report/history.ts';
import { knnScores } from '../../../src/run/export/best-checkpoint.ts';
import { createKeepPolicy } from '../../../src/run/training/keep-checkpoints.ts';
import { float32 } from '../../../src/runtime/host-tensor.ts';
import type { EventOf } from '../../../src/train/events.ts';
import { tempFolder } from '../../data/temp-files.ts';

const knn = (step: number, top1: number, subject = 'pretrained'): EventOf<'evaluation'> => {
  const evaluation = { name: 'knn', subject, top1 } as Evaluation;
  return { type: 'evaluation', step, epoch: step / 10, evaluation };
};

/** Runs of ten steps an epoch: each saves after the given steps and hears of accuracies by step. */
async function leftBy(
  settings: { keep?: number; keepEveryEpochs?: number; keepBest?: boolean },
  ...runs: Readonly<Record<number, number | undefined>>[]
): Promise<number[]> {
  const root = tempFolder();
  const metrics = join(root, 'metrics.jsonl');
  let lines = '';
  for (const steps of runs) {
    const policy = createKeepPolicy(
      { everyEpochs: 1, keep: 2, keepBest: false, ...settings } as Parameters<typeof createKeepPolicy>[0],
      10,
      knnScores((await readHistory(metrics)).evaluations),
    );
    for (const [text, top1] of Object.entries(steps)) {
      const step = Number(text);
      const progress = { step, epoch: 0, seed: 0, configHash: '' };
      await saveCheckpoint(root, { tensors: { w: float32([step], [1]) }, progress, toolVersion: '0' }, policy.keeping);
      for (const event of top1 === undefined ? [] : [knn(step, top1), knn(step, 1, 'untrained')]) {
        policy.hear(event);
        lines += `${JSON.stringify({ time: '', ...event })}\n`;
      }
    }
    await writeFile(metrics, lines);
  }
  return (await listCheckpoints(root)).map(({ step }) => step);
}

const unevaluated = (...steps: number[]) => Object.fromEntries(steps.map((step) => [step, undefined]));

test('the newest stay, and nothing else unless it is asked for', async () => {
  expect(await leftBy({}, unevaluated(10, 20, 30, 35, 40))).toEqual([35, 40]);
  expect(await leftBy({}, { 10: 0.9, 20: 0.1, 30: 0.1 })).toEqual([20, 30]);
});

test('those of every so many epochs stay for good', async () => {
  expect(await leftBy({ keep: 1, keepEveryEpochs: 2 }, unevaluated(5, 10, 20, 25, 30, 40, 50))).toEqual([20, 40, 50]);
});

test('the best stays until a better one is evaluated, of equal ones the later', async () => {
  const settings = { keep: 1, keepBest: true };
  expect(await leftBy(settings, { 10: 0.3, 20: 0.5, 30: 0.4, 40: 0.2, 50: undefined })).toEqual([20, 50]);
  expect(await leftBy(settings, { 10: 0.3, 20: 0.5, 30: 0.5, 40: 0.2, 50: undefined })).toEqual([30, 50]);
  expect(await leftBy(settings, { 10: 0.3, 20: 0.5, 30: 0.6, 40: undefined })).toEqual([30, 40]);
});

test('the best of before a restart is known by metrics.jsonl', async () => {
  expect(await leftBy({ keep: 1, keepBest: true }, { 10: 0.5, 20: 0.4 }, { 30: 0.3, 40: undefined })).toEqual([10, 40]);
});

test('all rules together', async () => {
  const settings = { keep: 2, keepEveryEpochs: 3, keepBest: true };
  expect(await leftBy(settings, { 10: 0.6, 20: 0.3, 30: 0.1, 40: 0.2, 50: 0.2, 60: 0.2, 70: 0.2 })).toEqual([
    10, 30, 60, 70,
  ]);
});
