import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { inRepository } from '../cli/run-command.ts';
import { folderOf, patternPng } from '../data/temp-files.ts';
import { checkpoints, metrics, runInShell, writeExperiment } from './runs.ts';

/** Names of 2,000 characters, so that a few warnings fill a file. */
const DEEP = `${'d'.repeat(250)}/`.repeat(8);

test('a log that can take no more amid warnings of the loader ends the run, and what was learned is saved', async () => {
  const png = await patternPng(20, 24);
  const good = Array.from({ length: 240 }, (_, i) => [`train/${i}.png`, png] as const);
  const bad = Array.from({ length: 180 }, (_, i) => [`train/${DEEP}${i}.png`, 'none'] as const);
  const folder = folderOf(Object.fromEntries([...good, ...bad]));
  writeExperiment(folder, 'data: {path: train, maxBadShare: 0.9, memoryBudget: 1kB, cache: "off", workers: 1}\n');
  // Files of at most 400 blocks of 1 KiB: enough for a checkpoint, and for the log of half the warnings.
  const args = '-c run.yaml --output run --set schedule.epochs=1 --set schedule.warmupEpochs=0';
  const command = `ulimit -f 400; exec "${process.execPath}" "${inRepository('bin/cl-train.js')}" ${args}`;
  const { code, stderr } = await runInShell(command, folder);
  const run = join(folder, 'run');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: Cannot write .*log.jsonl: /m);
  expect(stderr).not.toContain('looks like a bug');
  const names = Object.keys(checkpoints(run));
  expect(names).toHaveLength(1);
  const { progress } = await readCheckpoint(join(run, 'checkpoints', names[0] as string));
  expect(progress.step).toBeGreaterThan(0);
  expect(metrics(run).at(-1)).toMatchObject({ type: 'end', reason: 'failed', step: progress.step });
});
