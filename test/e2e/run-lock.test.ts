import { cpSync, existsSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTogether } from '../../bench/lib/run-race.ts';
import { inRepository } from '../cli/run-command.ts';
import { checkpoints, losses, sets, train, withBundled } from './runs.ts';

const TRAIN = inRepository('bin/cl-train.js');
const SAVING = sets('checkpoint.everySteps=3', 'export.atEnd=[]');

const REFUSED = `error: expected a run folder that no other process uses, got RUN: process ID on HOST (since TIME UTC) is at work in it
hint: Wait for its end, or stop it (kill ID), which saves, or choose another folder by --output; cl-eval, cl-export and cl-embed may read the run meanwhile.
`;

test('of two that start at once, one owns the run, whether it is new, goes on, is written over or was left by a killed one', async () => {
  const folder = withBundled();
  const killed = await train(folder, ['-c', 'run.yaml', '--output', 'killed', ...SAVING], {
    when: ['step-00000006.safetensors', (pid) => process.kill(pid, 'SIGKILL')],
  });
  expect(killed.code).toBe(null);
  expect(existsSync(join(folder, 'killed', 'run.lock'))).toBe(true);
  cpSync(join(folder, 'killed'), join(folder, 'killed-too'), { recursive: true });
  const races = [
    ['new', ['-c', 'run.yaml', '--output', 'new', ...SAVING]],
    ['killed', ['--resume', 'killed']],
    ['killed-too', ['-c', 'run.yaml', '--output', 'killed-too', '--overwrite', ...SAVING]],
    ['new', ['-c', 'run.yaml', '--output', 'new', '--overwrite', ...SAVING]],
    ['new', ['--resume', 'new']],
  ] as const;
  for (const [output, args] of races) {
    const outcomes = await startTogether([TRAIN, ...args], folder);
    expect(outcomes.map(({ code }) => code).sort(), JSON.stringify(outcomes)).toEqual([0, 1]);
    const refused = outcomes.find(({ code }) => code === 1)?.stderr ?? '';
    const told = refused
      .slice(refused.indexOf('error:'))
      .replaceAll(join(folder, output), 'RUN')
      .replaceAll(hostname(), 'HOST');
    expect(told.replaceAll(/\d{4}-\d\d-\d\d [\d:]+/g, 'TIME').replaceAll(/(process|kill) \d+/g, '$1 ID')).toBe(REFUSED);
    expect(readdirSync(join(folder, output)).filter((name) => name.includes('lock'))).toEqual([]);
    expect(Object.keys(checkpoints(join(folder, output))).at(-1)).toBe('step-00000048.safetensors');
    expect(losses(join(folder, output)).map(([step]) => step)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
  }
});
