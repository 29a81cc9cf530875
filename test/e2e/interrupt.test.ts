import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkpoints, train, withBundled } from './runs.ts';

const interrupt = (pid: number): void => void process.kill(pid, 'SIGINT');

test('Ctrl-C while the graph is recorded leaves nothing behind; in the first step it ends that step and saves', async () => {
  const folder = withBundled();
  const args = ['-c', 'run.yaml', '--output', 'run'];
  const recording = await train(folder, args, { when: ['recording the graph', interrupt] });
  expect(recording).toMatchObject({ code: 130, stdout: '' });
  expect(recording.stderr).not.toContain('error');
  expect(existsSync(join(folder, 'run'))).toBe(false);

  const preparing = await train(folder, args, { when: ['preparing the graph', interrupt] });
  expect(preparing).toMatchObject({ code: 130, stdout: '' });
  expect(preparing.stderr).toMatch(/preparing the graph for the first step: about \d+ s\n/);
  const saved = Number(/interrupted after (\d+) steps?/.exec(preparing.stderr)?.[1]);
  expect(saved).toBeLessThan(48);
  expect(Object.keys(checkpoints(join(folder, 'run')))).toHaveLength(saved > 0 ? 1 : 0);
});
