import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LabelledFeatures } from '../../src/evaluate/labelled-features.ts';
import { linearProbe, splitByClass } from '../../src/evaluate/linear-probe.ts';
import { checkProbeMemory } from '../../src/evaluate/probe-limits.ts';

interface Vectors {
  classes: number;
  width: number;
  train: number[][];
  trainLabels: number[];
  test: number[][];
  testLabels: number[];
  sweep: { c: number; heldOutTop1: number }[];
  chosenC: number;
  correct: number;
  weightsByC: { c: number; weights: number[][] }[];
}

const file = new URL('../fixtures/vectors/logistic-regression.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'));

interface TwoClassVectors {
  readonly classes: readonly [number, number];
  /** Weights of the second class over the first, the intercept last. */
  readonly cases: readonly { readonly c: number; readonly weights: readonly number[]; readonly correct: number }[];
}

const twoFile = new URL('../fixtures/vectors/logistic-regression-of-two.json', import.meta.url);
const two: TwoClassVectors = JSON.parse(readFileSync(twoFile, 'utf8'));

function set(rows: readonly (readonly number[])[], labels: readonly number[]): LabelledFeatures {
  return {
    features: Float32Array.from(rows.flat()),
    labels: Int32Array.from(labels),
    count: rows.length,
    width: vectors.width,
    classes: vectors.classes,
  };
}

const train = set(vectors.train, vectors.trainLabels);
const test = set(vectors.test, vectors.testLabels);

describe('linearProbe', () => {
  it('chooses and scores as scikit-learn does, ties to the smaller C', async () => {
    const found = await linearProbe({ train, test });
    expect(found.sweep.map(({ c, heldOutTop1 }) => ({ c, heldOutTop1 }))).toEqual(vectors.sweep);
    expect(found.sweep[0]?.heldOutTop1).toBe(found.sweep[1]?.heldOutTop1);
    expect(found).toMatchObject({ chosenC: vectors.chosenC, correct: vectors.correct, n: 200, converged: true });
  });

  it.each(vectors.weightsByC)("has scikit-learn's weights at C $c", async ({ c, weights }) => {
    const found = await linearProbe({ train, test, cs: [c], tolerance: 1e-10 });
    expect(found.converged).toBe(true);
    // scikit-learn read float64 features, the probe their float32 values.
    weights.flat().forEach((value, i) => {
      expect(Math.abs((found.weights[i] as number) - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
    });
  });

  /** The images of two classes, numbered anew or, as where the other classes have no images, as they were. */
  const ofTwo = (rows: readonly number[][], labels: readonly number[], isRenumbered: boolean): LabelledFeatures => {
    const places = labels.flatMap((label, i) => (two.classes.includes(label) ? [i] : []));
    const chosen = places.map((i) => labels[i] as number);
    const found = set(
      places.map((i) => rows[i] as number[]),
      isRenumbered ? chosen.map((label) => two.classes.indexOf(label)) : chosen,
    );
    return isRenumbered ? { ...found, classes: 2 } : found;
  };

  it.each(two.cases.flatMap((each) => [2, 4].map((classes) => ({ ...each, classes }))))(
    "has scikit-learn's weights at C $c where two of $classes classes have images",
    async ({ c, weights, correct, classes }) => {
      const isRenumbered = classes === 2;
      const found = await linearProbe({
        train: ofTwo(vectors.train, vectors.trainLabels, isRenumbered),
        test: ofTwo(vectors.test, vectors.testLabels, isRenumbered),
        cs: [c],
        tolerance: 1e-10,
      });
      expect(found.weights).toHaveLength(2 * weights.length);
      expect(found).toMatchObject({ converged: true, correct });
      weights.forEach((value, i) => {
        const [first, second] = [found.weights[i] as number, found.weights[weights.length + i] as number];
        expect(Math.abs(second - first - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
      });
    },
  );

  it('never answers with a class that has no training images', async () => {
    const found = await linearProbe({
      train: ofTwo(vectors.train, vectors.trainLabels, false),
      test: { ...test, labels: Int32Array.from(test.labels, () => 1) },
    });
    expect(found).toMatchObject({ correct: 0, n: 200 });
  });

  it('survives a constant feature', async () => {
    const widen = (rows: readonly number[][]) => rows.map((row) => row.with(0, 0.5));
    const found = await linearProbe({ train: set(widen(vectors.train), vectors.trainLabels), test });
    expect(found.converged).toBe(true);
    expect(found.weights[0]).toBe(0);
  });

  it('stops when aborted', async () => {
    const controller = new AbortController();
    const running = linearProbe({
      train,
      test,
      signal: controller.signal,
      onProgress: ({ fit }) => fit === 2 && controller.abort(new Error('stopped')),
    });
    await expect(running).rejects.toThrow('stopped');
  });

  it('says what it cannot fit', async () => {
    const one = { ...train, classes: 1, labels: new Int32Array(train.count) };
    await expect(linearProbe({ train: one, test: { ...test, labels: new Int32Array(test.count) } })).rejects.toThrow(
      'Expected at least 2 classes for a linear probe, got 1.',
    );
  });
});

describe('splitByClass', () => {
  it('holds out the last part of every class, wherever it lies', () => {
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % 2);
    expect([...splitByClass(labels, 2, 0.1).heldOut]).toEqual([36, 37, 38, 39]);
    expect(splitByClass(labels, 2, 0.1).fit).toHaveLength(36);
  });

  it('holds out at least one of two', () => {
    expect([...splitByClass(Int32Array.of(0, 0, 1), 2, 0.1).heldOut]).toEqual([1]);
  });
});

describe('checkProbeMemory', () => {
  it('says how much memory is needed', () => {
    expect(() => checkProbeMemory(10_000, 127, 25e6)).not.toThrow();
    expect(() => checkProbeMemory(1_281_167, 2048, 16e9)).toThrow(/Expected 4\d(\.\d+)? GB of free memory .* got 16/);
  });
});
