import { describe, expect, it } from 'vitest';
import { extractFeatures } from '../../src/evaluate/extract-features.ts';
import { fingerprint, whileFrozen } from '../../src/evaluate/frozen-encoder.ts';
import { pixelFeatures, pixelSize } from '../../src/evaluate/pixels.ts';
import { float32 } from '../../src/runtime/host-tensor.ts';

const images = {
  data: Uint8Array.from({ length: 7 * 2 * 2 * 3 }, (_, i) => (37 * i) % 251),
  count: 7,
  height: 2,
  width: 2,
};

describe('extractFeatures', () => {
  /** Sums of the two halves of every image of a batch. */
  const embed = (batchSize: number) => async (batch: Uint8Array) => {
    expect(batch).toHaveLength(batchSize * 12);
    const sum = (from: number) => batch.subarray(from, from + 6).reduce((a, b) => a + b, 0);
    return Float32Array.from({ length: 2 * batchSize }, (_, i) => sum(6 * i));
  };

  it('gives every image its features, whatever the batch size', async () => {
    const whole = await extractFeatures(embed(7), images, 7);
    expect(whole).toMatchObject({ count: 7, width: 2 });
    for (const size of [1, 2, 3, 5, 16]) expect(await extractFeatures(embed(size), images, size)).toEqual(whole);
  });

  it('reports progress and stops when aborted', async () => {
    const seen: number[] = [];
    await extractFeatures(embed(3), images, 3, { onProgress: (done) => seen.push(done) });
    expect(seen).toEqual([3, 6, 7]);
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(extractFeatures(embed(3), images, 3, { signal })).rejects.toThrow('stopped');
  });
});

describe('pixelFeatures', () => {
  it('normalises every channel', () => {
    const { features, width } = pixelFeatures(images, [0.5, 0.25, 0], [0.5, 1, 2]);
    expect(width).toBe(12);
    expect(features[0]).toBeCloseTo(((images.data[0] as number) / 255 - 0.5) / 0.5, 6);
    expect(features[4]).toBeCloseTo((images.data[4] as number) / 255 - 0.25, 6);
    expect(features[83]).toBeCloseTo((images.data[83] as number) / 510, 6);
  });

  it('averages large images down, in proportion', () => {
    expect(pixelSize({ height: 32, width: 32 })).toEqual({ height: 32, width: 32 });
    expect(pixelSize({ height: 50, width: 100 })).toEqual({ height: 16, width: 32 });
    const data = Uint8Array.from({ length: 64 * 96 * 3 }, (_, i) => Math.floor(i / 3) % 3);
    const { features, width } = pixelFeatures({ data, count: 1, height: 64, width: 96 }, [0, 0, 0], [1, 1, 1]);
    expect(width).toBe(21 * 32 * 3);
    for (const value of features) expect(value).toBeCloseTo(1 / 255, 6);
  });
});

describe('fingerprint', () => {
  const encoder = { 'a/weight': float32([1, 2], [2]), 'b/mean': float32([3], [1]) };

  it('depends on values, shapes and names, not on their order', () => {
    const { 'a/weight': weight, 'b/mean': mean } = encoder;
    expect(fingerprint({ 'b/mean': mean, 'a/weight': weight })).toBe(fingerprint(encoder));
    expect(fingerprint({ ...encoder, 'b/mean': float32([3.0000002], [1]) })).not.toBe(fingerprint(encoder));
    expect(fingerprint({ ...encoder, 'a/weight': float32([1, 2], [1, 2]) })).not.toBe(fingerprint(encoder));
    expect(fingerprint({ c: weight, 'b/mean': mean })).not.toBe(fingerprint(encoder));
  });

  it('refuses an evaluation that moved the encoder', async () => {
    let mean = 3;
    const read = async () => ({ ...encoder, 'b/mean': float32([mean], [1]) });
    expect((await whileFrozen(read, async () => 7)).result).toBe(7);
    await expect(whileFrozen(read, async () => ++mean)).rejects.toThrow('frozen encoder');
  });
});
