import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cpuArithmetic } from '../../src/util/cpu-arithmetic.ts';
import { temporaryFolder } from '../cli/run-command.ts';
import { checkpoints, compileViews, sets, train, writeExperiment } from './runs.ts';

compileViews();

// Small, since it runs on all instruction sets and on AVX2: resume.test.ts has the rest.
test('a run that was stopped and resumed ends in the bytes of an uninterrupted one, on these instruction sets', async () => {
  const folder = temporaryFolder();
  writeExperiment(folder);
  const short = sets('schedule.epochs=1', 'schedule.warmupEpochs=0', 'checkpoint.everySteps=5');
  expect((await train(folder, ['-c', 'run.yaml', '--output', 'whole', ...short])).code).toBe(0);
  const kill = ['step-00000005.safetensors', (pid: number) => process.kill(pid, 'SIGKILL')] as const;
  await train(folder, ['-c', 'run.yaml', '--output', 'killed', ...short], { when: kill });
  const resumed = await train(folder, ['--resume', 'killed']);
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).not.toContain('instruction sets');
  const [wanted, got] = [checkpoints(join(folder, 'whole')), checkpoints(join(folder, 'killed'))];
  const last = Object.keys(wanted).at(-1) ?? '';
  expect(last).toMatch(/^step-/);
  expect(got[last]?.equals(wanted[last] as Buffer)).toBe(true);
  const { environment } = JSON.parse(readFileSync(join(folder, 'killed', 'report.json'), 'utf8'));
  expect(environment.instructionSets).toEqual(cpuArithmetic().instructionSets);
});
