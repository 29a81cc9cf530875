import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.ts';
import { float32, int32, uint8 } from '../../src/runtime/host-tensor.ts';
import { UserError } from '../../src/util/errors.ts';

const CHECKPOINT: Checkpoint = {
  tensors: {
    'backbone.conv1.weight': float32([1, -2, 3.5, 0], [2, 2]),
    'optimizer.step': int32([780], []),
    'queue.pixels': uint8(Uint8Array.of(1, 2, 255), [3]),
  },
  progress: { step: 780, epoch: 2, seed: 42, configHash: 'abc', config: { method: 'simclr', views: [1, 2] } },
  toolVersion: '0.1.0',
};

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  path = join(folder, 'step.safetensors');
});
afterAll(() => rm(folder, { recursive: true }));

async function problem(): Promise<string> {
  try {
    await readCheckpoint(path);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(`Cannot read ${path}: `);
    return (error as UserError).message;
  }
  throw new Error('the checkpoint was accepted');
}

describe('a checkpoint', () => {
  it('comes back as it was written', async () => {
    await writeCheckpoint(path, CHECKPOINT);
    expect(await readCheckpoint(path)).toEqual(CHECKPOINT);
  });

  it('is refused with any one bit of it flipped', async () => {
    await writeCheckpoint(path, CHECKPOINT);
    const good = await readFile(path);
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(path, bad);
      await problem();
    }
  });

  it('is refused when cut at any length, or with anything appended', async () => {
    await writeCheckpoint(path, CHECKPOINT);
    const good = await readFile(path);
    for (let length = 0; length < good.length; length++) {
      await writeFile(path, good.subarray(0, length));
      expect(await problem()).toMatch(/cut short/);
    }
    await writeFile(path, Buffer.concat([good, Buffer.of(0)]));
    expect(await problem()).toContain('1 byte too many after the last tensor');
  });

  it('is refused with types that a run never writes, however right its checksum', async () => {
    await writeCheckpoint(path, { ...CHECKPOINT, tensors: { a: uint8(Uint8Array.of(0, 60), [2]) } });
    const text = (await readFile(path)).toString('latin1').replace('"U8","shape":[2]', '"F16","shape":[1]');
    // One character more in the header, whose length comes first.
    const bytes = Buffer.from(text.replace(/[0-9a-f]{64}/, '0'.repeat(64)), 'latin1');
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE() + 1n);
    const checksum = createHash('sha256').update(bytes).digest('hex');
    await writeFile(path, Buffer.from(bytes.toString('latin1').replace('0'.repeat(64), checksum), 'latin1'));
    expect(await problem()).toContain('tensor "a": expected dtype F32, I32, I64, U8, got "F16"');
  });

  it('names the checksum when values changed', async () => {
    await writeCheckpoint(path, CHECKPOINT);
    const bytes = await readFile(path);
    bytes[bytes.length - 1] = 254;
    await writeFile(path, bytes);
    expect(await problem()).toMatch(/damaged, its checksum is [0-9a-f]{12}\.\.\., expected [0-9a-f]{12}\.\.\.\.$/);
  });

  it('is told from other safetensors files and other versions', async () => {
    await writeSafetensors(path, CHECKPOINT.tensors);
    expect(await problem()).toContain('a safetensors file, but not a checkpoint of this tool');
    await writeSafetensors(path, {}, { formatVersion: '2', toolVersion: '9.0.0', progress: '{}' });
    await expect(readCheckpoint(path)).rejects.toMatchObject({
      message: `Cannot read ${path}: expected format version 1, got 2.`,
      hint: expect.stringContaining('version 9.0.0'),
    });
  });

  it.each(['{', 'null', '[]', '{"step":-1,"epoch":0,"seed":0,"configHash":""}', '{"step":1,"epoch":0,"seed":0}'])(
    'with the progress %s is refused',
    async (progress) => {
      await writeSafetensors(path, {}, { formatVersion: '1', progress });
      expect(await problem()).toContain('progress');
    },
  );

  it.each([NaN, Infinity, -Infinity])('with %f in it is refused, unless it is asked for', async (value) => {
    const weight = float32([1, value, 3, value], [2, 2]);
    const tensors = { ...CHECKPOINT.tensors, 'backbone.conv1.weight': weight, empty: float32([], [0]) };
    await writeCheckpoint(path, { ...CHECKPOINT, tensors });
    expect(await problem()).toContain('NaN or infinite values in 1 tensor: backbone.conv1.weight (2 of 4).');
    expect((await readCheckpoint(path, { allowNotFinite: true })).tensors).toEqual(tensors);
  });

  it.each([
    ['version', { formatVersion: '2'.repeat(2 ** 20), toolVersion: 'v'.repeat(2 ** 20), progress: '{}' }],
    ['progress', { formatVersion: '1', progress: `{"step":"${'x'.repeat(2 ** 20)}"}` }],
    ['nested progress', { formatVersion: '1', progress: `${'['.repeat(2 ** 20)}${']'.repeat(2 ** 20)}` }],
    ['more progress', { formatVersion: '1', progress: JSON.stringify(['x'.repeat(2 ** 22)]) }],
  ])('with a megabyte of %s is refused in a few words', async (_, metadata) => {
    await writeSafetensors(path, {}, metadata);
    const error = await readCheckpoint(path).catch((thrown: UserError) => thrown);
    expect(error).toBeInstanceOf(UserError);
    const { message, hint = '' } = error as UserError;
    expect((message + hint).length).toBeLessThan(path.length + 400);
  });

  it('keeps the old file when the new state contradicts itself', async () => {
    await writeCheckpoint(path, CHECKPOINT);
    const lying = { ...CHECKPOINT, tensors: { a: float32(new Float32Array(1), [2 ** 40]) } };
    await expect(writeCheckpoint(path, lying)).rejects.toThrow(RangeError);
    expect(await readCheckpoint(path)).toEqual(CHECKPOINT);
  });
});
