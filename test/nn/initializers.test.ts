import { describe, expect, it } from 'vitest';
import { constant, convolutionInitializer, type Initializer, normal, uniform } from '../../src/nn/initializers.ts';
import { randomStream } from '../../src/util/rng.ts';

const COUNT = 100_000;

function statistics(initialize: Initializer, shape: readonly number[]) {
  const values = initialize(shape, randomStream(1));
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const moment = (power: number): number => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / values.length;
  const deviation = Math.sqrt(moment(2));
  const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  // 3 for a normal distribution, 1.8 for a uniform one.
  return { count: values.length, mean, deviation, kurtosis: moment(4) / moment(2) ** 2, largest };
}

describe('initializers', () => {
  it('fill a shape with a constant', () => {
    expect(constant(0.5)([2, 3], randomStream(1))).toEqual(new Float32Array(6).fill(0.5));
    expect(constant(1)([], randomStream(1))).toHaveLength(1);
  });

  it('draw uniformly within the bound', () => {
    const { count, mean, deviation, kurtosis, largest } = statistics(uniform(0.2), [COUNT / 10, 10]);
    expect(count).toBe(COUNT);
    expect(Math.abs(mean)).toBeLessThan(0.002);
    expect(deviation).toBeCloseTo(0.2 / Math.sqrt(3), 3);
    expect(kurtosis).toBeCloseTo(1.8, 1);
    expect(largest).toBeLessThanOrEqual(Math.fround(0.2));
    expect(largest).toBeGreaterThan(0.199);
  });

  it('draw normally', () => {
    const { mean, deviation, kurtosis } = statistics(normal(0.2), [COUNT]);
    expect(Math.abs(mean)).toBeLessThan(0.004);
    expect(deviation / 0.2).toBeCloseTo(1, 1.7);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.15);
  });

  it('advance one stream, which decides every value', () => {
    const random = randomStream(4);
    const [first, second] = [normal(1)([5], random), normal(1)([5], random)];
    expect(second).not.toEqual(first);
    expect(normal(1)([5], randomStream(4))).toEqual(first);
    expect(normal(1)([5], randomStream(5))).not.toEqual(first);
  });
});

describe('convolutionInitializer', () => {
  it("is He's with the outgoing connections, as torchvision's ResNets", () => {
    const [kernel, input, output] = [3, 100, 100];
    const { deviation, kurtosis } = statistics(convolutionInitializer('he-fan-out', kernel, input, output / 4), [
      ...[kernel, kernel, input, output],
    ]);
    expect(deviation / Math.sqrt(2 / (9 * 25))).toBeCloseTo(1, 1.7);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.15);
  });

  it("is PyTorch's default: uniform within 1 / sqrt(fan-in)", () => {
    const { deviation, largest } = statistics(convolutionInitializer('torch', 3, 64, 16), [3, 3, 64, 160]);
    const bound = 1 / Math.sqrt(9 * 64);
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    expect(largest / bound).toBeGreaterThan(0.999);
    expect(deviation / (bound / Math.sqrt(3))).toBeCloseTo(1, 1.7);
  });
});
