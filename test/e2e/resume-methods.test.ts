import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../cli/run-command.ts';
import { BUNDLED, checkpoints, expectSameRun, sets, TINY, train, writeExperiment } from './runs.ts';

const ACCUMULATED = sets('schedule.batchSize=4', 'schedule.accumulate=2', 'optimizer.clipGradientNorm=0.5');

/** 16 keys a step: after 6 steps, the next row is not the first. */
const MOCO =
  '{name: moco, queueSize: 80, symmetric: sum, batchNormGroups: 2, shuffleKeys: true, projector: {hidden: 8, out: 4}}';
const MOCO_PLUS = '{name: moco, queueSize: 32, symmetric: mean, queues: 2, projector: {hidden: 8, out: 4}}';
const MOCO_V3 = '{name: mocov3, projector: {hidden: 8, out: 4}, predictor: {hidden: 8}}';
const BYOL = '{name: byol, projector: {hidden: 8, out: 4}, predictor: {hidden: 8}}';

// What a kill leaves is that of resume.test.ts, whatever the method; here it is a whole run cut back to step 6.
test.each([
  ['float32', 'sgd', 'MoCo, symmetric with shuffled keys', MOCO, []],
  ['float32', 'adam', 'MoCo v2+, accumulated', MOCO_PLUS, ACCUMULATED],
  ['float32', 'lars', 'MoCo v3', MOCO_V3, []],
  ['float16', 'sgd', 'BYOL', BYOL, []],
])(
  '%s, %s, %s: --resume amid an epoch gives the uninterrupted run, bit for bit',
  async (precision, optimizer, _, method, more) => {
    const folder = temporaryFolder();
    writeExperiment(folder, BUNDLED, TINY.replace(/^method: .*$/m, `method: ${method}`));
    const args = [...sets(`precision=${precision}`, `optimizer.name=${optimizer}`), ...more];
    const saving = sets('checkpoint.everySteps=3', 'checkpoint.keep=16');
    expect(await train(folder, ['-c', 'run.yaml', '-o', 'whole', ...args, ...saving])).toMatchObject({ code: 0 });
    const [whole, cut] = [join(folder, 'whole'), join(folder, 'cut')];
    cpSync(whole, cut, { recursive: true });
    const names = Object.keys(checkpoints(cut));
    expect(names[1]).toBe('step-00000006.safetensors');
    for (const name of names.slice(2)) rmSync(join(cut, 'checkpoints', name));

    const resumed = await train(folder, ['--resume', 'cut']);
    expect(resumed.stderr).not.toContain('error');
    expect(resumed.stderr).toContain('going on after step 6');
    expect(resumed.code).toBe(0);
    expectSameRun(cut, whole);
  },
);
