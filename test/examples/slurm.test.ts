import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inRepository } from '../cli/run-command.ts';

/** What a batch script calls: `srun` and `scontrol` write down how they were called, and `srun` ends with a code. */
function runScript(script: string, args: readonly string[], { code = 0, task }: { code?: number; task?: number } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'slurm-'));
  const calls = join(folder, 'calls');
  const standIn = (name: string, ends: number): void => {
    const path = join(folder, name);
    writeFileSync(
      path,
      `#!/bin/sh\n{ printf '%s' '${name}'; printf ' [%s]' "$@"; echo; } >> '${calls}'\nexit ${ends}\n`,
    );
    chmodSync(path, 0o755);
  };
  standIn('srun', code);
  standIn('scontrol', 0);
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, SLURM_JOB_ID: '77' };
  const { status, stderr } = spawnSync('bash', [inRepository(`examples/slurm/${script}`), ...args], {
    env: task === undefined ? env : { ...env, SLURM_ARRAY_TASK_ID: String(task) },
    encoding: 'utf8',
  });
  const lines = existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
  return { status, stderr, lines };
}

const PRETRAIN =
  'srun [cl-train] [--config] [simclr.yaml] [--output] [runs/long] [--resume] [auto] [--data] [my images]';

it.each([75, 138])('the batch script queues its job again after %s', (code) => {
  const { status, lines } = runScript('pretrain.sbatch', ['simclr.yaml', 'runs/long', '--data', 'my images'], { code });
  expect(lines).toEqual([PRETRAIN, 'scontrol [requeue] [77]']);
  expect(status).toBe(0);
});

it.each([0, 1, 2, 130, 143])('the batch script ends with %s as the run does', (code) => {
  const { status, lines } = runScript('pretrain.sbatch', ['simclr.yaml', 'runs/long', '--data', 'my images'], { code });
  expect(lines).toEqual([PRETRAIN]);
  expect(status).toBe(code);
});

it('the sweep gives each task settings and a folder of its own, and queues it again', () => {
  const calls = [0, 1, 2, 3, 4, 5].map((task) => runScript('sweep.sbatch', ['moco.yaml', 'sweep'], { code: 75, task }));
  expect(new Set(calls.map(({ lines }) => lines[0])).size).toBe(6);
  expect(calls[4]?.lines).toEqual([
    'srun [cl-train] [--config] [moco.yaml] [--output] [sweep/lr-0.3-seed-1] [--resume] [auto] [--seed] [1]' +
      ' [--set] [optimizer.learningRate=0.3]',
    'scontrol [requeue] [77]',
  ]);
  expect(runScript('sweep.sbatch', ['moco.yaml', 'sweep'], { code: 2, task: 0 }).status).toBe(2);
});

it.each(['pretrain.sbatch', 'sweep.sbatch'])('%s says how it is used', (script) => {
  const { status, stderr, lines } = runScript(script, ['simclr.yaml']);
  expect(status).not.toBe(0);
  expect(stderr).toContain(`use: sbatch ${script}`);
  expect(lines).toEqual([]);
});
