import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import type { HostTensor } from '../../src/runtime/host-tensor.ts';
import { temporaryFolder } from '../cli/run-command.ts';
import { BUNDLED, checkpoints, losses, sets, TINY, train, writeExperiment } from './runs.ts';

/** Two batches of 4 make a step: 16 steps. */
const [WARMUP, TOTAL] = [4, 16];
const PEAK = 0.5;
const ARGS = sets(
  'schedule={epochs: 1, batchSize: 4, accumulate: 2, warmupEpochs: 0.25}',
  `optimizer={name: sgd, learningRate: ${PEAK}, scaling: none}`,
  'checkpoint.everySteps=1',
  'checkpoint.keep=100',
);
const BYOL = '{name: byol, emaDecay: {start: 0.9}, projector: {hidden: 8, out: 4}, predictor: {hidden: 8}}';

/** 1 - decay after t completed steps: BYOL's section 3.3. */
const emaStep = (t: number): number => (0.1 * (Math.cos((Math.PI * t) / TOTAL) + 1)) / 2;
const learningRate = (t: number): number =>
  t < WARMUP ? (PEAK * (t + 1)) / WARMUP : (PEAK * (1 + Math.cos((Math.PI * (t - WARMUP)) / (TOTAL - WARMUP - 1)))) / 2;

type State = Readonly<Record<string, HostTensor>>;

/** The factor f that makes `f x` closest to y, over all parameters. */
function factor(names: readonly string[], pair: (name: string, i: number) => readonly [x: number, y: number]): number {
  let [xy, xx] = [0, 0];
  for (const name of names) {
    for (let i = 0; i < sizes(name); i++) {
      const [x, y] = pair(name, i);
      xy += x * y;
      xx += x * x;
    }
  }
  return xy / xx;
}
let sizes: (name: string) => number;

/** How far each step, from `from` on, moved the target network and the parameters, as its checkpoints show. */
async function moves(run: string, from: number) {
  const states: State[] = [];
  for (const name of Object.keys(checkpoints(run))) {
    states.push((await readCheckpoint(join(run, 'checkpoints', name))).tensors);
  }
  const at = (state: State, name: string, i: number): number => state[name]?.data[i] ?? Number.NaN;
  return states.slice(1).flatMap((after, k) => {
    const before = states[k] as State;
    const t = k + 1;
    if (t < from) return [];
    const names = Object.keys(after).filter(
      (name) => `target.${name}` in after && `optimizer.momentum.${name}` in after,
    );
    sizes = (name) => after[name]?.data.length ?? 0;
    const ema = factor(names, (name, i) => {
      const was = at(before, `target.${name}`, i);
      return [at(after, name, i) - was, at(after, `target.${name}`, i) - was];
    });
    const rate = factor(names, (name, i) => [
      at(after, `optimizer.momentum.${name}`, i),
      at(before, name, i) - at(after, name, i),
    ]);
    return [{ t, ema, rate }];
  });
}

function expectSchedules(found: Awaited<ReturnType<typeof moves>>): void {
  for (const { t, ema, rate } of found) {
    // The rate of the last step is 0, and its decay all but 1.
    expect(Math.abs(ema - emaStep(t))).toBeLessThan(1e-4 * 0.1 + 1e-3 * emaStep(t));
    expect(Math.abs(rate - learningRate(t))).toBeLessThan(1e-4 * PEAK);
  }
}

test('the target network and the parameters move once a step by the schedules of that step, and go on so when resumed', async () => {
  const folder = temporaryFolder();
  writeExperiment(folder, BUNDLED, TINY.replace(/^method: .*$/m, `method: ${BYOL}`));
  expect(await train(folder, ['-c', 'run.yaml', '--output', 'whole', ...ARGS])).toMatchObject({ code: 0 });
  const whole = await moves(join(folder, 'whole'), 1);
  expect(whole.map(({ t }) => t)).toEqual(Array.from({ length: TOTAL - 1 }, (_, i) => i + 1));
  expectSchedules(whole);
  // What is told of each step is what moved it.
  for (const [step, , told] of losses(join(folder, 'whole'))) expect(told).toBeCloseTo(learningRate(step - 1), 10);

  cpSync(join(folder, 'whole'), join(folder, 'resumed'), { recursive: true });
  for (const name of Object.keys(checkpoints(join(folder, 'resumed'))).slice(12)) {
    rmSync(join(folder, 'resumed/checkpoints', name));
  }
  const resumed = await train(folder, ['--resume', 'resumed']);
  expect(resumed).toMatchObject({ code: 0 });
  expect(resumed.stderr).toContain('going on after step 12');
  const after = await moves(join(folder, 'resumed'), 12);
  expect(after[0]?.t).toBe(12);
  expectSchedules(after);
});
