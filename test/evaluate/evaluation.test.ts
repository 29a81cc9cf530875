import { expect, test } from 'vitest';
import { evaluateKnn, evaluateLinearProbe } from '../../src/evaluate/evaluation.ts';
import { wilsonInterval } from '../../src/evaluate/interval.ts';
import type { LabelledFeatures } from '../../src/evaluate/labelled-features.ts';
import { randomStream } from '../../src/util/rng.ts';

const CLASSES = 3;

/** Points around the corners of a triangle, each `noise` away. */
function points(count: number, seed: number, noise: number): LabelledFeatures {
  const random = randomStream(seed);
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  const rows = [...labels].map((label) => [0, 1, 2].map((j) => (j === label ? 1 : 0) + noise * random.normal()));
  return { features: Float32Array.from(rows.flat()), labels, count, width: 3, classes: CLASSES };
}

test.each([
  ['knn', evaluateKnn, { k: 200, temperature: 0.1, metric: 'cosine similarity of L2-normalised features' }],
  ['linear-probe', evaluateLinearProbe, { heldOutImages: 30, heldOutRule: 'the last 10 % of each class, in order' }],
] as const)(
  '%s states its number with n, a Wilson interval and the protocol behind it',
  async (name, evaluate, own) => {
    const transform = 'Resize(256) + CenterCrop(224), bilinear';
    const sets = { train: points(300, 1, 0.6), test: points(151, 2, 0.6) };
    const input = { subject: 'pretrained', transform, ...sets, epoch: 7 } as const;
    const { top1, n, interval, protocol, ...rest } = await evaluate(input);
    expect(rest).toEqual({ name, subject: 'pretrained' });
    expect(n).toBe(151);
    expect(top1).toBeGreaterThan(0.5);
    expect(top1).toBeLessThan(1);
    expect(interval).toEqual(wilsonInterval(Math.round(top1 * n), n));
    const images = { trainImages: 300, testImages: 151, classes: CLASSES, featureWidth: 3 };
    expect(protocol).toMatchObject({ ...own, ...images, transform, selection: 'last epoch', epoch: 7 });
    expect(protocol.description).toContain('BatchNorm in evaluation mode, no augmentation, last epoch (7)');
    expect(protocol.description).toContain(`images by ${transform};`);
    expect(protocol.description).toContain('95 % Wilson score interval');
  },
);
