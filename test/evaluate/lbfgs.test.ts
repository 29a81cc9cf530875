import { describe, expect, it } from 'vitest';
import { minimize } from '../../src/evaluate/lbfgs.ts';
import type { Objective } from '../../src/evaluate/objective.ts';

/** Rosenbrock's valley in pairs of coordinates; the minimum is 0 at all ones. */
const rosenbrock: Objective = (x) => {
  const gradient = new Float64Array(x.length);
  let value = 0;
  for (let i = 0; i < x.length; i += 2) {
    const [a, b] = [x[i] as number, x[i + 1] as number];
    value += 100 * (b - a * a) ** 2 + (1 - a) ** 2;
    gradient[i] = -400 * a * (b - a * a) - 2 * (1 - a);
    gradient[i + 1] = 200 * (b - a * a);
  }
  return { value, gradient };
};

/** 0.5 * sum of scale_i x_i^2 with scales from 1 to 1000. */
const scales = Float64Array.from({ length: 40 }, (_, i) => 10 ** ((3 * i) / 39));
const quadratic: Objective = (x) => ({
  value: x.reduce((sum, value, i) => sum + 0.5 * (scales[i] as number) * value * value, 0),
  gradient: x.map((value, i) => value * (scales[i] as number)),
});

describe('minimize', () => {
  it('finds the floor of a curved valley', async () => {
    const start = Float64Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
    const found = await minimize({ objective: rosenbrock, start, tolerance: 1e-9, maxIterations: 500 });
    expect(found.converged).toBe(true);
    for (const value of found.x) expect(value).toBeCloseTo(1, 8);
    expect(found.iterations).toBeLessThan(100);
    expect(start[0]).toBe(-1.2);
  });

  it('needs few iterations with the inverse Hessian as preconditioner', async () => {
    const options = { objective: quadratic, start: new Float64Array(40).fill(1), tolerance: 1e-8, maxIterations: 1000 };
    const plain = await minimize(options);
    const preconditioned = await minimize({
      ...options,
      precondition: (vector) => vector.map((value, i) => value / (scales[i] as number)),
    });
    expect(plain.converged).toBe(true);
    expect(preconditioned.converged).toBe(true);
    expect(preconditioned.iterations).toBeLessThanOrEqual(2);
    expect(plain.iterations).toBeGreaterThan(20);
  });

  it('backs away from where the function is not finite', async () => {
    const barrier: Objective = (x) => {
      const a = x[0] as number;
      return { value: a - Math.log(1 - a * a) * 0.01, gradient: Float64Array.of(1 + (0.02 * a) / (1 - a * a)) };
    };
    const found = await minimize({
      objective: barrier,
      start: Float64Array.of(0.9),
      tolerance: 1e-9,
      maxIterations: 200,
    });
    expect(found.converged).toBe(true);
    expect(found.x[0]).toBeCloseTo(-0.99004999875, 9);
  });

  it('reports running out of iterations', async () => {
    const start = Float64Array.of(-1.2, 1);
    const found = await minimize({ objective: rosenbrock, start, tolerance: 1e-9, maxIterations: 3 });
    expect(found).toMatchObject({ converged: false, iterations: 3 });
  });

  it('stops when aborted', async () => {
    const controller = new AbortController();
    let calls = 0;
    const objective: Objective = (x) => {
      if (++calls === 5) controller.abort(new Error('stopped'));
      return rosenbrock(x);
    };
    const start = Float64Array.of(-1.2, 1);
    const running = minimize({ objective, start, tolerance: 0, maxIterations: 1e6, signal: controller.signal });
    await expect(running).rejects.toThrow('stopped');
    expect(calls).toBe(5);
  });
});
