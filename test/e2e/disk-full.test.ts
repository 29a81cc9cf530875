import { execFileSync } from 'node:child_process';
import { mkdirSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { checkpoints, metrics, problem, sets, train, withBundled } from './runs.ts';

test('an existing run is never overwritten unasked; a full disk loses nothing, and the run goes on when there is space', async () => {
  const folder = withBundled();
  const run = join(folder, 'run');
  const args = ['-c', 'run.yaml', '--output', 'run'];
  const first = sets('checkpoint.everySteps=20', 'export.atEnd=[torchvision]');
  expect(await train(folder, [...args, ...first])).toMatchObject({ code: 0 });
  const whole = checkpoints(run);
  expect(problem(await train(folder, args), folder)).toMatchInlineSnapshot(`
    "exit 2: error: expected a new run folder, got FOLDER/run, which holds a run (checkpoints, config.yaml, exports, images.tsv.gz, log.jsonl, metrics.jsonl, report.html, report.json, views.png)
    hint: Go on with it by --resume, start anew by --overwrite, or choose another folder by --output.
    "
  `);
  expect(checkpoints(run)).toEqual(whole);

  // From the first step on no file may grow beyond 100 KiB, as on a disk that fills: a checkpoint is larger. The report
  // can't be written either.
  rmSync(join(run, 'checkpoints/step-00000048.safetensors'));
  rmSync(join(run, 'report.json'));
  mkdirSync(join(run, 'report.json'));
  const full = await train(folder, ['--resume', 'run'], {
    when: [' done in ', (pid) => void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${100 * 1024}`])],
  });
  expect(full.code).toBe(1);
  expect(full.stderr).toMatch(/^error: Cannot write .*step-00000048.safetensors: the file would be larger/m);
  expect(full.stderr.match(/^error:/gm)).toHaveLength(1);
  expect(Object.keys(checkpoints(run))).toEqual(['step-00000040.safetensors']);
  await readCheckpoint(join(run, 'checkpoints/step-00000040.safetensors'));
  expect(metrics(run).at(-1)).toMatchObject({ type: 'end', reason: 'failed', step: 48 });
  rmdirSync(join(run, 'report.json'));

  rmSync(join(run, 'log.jsonl'));
  symlinkSync('/dev/full', join(run, 'log.jsonl'));
  const log = await train(folder, ['--resume', 'run', '--quiet']);
  expect(problem(log, folder)).toBe(
    'exit 1: error: Cannot write FOLDER/run/log.jsonl: no space left on the disk.\nhint: Free some space, then go on with --resume.\n',
  );

  rmSync(join(run, 'log.jsonl'));
  expect(await train(folder, ['--resume', 'run'])).toMatchObject({ code: 0 });
  expect(checkpoints(run)['step-00000048.safetensors']).toEqual(whole['step-00000048.safetensors']);
});
