import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findBestCheckpoint } from '../../../src/run/export/best-checkpoint.ts';
import { runFolder } from '../../../src/run/folder/run-folder.ts';
import { tempFolder } from '../../data/temp-files.ts';
import { rejection } from '../rejection.ts';

/** A run folder with checkpoints of these steps, and recorded kNN accuracies by step. */
function runWith(
  steps: readonly number[],
  scores: readonly (readonly [step: number, top1: number, subject?: string])[],
) {
  const folder = runFolder(tempFolder());
  mkdirSync(folder.checkpoints);
  for (const step of steps)
    writeFileSync(join(folder.checkpoints, `step-${String(step).padStart(8, '0')}.safetensors`), '');
  const lines = scores.map(([step, top1, subject = 'pretrained']) =>
    JSON.stringify({ time: '', type: 'evaluation', step, epoch: step, evaluation: { name: 'knn', subject, top1 } }),
  );
  writeFileSync(folder.metrics, lines.join('\n'));
  return folder;
}

it('takes the best among the checkpoints that exist, of equal ones the later', async () => {
  const folder = runWith(
    [20, 30, 40],
    [
      [10, 0.9],
      [20, 0.5],
      [30, 0.6],
      [40, 0.6],
      [40, 0.99, 'untrained'],
    ],
  );
  expect(await findBestCheckpoint(folder)).toBe(join(folder.checkpoints, 'step-00000040.safetensors'));
  const other = runWith(
    [20, 30],
    [
      [20, 0.5],
      [30, 0.4],
    ],
  );
  expect(await findBestCheckpoint(other)).toBe(join(other.checkpoints, 'step-00000020.safetensors'));
});

it('says which checkpoints and evaluations there are where they do not meet', async () => {
  expect(await rejection(findBestCheckpoint(runWith([20, 30], [[10, 0.5]])))).toBe(
    `exit 2: --checkpoint best: expected a checkpoint with a kNN evaluation, got checkpoints of steps 20, 30 and evaluations of steps 10
Export the last one (--checkpoint last), or a file. A run evaluates with evaluate.knn.everyEpochs, and keeps the best checkpoint with checkpoint.keepBest.`,
  );
  expect(await rejection(findBestCheckpoint(runWith([20], [])))).toMatch(/evaluations of steps none$/m);
});
