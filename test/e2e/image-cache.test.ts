import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inRepository, temporaryFolder } from '../cli/run-command.ts';
import { checkpoints, LAST, problem, sets, train, writeExperiment } from './runs.ts';

const NARROW = sets('data.memoryBudget=100kB');

test('a run is the same to the bit with images in memory, out of the cache, and in a cache file', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'images'));
  execFileSync('tar', ['-xf', inRepository('data/cifar10-mini.tar.gz'), '-C', join(folder, 'images')]);
  writeExperiment(folder, 'data: {path: images, subsetPerClass: 13, cache: on}\n');
  const env = { CL_IMAGE_CACHE: join(folder, 'cache') };

  const args = ['-c', 'run.yaml', '--output'];
  const first = await train(folder, [...args, 'first'], { env });
  expect(first.code).toBe(0);
  expect(first.stderr).toMatch(
    /decoding training images\n[\s\S]*test 2,000; in memory, kept in a cache file for the next/,
  );
  // Training images and test images.
  expect(readdirSync(env.CL_IMAGE_CACHE)).toHaveLength(2);

  const stop = (pid: number): boolean => process.kill(pid, 'SIGINT');
  const second = await train(folder, [...args, 'second', ...sets('checkpoint.everySteps=3')], {
    env,
    when: ['step-00000006.safetensors', stop],
  });
  expect(second.code).toBe(130);
  expect(second.stderr).not.toContain('decoding');
  expect(second.stderr).toMatch(/; in memory, read from the cache file \(\d+ kB\)$/m);

  const third = await train(folder, ['--resume', 'second', ...NARROW], { env });
  expect(third.code).toBe(0);
  expect(third.stderr).not.toContain('decoding');
  expect(third.stderr).toMatch(/; in a cache file in .*cache: \d+ kB, larger than data.memoryBudget \(100 kB\)$/m);
  expect(third.stdout).toBe(first.stdout);
  expect(checkpoints(join(folder, 'second'))[LAST]).toEqual(checkpoints(join(folder, 'first'))[LAST]);
});

test('a run that is called off while it decodes leaves no cache file', async () => {
  const folder = temporaryFolder();
  writeExperiment(folder, `data: {path: ${inRepository('data/cifar10-mini.tar.gz')}, cache: on}\n`);
  const env = { CL_IMAGE_CACHE: join(folder, 'cache') };
  const stop = (pid: number): boolean => process.kill(pid, 'SIGTERM');
  const outcome = await train(folder, ['-c', 'run.yaml', '--output', 'run'], {
    env,
    when: ['decoding training', stop],
  });
  expect(problem(outcome, folder)).toMatchInlineSnapshot(`
    "exit 143: decoding training images

    cl-train: stopping after this step and saving; a second signal stops at once
    "
  `);
  expect(readdirSync(folder)).toEqual(['run.yaml']);
});
