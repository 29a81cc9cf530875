import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/checkpoint/checkpoint.ts';
import {
  checkpointName,
  listCheckpoints,
  readLatestCheckpoint,
  saveCheckpoint,
} from '../../src/checkpoint/checkpoint-folder.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'checkpoint-folder-'));
  folder = join(root, 'run', 'checkpoints');
});
afterEach(() => rm(root, { recursive: true, force: true }));

function checkpoint(step: number, values = 4): Checkpoint {
  return {
    tensors: { w: float32(new Float32Array(values).fill(step), [values]) },
    progress: { step, epoch: 0, seed: 1, configHash: 'h' },
    toolVersion: '0.1.0',
  };
}

const unexpected = (message: string): never => {
  throw new Error(`unexpected warning: ${message}`);
};
const steps = async (): Promise<number[]> => (await listCheckpoints(folder)).map(({ step }) => step);

describe('a checkpoint folder', () => {
  it('is empty before the first save', async () => {
    expect(await listCheckpoints(folder)).toEqual([]);
    expect(await readLatestCheckpoint(folder, unexpected)).toBeUndefined();
  });

  it('names files by step, keeps the newest and finds the last by number', async () => {
    expect(checkpointName(780)).toBe('step-00000780.safetensors');
    for (const step of [1, 99_999_999, 780]) await saveCheckpoint(folder, checkpoint(step), { newest: 9 });
    const path = await saveCheckpoint(folder, checkpoint(100_000_000), { newest: 3 });
    expect(basename(path)).toBe('step-100000000.safetensors');
    expect(await steps()).toEqual([780, 99_999_999, 100_000_000]);
    const latest = await readLatestCheckpoint(folder, unexpected);
    expect(latest).toMatchObject({ step: 100_000_000, path, checkpoint: checkpoint(100_000_000) });
  });

  it('leaves other files alone and sweeps up what a killed writer left', async () => {
    await mkdir(folder, { recursive: true });
    const others = ['best.safetensors', 'step-12.safetensors', 'step-00000001.safetensors.bak', '.step-notes.tmp'];
    for (const name of [...others, '.step-00000003.safetensors.0a1b2c3d.tmp']) await writeFile(join(folder, name), 'x');
    await saveCheckpoint(folder, checkpoint(5), { newest: 1 });
    await saveCheckpoint(folder, checkpoint(6), { newest: 1 });
    expect((await readdir(folder)).sort()).toEqual([...others, 'step-00000006.safetensors'].sort());
  });

  it('replaces the checkpoint of the same step', async () => {
    await saveCheckpoint(folder, checkpoint(5, 100), { newest: 1 });
    await saveCheckpoint(folder, checkpoint(5, 2), { newest: 1 });
    expect((await readLatestCheckpoint(folder, unexpected))?.checkpoint).toEqual(checkpoint(5, 2));
  });

  it('falls back past damaged checkpoints with a warning each', async () => {
    for (const step of [1, 2, 3]) await saveCheckpoint(folder, checkpoint(step), { newest: 3 });
    await truncate(join(folder, checkpointName(3)), 100);
    await writeFile(join(folder, checkpointName(2)), '');
    const warnings: string[] = [];
    const latest = await readLatestCheckpoint(folder, (message) => warnings.push(message));
    expect(latest?.step).toBe(1);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain(`Cannot read ${join(folder, checkpointName(3))}: cut short`);
  });

  it('tells what is wrong with each when none can be read, and counts what is too much to list', async () => {
    for (let step = 1; step <= 11; step++) await saveCheckpoint(folder, checkpoint(step), { newest: 20 });
    for (let step = 2; step <= 9; step++) await writeFile(join(folder, checkpointName(step)), '');
    await truncate(join(folder, checkpointName(11)), 100);
    await writeFile(join(folder, checkpointName(10)), 'x'.repeat(100));
    await saveCheckpoint(folder, { ...checkpoint(1), tensors: { w: float32([1, Number.NaN], [2]) } }, { newest: 20 });
    expect(await listCheckpoints(folder)).toHaveLength(11);
    const error = await readLatestCheckpoint(folder, unexpected).catch((thrown: Error) => thrown.message);
    expect(error).toBe(`None of the 11 checkpoints in ${folder} can be read:
  step-00000011.safetensors: cut short: its header should have 272 bytes, the file has 100.
  step-00000010.safetensors: not a safetensors file: its header would have 8680820740569200760 bytes.
${[9, 8, 7, 6, 5, 4].map((step) => `  step-0000000${step}.safetensors: cut short: expected a safetensors file, got 0 bytes.`).join('\n')}
  and 3 more`);
  });

  it('keeps the one just saved when damaged ones of later steps fill the quota', async () => {
    for (const step of [10, 20]) await saveCheckpoint(folder, checkpoint(step), { newest: 2 });
    for (const step of [10, 20]) await writeFile(join(folder, checkpointName(step)), 'damaged');
    await saveCheckpoint(folder, checkpoint(6), { newest: 2 });
    expect(await steps()).toEqual([6, 10, 20]);
    expect((await readLatestCheckpoint(folder, () => {}))?.step).toBe(6);
  });

  it('reports a folder that cannot be made or listed', async () => {
    await writeFile(join(root, 'run'), '');
    await expect(saveCheckpoint(folder, checkpoint(1), { newest: 1 })).rejects.toThrow(
      /^Cannot make the folder .*: ENOTDIR/,
    );
    await expect(listCheckpoints(join(root, 'run'))).rejects.toThrow(/^Cannot list .*: ENOTDIR/);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'keeps every old checkpoint when the disk is full (a real mount)',
    async (test) => {
      await mkdir(folder, { recursive: true });
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
      } catch {
        return test.skip('mounting a tmpfs is not permitted here');
      }
      try {
        for (const step of [1, 2]) await saveCheckpoint(folder, checkpoint(step, 80_000), { newest: 2 });
        const error = saveCheckpoint(folder, checkpoint(3, 120_000), { newest: 1 });
        await expect(error).rejects.toThrow(/no space left in its folder \(480 kB needed, \d+ kB free\)/);
        expect((await readdir(folder)).sort()).toEqual([checkpointName(1), checkpointName(2)]);
        expect((await readLatestCheckpoint(folder, unexpected))?.checkpoint).toEqual(checkpoint(2, 80_000));
      } finally {
        execFileSync('umount', [folder]);
      }
    },
  );

  it('resumes from a whole checkpoint whenever the writer is killed', async () => {
    let first = 1;
    for (let round = 0; round < 5; round++) {
      const script = join(import.meta.dirname, 'save-forever.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', script, folder, String(first)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, 5 + 9 * round));
      child.kill('SIGKILL');
      await once(child, 'exit');
      const latest = await readLatestCheckpoint(folder, unexpected);
      expect(latest?.step).toBeGreaterThanOrEqual(first);
      const weights = latest?.checkpoint.tensors['weights'];
      expect(weights?.data.every((value) => value === latest?.step)).toBe(true);
      first = (latest?.step ?? 0) + 1;
    }
    await saveCheckpoint(folder, checkpoint(first), { newest: 2 });
    const names = await readdir(folder);
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect((await readFile(join(folder, checkpointName(first)))).length).toBeLessThan(1000);
  });
});
