import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findNeighbours, knn, vote } from '../../src/evaluate/knn.ts';
import type { LabelledFeatures } from '../../src/evaluate/labelled-features.ts';
import { randomStream } from '../../src/util/rng.ts';

interface Vectors {
  train_features: number[][];
  train_labels: number[];
  test_features: number[][];
  classes: number;
  cases: {
    k: number;
    temperature: number;
    neighbours: number[][];
    similarities: number[][];
    scores: number[][];
    top1: number[];
  }[];
}

const vectors: Vectors = JSON.parse(readFileSync(new URL('../fixtures/vectors/knn.json', import.meta.url), 'utf8'));

function set(rows: readonly (readonly number[])[], labels: readonly number[], classes: number): LabelledFeatures {
  const width = rows[0]?.length ?? 0;
  return {
    features: Float32Array.from(rows.flat()),
    labels: Int32Array.from(labels),
    count: rows.length,
    width,
    classes,
  };
}

const bank = set(vectors.train_features, vectors.train_labels, vectors.classes);
const blank = vectors.test_features.map(() => 0);
const queries = set(vectors.test_features, blank, vectors.classes);

describe('knn', () => {
  it.each(vectors.cases)('matches lightly for k $k and temperature $temperature', async (expected) => {
    const { k, temperature } = expected;
    const neighbours = await findNeighbours({ bank, queries, k });
    expect([...neighbours.indices]).toEqual(expected.neighbours.flat());
    expected.similarities.flat().forEach((value, i) => {
      expect(Math.abs((neighbours.similarities[i] as number) - value)).toBeLessThan(1e-6);
    });
    const scores = vote(neighbours, bank.labels, bank.classes, temperature);
    expected.scores.flat().forEach((value, i) => {
      expect(Math.abs((scores[i] as number) - value)).toBeLessThanOrEqual(1e-5 * value);
    });
    const labelled = { ...queries, labels: Int32Array.from(expected.top1) };
    expect(await knn({ bank, queries: labelled, k, temperature })).toMatchObject({ n: 4, correct: 4 });
  });

  it('lowers k to the size of the bank', async () => {
    expect(await knn({ bank, queries, k: 200 })).toMatchObject({ k: 10 });
  });

  it('has 200 neighbours vote at temperature 0.1 unless told otherwise', async () => {
    const rows = Array.from({ length: 201 }, (_, i) => [1, i]);
    const large = set(
      rows,
      rows.map(() => 0),
      1,
    );
    expect(await knn({ bank: large, queries: large })).toMatchObject({ k: 200, temperature: 0.1 });
  });

  it('leaves an image out of its own neighbours', async () => {
    const alone = await findNeighbours({ bank, queries: bank, k: 3, excludeSelf: true });
    for (let row = 0; row < bank.count; row++) {
      expect([...alone.indices.subarray(row * 3, row * 3 + 3)]).not.toContain(row);
    }
    const all = await findNeighbours({ bank, queries: bank, k: 4 });
    expect(all.indices[0]).toBe(0);
    expect([...alone.indices.subarray(0, 3)]).toEqual([...all.indices.subarray(1, 4)]);
  });

  it('leaves out the image itself even when copies of it come first', async () => {
    const copies = set(
      [
        [1, 0],
        [1, 0],
        [1, 0],
        [0, 1],
      ],
      [0, 0, 0, 1],
      2,
    );
    const found = await findNeighbours({ bank: copies, queries: copies, k: 2, excludeSelf: true });
    expect([...found.indices.subarray(0, 6)]).toEqual([1, 2, 0, 2, 0, 1]);
  });

  it('gives equal votes to the lower class and equal similarities to the lower index', async () => {
    const pair = set(
      [
        [1, 0],
        [1, 0],
        [0, 1],
      ],
      [1, 0, 2],
      3,
    );
    const query = set([[1, 0]], [0], 3);
    expect(await knn({ bank: pair, queries: query, k: 2 })).toMatchObject({ correct: 1 });
    const nearest = await findNeighbours({ bank: pair, queries: query, k: 1 });
    expect([...nearest.indices]).toEqual([0]);
  });

  it('scores many queries in chunks as it scores each alone', async () => {
    const random = randomStream(7);
    const rows = Array.from({ length: 1203 }, () => [random.normal(), random.normal(), random.normal()]);
    const many = set(
      rows,
      rows.map((_, i) => i % 3),
      3,
    );
    const together = await findNeighbours({ bank: many, queries: many, k: 5 });
    const last = await findNeighbours({ bank: many, queries: set(rows.slice(-2), [0, 0], 3), k: 5 });
    expect([...together.indices.subarray(-10)]).toEqual([...last.indices]);
  });

  it('refuses settings and features that mean nothing', async () => {
    await expect(knn({ bank, queries, k: 0 })).rejects.toThrow('Expected k to be a whole number from 1, got 0.');
    await expect(knn({ bank, queries, temperature: 0 })).rejects.toThrow('temperature');
    const broken = { ...queries, features: queries.features.map((value, i) => (i === 6 ? Number.NaN : value)) };
    await expect(knn({ bank, queries: broken })).rejects.toThrow('Expected finite test features, got NaN for image 1.');
    const stray = { ...queries, labels: Int32Array.of(0, 1, 3, 0) };
    await expect(knn({ bank, queries: stray })).rejects.toThrow('Expected test labels from 0 to 2, got 3 for image 2.');
  });
});
