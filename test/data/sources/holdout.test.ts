import { expect, test } from 'vitest';
import { holdOut } from '../../../src/data/sources/holdout.ts';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import { UserError } from '../../../src/util/errors.ts';

/** Images of classes with these counts, one class after the other, in turns where `mixed`. */
function images(counts: readonly number[]): ImageSource {
  const labels = Int32Array.from(counts.flatMap((count, label) => Array<number>(count).fill(label)));
  return {
    kind: 'class folders',
    count: labels.length,
    labels,
    classes: counts.map((_, label) => `c${label}`),
    name: (index: number) => `${index}.png`,
    origin: (index: number) => `/data/${index}.png`,
    read: () => Promise.reject(new Error('Not read.')),
  } as ImageSource;
}

const named = ({ count, name }: ImageSource): string[] => Array.from({ length: count }, (_, index) => name(index));
const perClass = ({ labels, classes }: ImageSource): number[] =>
  classes.map((_, label) => (labels ?? []).filter((each) => each === label).length);
const share = (value: number, seed = 0) => ({ share: value, seed, place: 'run.yaml:3:14 evaluate.holdout' });

test('a share of each class is held out, and nothing is in both parts or in none', () => {
  const source = images([100, 40, 10]);
  const { train, test: held, single } = holdOut(source, share(0.1));
  expect(perClass(held)).toEqual([10, 4, 1]);
  expect(perClass(train)).toEqual([90, 36, 9]);
  expect(single).toBe(0);
  const byNumber = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10);
  expect([...named(train), ...named(held)].sort(byNumber)).toEqual(named(source));
  expect(named(held)).toEqual([...named(held)].sort(byNumber));
});

test('the seed draws them, and nothing else', () => {
  const held = (seed: number): string[] => named(holdOut(images([100, 40]), share(0.1, seed)).test);
  expect(held(1)).toEqual(held(1));
  expect(held(1)).not.toEqual(held(2));
});

test('of each class with two images one is held out and one stays; a single image stays, and is counted', () => {
  const { train, test: held, single } = holdOut(images([2, 1, 3, 1]), share(0.01));
  expect(perClass(held)).toEqual([1, 0, 1, 0]);
  expect(perClass(train)).toEqual([1, 1, 2, 1]);
  expect(single).toBe(2);
  expect(perClass(holdOut(images([2, 3]), share(0.5)).test)).toEqual([1, 2]);
});

test('images without labels, or of one image a class, are refused where the setting was given', () => {
  const message = (source: ImageSource): string => {
    try {
      holdOut(source, share(0.1));
    } catch (error) {
      if (error instanceof UserError) return `exit ${error.exitCode}: ${error.message}`;
    }
    return '';
  };
  expect(message({ ...images([4]), labels: undefined })).toBe(
    'exit 2: run.yaml:3:14 evaluate.holdout: expected images with classes to hold some of each out, got images without labels',
  );
  expect(message(images([1, 1]))).toBe(
    'exit 2: run.yaml:3:14 evaluate.holdout: expected classes of at least two images to hold some out, got one image of each',
  );
});
