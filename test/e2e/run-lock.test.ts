import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restartLoop } from '../../bench/lib/restart-loop.ts';
import { raceForRun } from '../../bench/lib/run-race.ts';
import { tinyRun } from '../../bench/lib/tiny-run.ts';
import { inRepository, temporaryFolder } from '../cli/run-command.ts';
import { train } from './runs.ts';

const TRAIN = inRepository('bin/cl-train.js');

const REFUSED = `error: expected a run folder that no other process uses, got RUN: process ID on HOST (since TIME UTC) is at work in it
hint: Wait for its end, or stop it (kill ID), which saves, or choose another folder by --output; cl-eval, cl-export and cl-embed may read the run meanwhile.
`;

test('of two that start at once one owns the run: new, going on, written over, or left by a killed one', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'run.yaml'), tinyRun(2));
  const start = ['-c', 'run.yaml', '--output', 'run'];
  for (const args of [[], ['--overwrite'], ['--resume', 'auto']]) {
    const told = await raceForRun([TRAIN, ...start, ...args], folder, 'run');
    expect(
      told
        .replaceAll(join(folder, 'run'), 'RUN')
        .replaceAll(hostname(), 'HOST')
        .replaceAll(/\d{4}-\d\d-\d\d [\d:]+/g, 'TIME')
        .replaceAll(/(process|kill) \d+/g, '$1 ID'),
    ).toBe(REFUSED);
    expect(existsSync(join(folder, 'run', 'run.lock'))).toBe(true);
  }
  const end = await train(folder, [...start, '--resume', 'auto']);
  expect(end.stderr).toMatch(/warning: took the run folder over from process \d+ on .*, which is gone/);
  expect(end.stderr).toContain('finished after 32 steps');
  expect(end.code).toBe(0);
  expect(readdirSync(join(folder, 'run')).filter((name) => name.includes('lock'))).toEqual([]);
  for (const args of [['--resume', '--epochs', '40'], ['--overwrite']])
    await raceForRun([TRAIN, ...start, ...args], folder, 'run');
});

test('a run that is killed at random and started again by one command ends as one that nothing disturbed', async () => {
  const loop = { folder: temporaryFolder(), program: TRAIN, experiment: tinyRun(4), say: () => {} };
  expect((await restartLoop({ ...loop, kills: 3, seed: 3 })).problems).toEqual([]);
});
