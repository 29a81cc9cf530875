import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roomWarnings } from '../../src/run/folder/disk-room.ts';
import { findNvidiaDriver } from '../../src/util/nvidia-driver.ts';
import { makePlayground, type } from './mistakes/playground.ts';

let folder = '';

beforeAll(() => {
  folder = makePlayground();
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The warnings of a dry run, a line each. */
async function warnings(command: string): Promise<string[]> {
  const { code, stdout, stderr } = await type(command, folder, join(folder, 'programs'));
  expect(`${code} ${stderr}`).toMatch(/^0 /);
  const at = stdout.indexOf('\nwarnings ');
  if (at === -1) return [];
  return stdout
    .slice(at + 1)
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(15));
}

test('memory that there is not is warned of, with a batch that fits', async () => {
  const large = 'cl-train run.yaml --dry-run --set views.size=224 --set backbone={name:\\ resnet50,stem:\\ imagenet}';
  const limited = `ulimit -v 14000000; ${large}`;
  const found = (await warnings(`${limited} --batch-size 512`)).find((line) => line.startsWith('memory')) ?? '';
  const [, batch] =
    /^memory: about [\d.]+ GB asked .*, and there are [\d.]+ GB of (?:addresses \(ulimit -v\)|memory|its container): .*--batch-size (\d+) takes/.exec(
      found,
    ) ?? [];
  expect(found).toMatch(/--batch-size \d+/);
  expect((await warnings(`${limited} --batch-size ${batch}`)).filter((line) => line.startsWith('memory'))).toEqual([]);
});

test.skipIf(findNvidiaDriver() !== undefined)('a GPU that is not there is refused as the run is', async () => {
  const run = await type('cl-train run.yaml --device gpu', folder, join(folder, 'programs'));
  expect(run).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^error: Expected a GPU \(device: gpu\), but this machine shows no NVIDIA driver\.\nhint: /,
    ),
  });
  expect(await type('cl-train run.yaml --device gpu --dry-run', folder, join(folder, 'programs'))).toEqual(run);
});

test('a folder that holds a run is told with the commands that go on with it or replace it', async () => {
  const command = 'cl-train run.yaml --dry-run --output runs/simclr';
  const place = join(folder, 'runs/simclr');
  const holds = `expected a new run folder, got ${place}, which holds a run (checkpoints, config.yaml)`;
  const others = '--overwrite starts anew, --output puts the run elsewhere';
  expect(await warnings(command)).toContain(`${holds}: cl-train --resume runs/simclr goes on with it, ${others}`);
  expect((await warnings(`${command} --overwrite`)).join()).not.toContain('holds a run');
  expect((await warnings('cl-train --resume runs/simclr --dry-run')).join()).not.toContain('holds a run');
  rmSync(join(place, 'checkpoints/step-00000001.safetensors'));
  expect(await warnings(command)).toContain(`${holds}: ${others}`);
  expect(
    (await type('cl-train run.yaml --resume --dry-run --output runs/none', folder, join(folder, 'programs'))).stderr,
  ).toBe(
    `error: --resume: expected checkpoints in ${join(folder, 'runs/none/checkpoints')}, found none\nhint: Leave --resume out to start the run, or name another folder with --output.\n`,
  );
});

test('a large share of an epoch that is left over is told, with batches that leave less', async () => {
  const left = async (size: number | string): Promise<string> =>
    (await warnings(`cl-train run.yaml --dry-run --batch-size ${size}`)).find((line) => line.includes('left over')) ??
    '';
  const found = await left(400);
  expect(found).toBe(
    'schedule.batchSize: 112 of 512 images (22 %) are left over in each epoch, others each time; --batch-size 256 leaves 0 %',
  );
  expect(await left(256)).toBe('');
});

test('a disk without room for the checkpoints is warned of', async () => {
  const checkpoint = { keep: 2, keepEveryEpochs: 10, keepBest: true };
  const [warning = ''] = await roomWarnings(join(folder, 'runs/new'), { checkpoint, epochs: 25, bytes: 1e15 });
  expect(warning).toMatch(
    /^the disk of the run folder has [\d.]+ .B free \(.*\/runs\), and 6 checkpoints of 1\.00 PB take/,
  );
  expect(await roomWarnings(join(folder, 'runs/new'), { checkpoint, epochs: 25, bytes: 1 })).toEqual([]);
});

test('--measure times real steps of the run, and says how long it would take', async () => {
  const small = '--batch-size 8 --set data.subsetPerClass=20';
  const { code, stdout } = await type(
    `cl-train run.yaml --dry-run --measure ${small}`,
    folder,
    join(folder, 'programs'),
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^duration {7}[\d:]+ from the first step to the last, .* end at .*\n {15}measured on .*: [\de.-]+ s a step/m,
  );
  expect(await type('cl-train run.yaml --measure', folder, join(folder, 'programs'))).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: --measure: expected --dry-run, which it is for, got none\n',
  });
  expect((await type('ls runs', folder, undefined)).stdout).toBe('simclr\n');
});
