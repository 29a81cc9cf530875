import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { float32, int32 } from '../../src/runtime/host-tensor.ts';
import { hashFile } from '../../src/util/hash-file.ts';

let cwd: string;

const SETTINGS = { method: { name: 'simclr' }, backbone: { name: 'resnet18' } };

async function write(path: string, step: number, value: number): Promise<void> {
  await writeCheckpoint(join(cwd, path), {
    tensors: {
      'backbone.conv1.weight': float32([1, value, value, 4], [2, 2]),
      'projector.bias': float32([1, 2], [2]),
      'optimizer.momentum.projector.bias': float32([0, 0], [2]),
      'optimizer.step': int32([step], []),
    },
    progress: { step, epoch: 2, seed: 5, configHash: 'h', images: 5000, settings: SETTINGS },
    toolVersion: '0.1.0',
  });
}

const doctor = (...args: string[]) => doctorIn(cwd, ...args);

function doctorIn(folder: string, ...args: string[]) {
  const script = ['--import', import.meta.resolve('tsx'), join(import.meta.dirname, 'cl-doctor-child.ts')];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...script, 'checkpoint', ...args], {
    cwd: folder,
    encoding: 'utf8',
    // Neither colours nor escapes of a locale.
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  return { status, stdout, stderr };
}

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'cl-doctor-'));
  mkdirSync(join(cwd, 'run/checkpoints'), { recursive: true });
  writeFileSync(join(cwd, 'run/config.yaml'), 'data: {path: x}\n');
  await write('run/checkpoints/step-00000780.safetensors', 780, 3);
  await write('run/checkpoints/step-00000760.safetensors', 760, 2);
  await write('moved.safetensors', 9, 2);
  await write('diverged.safetensors', 9, Number.NaN);
});

afterAll(() => rmSync(cwd, { recursive: true }));

it('describes a good checkpoint of a run, and what takes it', async () => {
  const file = 'run/checkpoints/step-00000780.safetensors';
  const bytes = readFileSync(join(cwd, file)).length;
  const sha256 = await hashFile(join(cwd, file));
  const { status, stdout, stderr } = doctor(file);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(`ok       ${file}
         step 780, after 2 whole epochs; seed 5; by version 0.1.0
         simclr, resnet18, 5,000 training images
         4 tensors, 36 B: backbone 1 (16 B), optimizer 2 (12 B), projector 1 (8 B)
         ${bytes} B on the disk; its checksum is right; SHA-256 ${sha256}
         to use it: cl-train --resume run
         to use it: cl-eval knn --checkpoint ${file}
         to use it: cl-export --checkpoint ${file} --format onnx --output FOLDER
         to use it: cl-train --config FILE --data FOLDER --init ${file}
`);
});

it('names the run of a checkpoint from wherever it is looked at', () => {
  for (const [folder, file, run] of [
    ['run/checkpoints', 'step-00000780.safetensors', '..'],
    ['run', 'checkpoints/step-00000780.safetensors', '.'],
    ['.', join(cwd, 'run/checkpoints/step-00000780.safetensors'), join(cwd, 'run')],
  ] as const) {
    expect(doctorIn(join(cwd, folder), file).stdout).toContain(`to use it: cl-train --resume ${run}\n`);
  }
});

it('describes all of a run as JSON, and exits with 1 where one is damaged', () => {
  truncateSync(join(cwd, 'run/checkpoints/step-00000760.safetensors'), 100);
  const { status, stdout, stderr } = doctor('run', '--json');
  expect(status).toBe(1);
  expect(stderr).toBe(
    "error: 1 checkpoint of 2 can't be gone on from\nhint: cl-train --resume takes the newest of the others by itself.\n",
  );
  const { ok, checkpoints } = JSON.parse(stdout);
  expect(ok).toBe(false);
  expect(checkpoints).toMatchObject([
    {
      path: 'run/checkpoints/step-00000760.safetensors',
      ok: false,
      problem: expect.stringMatching(/^cut short/),
      uses: [],
    },
    { ok: true, holds: { step: 780, method: 'simclr', backbone: 'resnet18', tensors: 4, bytes: 36, notFinite: [] } },
  ]);
});

it('names values that are not finite, and what still takes them', () => {
  const { status, stdout } = doctor('diverged.safetensors');
  expect(status).toBe(1);
  expect(stdout).toContain('damaged  diverged.safetensors\n         values are NaN or infinite');
  expect(stdout).toContain('not finite: 1 tensor: backbone.conv1.weight (2 of 4)\n');
  expect(stdout).toContain('cl-eval knn --weights diverged.safetensors --data FOLDER\n');
  expect(stdout).not.toContain('--resume');
});

it('knows that a checkpoint away from its run is a file of weights', () => {
  const { status, stdout } = doctor('moved.safetensors');
  expect(status).toBe(0);
  expect(stdout).toContain('to use it: cl-eval knn --weights moved.safetensors --data FOLDER\n');
  expect(stdout).not.toContain('--checkpoint');
});

it.each([
  [
    'none',
    'error: expected a checkpoint, or a run folder, got none, which does not exist\nhint: Name a file, its folder, or a run folder: cl-doctor checkpoint runs/NAME\n',
  ],
  [
    '.',
    'error: expected checkpoints (step-*.safetensors) in ., found none\nhint: Name a file, its folder, or a run folder: cl-doctor checkpoint runs/NAME\n',
  ],
])('refuses %s', (path, message) => {
  expect(doctor(path)).toEqual({ status: 2, stdout: '', stderr: message });
});
