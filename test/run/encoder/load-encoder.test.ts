import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { lookupIn, scoped } from '../../../src/nn/layer.ts';
import { type EncoderSource, type LoadedEncoder, loadEncoder } from '../../../src/run/encoder/load-encoder.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { runOnce } from '../../../src/runtime/run-once.ts';
import { type Tensor, tf } from '../../../src/runtime/tf.ts';
import { randomStream } from '../../../src/util/rng.ts';
import { temporaryFolder } from '../../cli/run-command.ts';
import { rejection } from '../rejection.ts';
import { writeTinyRun } from './tiny-run.ts';

const SIZE = 16;

async function load(source: EncoderSource): Promise<LoadedEncoder> {
  const encoder = await loadEncoder(source);
  onTestFinished(encoder.close);
  return encoder;
}

/** RGB pixels of so many images, uint8 [count, SIZE, SIZE, 3]. */
function randomPixels(count: number): Uint8Array {
  const random = randomStream(5);
  return Uint8Array.from({ length: count * SIZE * SIZE * 3 }, () => Math.floor(256 * random.uniform()));
}

const rowOf = (values: Float32Array, row: number, width: number) => [
  ...values.subarray(row * width, (row + 1) * width),
];

function expectClose(values: readonly number[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  const largest = Math.max(...values.map((value, i) => Math.abs(value - (expected[i] as number))));
  expect(largest / scale).toBeLessThan(1e-5);
}

describe('an encoder of a run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'load-'));
  const run = join(folder, 'run');
  afterAll(() => rmSync(folder, { recursive: true }));
  let made: Awaited<ReturnType<typeof writeTinyRun>>;
  beforeAll(async () => {
    made = await writeTinyRun(run);
  });

  test('gives the features of its backbone on normalised pixels', async () => {
    const encoder = await load({ run, settings: { 'views.normalize': 'imagenet' } });
    expect(encoder).toMatchObject({ path: made.checkpoint, notes: [], featureSize: 32, size: SIZE });
    const pixels = randomPixels(2);
    const { backbone } = made.parts.model;
    const { value } = await runOnce(
      ({ x, ...state }) => {
        const scaled = tf.div(x as Tensor, 255);
        const views = tf.div(tf.sub(scaled, [0.485, 0.456, 0.406]), [0.229, 0.224, 0.225]);
        return backbone.layer.apply(scoped(lookupIn(state), 'backbone.'), views, { mode: 'eval' }).y;
      },
      { x: { dtype: 'float32', shape: [2, SIZE, SIZE, 3], data: Float32Array.from(pixels) }, ...made.state },
    );
    expectClose([...(await encoder.embedPixels(pixels))], [...((value as HostTensor).data as Float32Array)]);
  });

  test('gives the same of few images and of many', async () => {
    const encoder = await load({ run });
    const pixels = randomPixels(35);
    const many = await encoder.embedPixels(pixels);
    expect(many).toHaveLength(35 * 32);
    for (const row of [0, 31, 34]) {
      const one = await encoder.embedPixels(pixels.subarray(row * SIZE * SIZE * 3, (row + 1) * SIZE * SIZE * 3));
      expectClose([...one], rowOf(many, row, 32));
    }
    expect(await encoder.embedPixels(new Uint8Array(0))).toEqual(new Float32Array(0));
    await expect(encoder.embedPixels(new Uint8Array(5))).rejects.toThrow('Expected uint8 pixels [n, 16, 16, 3], got 5');
  });

  test('reads files and their contents, and says which can not be used', async () => {
    const folder = temporaryFolder();
    const pixels = randomPixels(2);
    const files = [join(folder, 'a.png'), join(folder, 'b.png')];
    for (const [row, file] of files.entries()) {
      const raw = { width: SIZE, height: SIZE, channels: 3 } as const;
      await sharp(pixels.subarray(row * SIZE * SIZE * 3, (row + 1) * SIZE * SIZE * 3), { raw })
        .png()
        .toFile(file);
    }
    const encoder = await load({ checkpoint: made.checkpoint });
    const expected = await encoder.embedPixels(pixels);
    expect(await encoder.embed(files)).toEqual(expected);
    expect(await encoder.embed([files[0] as string, readFileSync(files[1] as string)])).toEqual(expected);
    writeFileSync(join(folder, 'c.png'), 'none');
    expect(await rejection(encoder.embed([...files, join(folder, 'c.png')]))).toMatch(/image.*c\.png: /);
    expect(await rejection(encoder.embed([join(folder, 'd.png')]))).toMatch(/d\.png: ENOENT/);
    expect(await rejection(encoder.embed([Buffer.from('none')]))).toMatch(/image 0: /);
  });

  test('is found in a file of weights, without its run', async () => {
    const weights = join(temporaryFolder(), 'weights.safetensors');
    copyFileSync(made.checkpoint, weights);
    const pixels = randomPixels(1);
    const encoder = await load({ weights });
    expect(encoder.notes.join()).toContain('tensors of the backbone matched');
    expect(await encoder.embedPixels(pixels)).toEqual(await (await load({ run })).embedPixels(pixels));
  });
});

test('exactly one place must be named, and settings are checked', async () => {
  expect(await rejection(loadEncoder({}))).toBe(
    'exit 2: loadEncoder: expected one of run, checkpoint and weights, got none of them',
  );
  expect(await rejection(loadEncoder({ run: 'a', weights: 'b' }))).toContain('got run and weights');
  const run = join(temporaryFolder(), 'run');
  await writeTinyRun(run);
  const wrong = await rejection(loadEncoder({ run, settings: { 'views.siez': 32 } }));
  expect(wrong).toContain('settings views.siez');
  expect(wrong).toContain('did you mean');
});
