import { expect, it } from 'vitest';
import { createCountPacker, createNumberPacker, type Numbers, numbersAt } from '../../src/util/packed-numbers.ts';
import { randomStream } from '../../src/util/rng.ts';

const all = ({ length, at }: Numbers): number[] => Array.from({ length }, (_, i) => at(i));

it.each([createNumberPacker, createCountPacker])('%o gives numbers back', (create) => {
  const random = randomStream(3, 3);
  const values: number[] = [0];
  for (let i = 1; i < 50_000; i++) {
    values.push(i % 100 === 0 ? random.integer(2 ** 31) : (values[i - 1] as number) + 1);
  }
  const packer = create();
  expect(packer.done().length).toBe(0);
  for (const value of values) packer.add(value);
  const packed = packer.done();
  expect(all(packed)).toEqual(values);
  expect(all(numbersAt(packed, { length: 2, at: (index) => 49_999 - index }))).toEqual([values.at(-1), values.at(-2)]);
});
