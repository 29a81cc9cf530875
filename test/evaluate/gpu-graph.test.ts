import { expect, it } from 'vitest';
import { createSoftmaxLoss, type LabelledRows, lossFunctions } from '../../src/evaluate/softmax-loss.ts';
import { readKernelTable } from '../../src/runtime/placement/kernel-table.ts';
import { placeFunction } from '../../src/runtime/placement/place-function.ts';
import { recordProgram } from '../../src/runtime/record-program.ts';
import type { DeviceKind } from '../../src/runtime/session-settings.ts';
import { randomStream } from '../../src/util/rng.ts';

const [count, width, classes] = [40, 6, 3];
const random = randomStream(1);
const rows: LabelledRows = {
  ...{ count, width, classes },
  features: Float64Array.from({ length: count * width }, random.normal),
  labels: Int32Array.from({ length: count }, (_, i) => i % classes),
};
const weights = Float64Array.from({ length: classes * width }, random.normal);

async function evaluate(graphFor: DeviceKind) {
  const loss = await createSoftmaxLoss(rows, { device: 'cpu', graphFor });
  try {
    return await loss.evaluate(weights);
  } finally {
    loss.close();
  }
}

/** Loss and gradient as sums over rows. */
function slow() {
  const gradient = new Float64Array(classes * width);
  let value = 0;
  for (let row = 0; row < count; row++) {
    const x = rows.features.subarray(row * width, (row + 1) * width);
    const logits = Array.from({ length: classes }, (_, c) =>
      x.reduce((sum, each, i) => sum + each * (weights[c * width + i] as number), 0),
    );
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const label = rows.labels[row] as number;
    value += (Math.log(total) - (logits[label] as number)) / count;
    for (let c = 0; c < classes; c++) {
      const residual = Math.exp(logits[c] as number) / total - (c === label ? 1 : 0);
      for (let i = 0; i < width; i++) (gradient[c * width + i] as number) += (residual * (x[i] as number)) / count;
    }
  }
  return { value, gradient };
}

it.each(['cpu', 'gpu'] as const)(
  "the probe's loss in the form for a %s is that of loops, in float64",
  async (target) => {
    const [found, wanted] = [await evaluate(target), slow()];
    expect(Math.abs(found.value - wanted.value)).toBeLessThan(1e-14);
    for (const [i, value] of wanted.gradient.entries()) {
      expect(Math.abs((found.gradient[i] ?? Number.NaN) - value)).toBeLessThan(1e-14);
    }
  },
);

it('the probe stays on a GPU', async () => {
  const square = { dtype: 'float32', shape: [width, width, 2] } as const;
  const { graph, functions } = await recordProgram({
    state: {
      features: { dtype: 'float32', shape: [count, width, 2] },
      labels: { dtype: 'float32', shape: [count] },
      moments: square,
      factor: square,
    },
    functions: lossFunctions(rows),
    session: { device: 'cpu', graphFor: 'gpu' },
  });
  expect([...functions.keys()]).toEqual(['moments', 'factorize', 'solve', 'evaluate']);
  for (const recorded of functions.values()) {
    expect(placeFunction(graph, recorded, readKernelTable())).toMatchObject({
      onCpu: 0,
      findings: [],
      notDeterministic: [],
    });
  }
  graph.close();
});
