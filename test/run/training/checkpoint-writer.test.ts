import { open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readLatestCheckpoint } from '../../../src/checkpoint/checkpoint-folder.ts';
import { createRunWriting } from '../../../src/run/folder/retry-run.ts';
import { type CheckpointWriting, createCheckpointWriter } from '../../../src/run/training/checkpoint-writer.ts';
import { float32 } from '../../../src/runtime/host-tensor.ts';
import type { EventOf } from '../../../src/train/events.ts';
import { tempFolder } from '../../data/temp-files.ts';

/** A writer, the value that its state is made of, and what it told. */
function makeWriter(changes: Partial<CheckpointWriting> = {}) {
  const folder = join(tempFolder(), 'checkpoints');
  const told: EventOf<'checkpoint'>[] = [];
  const state = { value: 0, reads: 0 };
  const writer = createCheckpointWriter({
    program: {
      async read() {
        state.reads++;
        return { w: float32(new Float32Array(100_000).fill(state.value), [100_000]) };
      },
    },
    folder,
    keeping: { newest: 2 },
    describe: (step, epoch) => ({ progress: { step, epoch, seed: 0, configHash: '' }, toolVersion: '0' }),
    tell: async (event) => void told.push(event),
    retry: async (work) => work(),
    ...changes,
  });
  return { writer, folder, told, state };
}

const latest = async (folder: string) =>
  readLatestCheckpoint(folder, (message) => {
    throw new Error(message);
  });

describe('the writer of checkpoints', () => {
  it('copies the state at once, and writes it beside what follows', async () => {
    const { writer, folder, told, state } = makeWriter();
    state.value = 7;
    await writer.save(3, 1);
    state.value = 8;
    expect(told).toEqual([]);
    await writer.settle();
    const found = await latest(folder);
    expect(found?.checkpoint).toMatchObject({ progress: { step: 3, epoch: 1 } });
    expect(found?.checkpoint.tensors['w']?.data.every((value) => value === 7)).toBe(true);
    expect(told).toEqual([{ type: 'checkpoint', step: 3, epoch: 1, path: found?.path, bytes: expect.any(Number) }]);
  });

  it('waits with the next copy until the file before it is there and told of', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { writer, folder, state } = makeWriter({ tell: () => gate });
    await writer.save(1, 0);
    let isSaved = false;
    const second = writer.save(2, 0).then(() => {
      isSaved = true;
    });
    while ((await readdir(folder).catch(() => [])).every((name) => name.startsWith('.'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect({ isSaved, reads: state.reads }).toEqual({ isSaved: false, reads: 1 });
    release();
    await second;
    expect(state.reads).toBe(2);
    await writer.settle();
    expect((await latest(folder))?.step).toBe(2);
  });

  it('writes a state once, however often it is asked to', async () => {
    const { writer, told } = makeWriter();
    await writer.save(1, 0);
    await writer.save(1, 0);
    await writer.settle();
    expect(told).toHaveLength(1);
  });

  it('tells of a failure after the next step, at the next save, or at the end, once; and then tries again', async () => {
    const { writer, folder } = makeWriter();
    await writeFile(folder, 'not a folder');
    for (const ask of [
      () => writer.settle(),
      () => writer.save(2, 0),
      async () => {
        while (true) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          writer.check();
        }
      },
    ]) {
      await writer.save(1, 0);
      await expect(ask()).rejects.toThrow(/^Cannot make the folder .*: E/);
      writer.check();
    }
  });

  it('counts what can not be told as a failure, once the file is there', async () => {
    const tell = async (): Promise<never> => {
      throw new Error('the log is full');
    };
    const { writer, folder } = makeWriter({ tell });
    await writer.save(1, 0);
    expect(writer.savedStep()).toBeUndefined();
    await expect(writer.settle()).rejects.toThrow('the log is full');
    expect(writer.savedStep()).toBe(1);
    expect((await latest(folder))?.step).toBe(1);
  });

  it('waits for a network disk that is away, up to a limit, and for no full one', async () => {
    const file = await open(join(tempFolder(), 'any'), 'w');
    const sync = vi.spyOn(Object.getPrototypeOf(file) as typeof file, 'sync');
    onTestFinished(() => {
      sync.mockRestore();
      return file.close();
    });
    const away = (code: string): Error => Object.assign(new Error(`${code}: not now, fsync`), { code });
    const said: string[] = [];
    const waits: number[] = [];
    const now = (): number => waits.reduce((sum, seconds) => sum + seconds, 0);
    const say = (message: string): void => void said.push(message);
    const sleep = async (seconds: number): Promise<void> => void waits.push(seconds);
    const retry = createRunWriting({ limitSeconds: 60, say, now, sleep });
    const { writer, folder, told } = makeWriter({ retry });
    for (const code of ['EIO', 'ESTALE', 'ETIMEDOUT']) sync.mockRejectedValueOnce(away(code));
    await writer.save(1, 0);
    await writer.settle();
    expect(told).toMatchObject([{ step: 1 }]);
    expect(await readdir(folder)).toEqual(['step-00000001.safetensors']);
    expect(said).toEqual([
      "the run's folder can't be written for now (EIO): trying again for up to 1 minute",
      "the run's folder can be written again, after 7 s",
    ]);

    for (const [code, tried] of [
      ['EIO', 60],
      ['EDQUOT', 0],
    ] as const) {
      const begun = now();
      sync.mockRejectedValue(away(code));
      await writer.save(2, 0);
      const problem = `Cannot write .*/step-00000002.safetensors: .*\\.${tried > 0 ? ' It was tried again for 1 minute\\.' : ''}$`;
      await expect(writer.settle()).rejects.toThrow(new RegExp(problem));
      expect(now() - begun).toBe(tried);
      expect(await readdir(folder)).toEqual(['step-00000001.safetensors']);
    }
  });

  it('does not put a state that is not finite in the place of a good one', async () => {
    const { writer, folder, state } = makeWriter({ keeping: { newest: 1 } });
    await writer.save(1, 0);
    state.value = Number.NaN;
    await writer.save(2, 0);
    await expect(writer.settle()).rejects.toThrow(
      'The state after step 2 is not saved: NaN or infinite values in 1 tensor: w (100,000 of 100,000).',
    );
    expect((await latest(folder))?.step).toBe(1);
  });
});
