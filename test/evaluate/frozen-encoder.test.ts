import { describe, expect, it } from 'vitest';
import { createBackbone } from '../../src/backbones/create-backbone.ts';
import { extractFeatures } from '../../src/evaluate/extract-features.ts';
import { fingerprint, whileFrozen } from '../../src/evaluate/frozen-encoder.ts';
import { initialValues } from '../../src/methods/initial-values.ts';
import { uint8 } from '../../src/runtime/host-tensor.ts';
import { cast } from '../../src/runtime/ops.ts';
import { createProgram, type ProgramFunction } from '../../src/runtime/program.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { randomStream } from '../../src/util/rng.ts';

const random = randomStream(3);
const images = {
  data: Uint8Array.from({ length: 11 * 16 * 16 * 3 }, () => random.integer(256)),
  count: 11,
  height: 16,
  width: 16,
};
const SIZES = [1, 4, 11, 16] as const;

/** A narrow ResNet-18 with one function for every batch size, and one in training mode that moves its statistics. */
function createEncoder() {
  const options = { stem: 'cifar', width: 4, zeroInitResidual: false, init: 'torch' } as const;
  const { layer } = createBackbone('resnet18', options);
  const embed = (batch: number, mode: 'train' | 'eval'): ProgramFunction => ({
    inputs: { images: { dtype: 'uint8', shape: [batch, 16, 16, 3] } },
    build: (state, inputs) => {
      const x = cast(inputs['images'] as Tensor, 'float32');
      const { y, buffers } = layer.apply((name) => state[name] as Tensor, x, { mode });
      return { outputs: { features: y }, state: buffers };
    },
  });
  const entries = SIZES.map((size) => [`embed${size}`, embed(size, 'eval')] as const);
  return createProgram({
    state: initialValues(layer.variables, 0),
    functions: { ...Object.fromEntries(entries), train: embed(11, 'train') },
  });
}

describe('the features of a frozen encoder', () => {
  it('are the same in batches of any size, and leave it as it was', async () => {
    const program = await createEncoder();
    try {
      const extract = (size: number) =>
        extractFeatures(
          async (batch) => {
            const found = await program.run(`embed${size}`, { images: uint8(batch, [size, 16, 16, 3]) });
            return found['features']?.data as Float32Array;
          },
          images,
          size,
        );
      const { result } = await whileFrozen(
        () => program.read(),
        async () => [await extract(1), await extract(4), await extract(11), await extract(16)],
      );
      const [first, ...others] = result;
      if (first === undefined) throw new Error('Expected features.');
      expect(first).toMatchObject({ count: 11, width: 32 });
      const scale = Math.max(...first.features);
      expect(scale).toBeGreaterThan(0);
      for (const other of others) {
        other.features.forEach((value, i) => {
          expect(Math.abs(value - (first.features[i] as number))).toBeLessThanOrEqual(1e-5 * scale);
        });
      }
    } finally {
      program.close();
    }
  });

  it('are refused when BatchNorm statistics move underneath them', async () => {
    const program = await createEncoder();
    try {
      const before = fingerprint(await program.read());
      const train = () => program.run('train', { images: uint8(images.data, [11, 16, 16, 3]) });
      await expect(whileFrozen(() => program.read(), train)).rejects.toThrow(`stay at ${before}`);
    } finally {
      program.close();
    }
  });
});
