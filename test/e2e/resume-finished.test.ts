import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../cli/run-command.ts';
import { checkpoints, metrics, sets, TINY, train, writeExperiment } from './runs.ts';

const EVALUATED = TINY.replace('{knn: {everyEpochs: 0}, linearProbe: false}', '{knn: {everyEpochs: 3}}');

/** The contents of all files of a run, and when they were changed. */
function filesOf(run: string): Record<string, readonly [content: string, changed: number]> {
  const names = readdirSync(run, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.map((name) => join(run, name)).filter((path) => statSync(path).isFile());
  return Object.fromEntries(files.map((path) => [path, [readFileSync(path, 'hex'), statSync(path).mtimeMs]]));
}

const evaluationsOf = (run: string): string[] =>
  metrics(run).flatMap((record) =>
    record.type === 'evaluation' ? [`${record.step} ${record.evaluation.name} ${record.evaluation.subject}`] : [],
  );

const endsOf = (run: string): string[] =>
  metrics(run).flatMap((record) => (record.type === 'end' ? [`${record.step} ${record.reason}`] : []));

test('a run that was stopped in its evaluation goes on with what is missing of it; then it is finished, and stays as it is', async () => {
  const folder = temporaryFolder();
  const run = join(folder, 'run');
  writeExperiment(folder, undefined, EVALUATED);
  const stop = (pid: number): void => void process.kill(pid, 'SIGINT');
  const first = await train(folder, ['-c', 'run.yaml', '-o', 'run'], {
    when: ['evaluating untrained encoder (2 of 3)', stop],
  });
  expect(first.code).toBe(130);
  expect(endsOf(run)).toEqual(['48 interrupted']);
  const made = evaluationsOf(run);
  expect(made).toEqual(['48 knn pretrained', '48 linear-probe pretrained']);
  const trained = checkpoints(run);

  const second = await train(folder, ['--resume', 'run']);
  expect(second.code).toBe(0);
  expect(second.stderr).not.toContain('evaluating pretrained encoder');
  expect(second.stdout).toMatch(/^linear probe +pretrained /m);
  expect(endsOf(run)).toEqual(['48 interrupted', '48 finished']);
  const floors = ['untrained', 'pixels'].flatMap((subject) => [`48 knn ${subject}`, `48 linear-probe ${subject}`]);
  expect(evaluationsOf(run)).toEqual([...made, ...floors]);
  expect(checkpoints(run)).toEqual(trained);

  const before = filesOf(run);
  const done = `${run} is already finished: 48 steps, 3 epochs\n`;
  for (const args of [
    ['--resume', 'run'],
    ['-c', 'run.yaml', '-o', 'run', '--resume'],
    ['-c', 'run.yaml', '-o', 'run', '--resume', 'auto'],
    ['--resume', 'run', ...sets('evaluate.knn.k=5')],
  ]) {
    const { code, stdout, stderr } = await train(folder, args);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr.slice(0, done.length)).toBe(done);
    expect(filesOf(run)).toEqual(before);
  }
  expect((await train(folder, ['--resume', 'run', '--quiet'])).stderr).toBe('');
  expect((await train(folder, ['--resume', 'run'])).stderr.slice(done.length)).toMatch(
    /^to train it longer: .*cl-train.* --resume .*run --epochs N; to evaluate it again: .*cl-eval.* linear-probe --run .*run\n$/,
  );
});
