import { beforeAll, describe, expect, it } from 'vitest';
import { l2Normalize } from '../../src/losses/l2-normalize.ts';
import { normalizedSquaredDistance } from '../../src/losses/normalized-squared-distance.ts';
import { byol } from '../../src/methods/byol.ts';
import { embeddingStd } from '../../src/methods/embedding-std.ts';
import type { Method } from '../../src/methods/method.ts';
import { applyEach, applyTarget, encoder, predictorOf } from '../../src/methods/networks.ts';
import { float32, type HostTensor } from '../../src/runtime/host-tensor.ts';
import { type Tensor, tf } from '../../src/runtime/tf.ts';
import { randomStream } from '../../src/util/rng.ts';
import { scalars, sgd, stepProgram, TINY_OPTIONS, tinyBackbone } from './tiny-methods.ts';

const N = 32;
const SHAPE = [N, 8, 8, 3];
const STEPS = 300;
const TRAIN = { mode: 'train' } as const;
const parts = { backbone: tinyBackbone(8), precision: 'float32' } as const;
const whole = byol(TINY_OPTIONS.byol, parts);
const network = encoder(parts, TINY_OPTIONS.byol.projector);

/** BYOL with its predictor or its stop-gradient taken away. */
function broken(kind: 'no predictor' | 'no stop-gradient'): Method {
  const predictor = predictorOf(TINY_OPTIONS.byol.projector.out, TINY_OPTIONS.byol.predictor);
  const isUsed = (name: string): boolean => kind === 'no stop-gradient' || !name.startsWith('predictor.');
  return {
    ...whole,
    variables: Object.fromEntries(Object.entries(whole.variables).filter(([name]) => isUsed(name))),
    forward(lookup, pair) {
      const online = applyEach(network, lookup, pair, TRAIN);
      const predicted = kind === 'no predictor' ? online : applyEach(predictor, lookup, online.ys, TRAIN);
      const target = applyTarget(network, lookup, pair, TRAIN);
      // Without stop-gradient the network itself is the target, and moves towards the predictions too.
      const [z0, z1] = (kind === 'no predictor' ? target : online).ys as [Tensor, Tensor];
      const [p0, p1] = predicted.ys as [Tensor, Tensor];
      return {
        loss: tf.add(normalizedSquaredDistance(p0, z1), normalizedSquaredDistance(p1, z0)),
        buffers: { ...online.buffers, ...predicted.buffers, ...target.buffers },
        metrics: { embeddingStd: embeddingStd(l2Normalize(online.ys[0] as Tensor)) },
      };
    },
  };
}

/** Images of one colour and a gradient each, and views of them with noise. */
function views(step: number): Record<string, HostTensor> {
  const view = (v: number): HostTensor => {
    const noise = randomStream(2, step, v);
    const data = Array.from({ length: N }, (_, i) => {
      const random = randomStream(1, i);
      const [colour, slope] = [[0, 1, 2].map(() => random.normal()), [random.normal(), random.normal()]];
      return Array.from({ length: 64 }, (__, at) =>
        colour.map((c) => c + ((slope[0] ?? 0) * (at % 8) + (slope[1] ?? 0) * Math.floor(at / 8)) / 8 + noise.normal()),
      ).flat();
    });
    return float32(data.flat(), SHAPE);
  };
  return { a: view(0), b: view(1) };
}

interface Outcome {
  /** embeddingStd after the first and the last step. */
  readonly first: number;
  readonly last: number;
  readonly loss: number;
}

async function train(method: Method): Promise<Outcome> {
  const program = await stepProgram({ method, optimizer: sgd }, SHAPE);
  const outcomes: { spread: number; loss: number }[] = [];
  for (let step = 0; step < STEPS; step++) {
    const { loss, embeddingStd } = await program.run('train', { ...views(step), ...scalars(0.2, 0.3) });
    outcomes.push({ spread: embeddingStd?.data[0] ?? Number.NaN, loss: loss?.data[0] ?? Number.NaN });
  }
  program.close();
  const [first, last] = [outcomes[0], outcomes.at(-1)];
  return { first: first?.spread ?? Number.NaN, last: last?.spread ?? Number.NaN, loss: last?.loss ?? Number.NaN };
}

describe('BYOL', () => {
  let healthy: Outcome;
  beforeAll(async () => {
    healthy = await train(whole);
  });

  it('keeps its embeddings apart', () => {
    expect(healthy.last).toBeGreaterThan(0.9 * healthy.first);
  });

  it.each(['no predictor', 'no stop-gradient'] as const)('collapses with %s, at a lower loss', async (kind) => {
    const collapsed = await train(broken(kind));
    expect(collapsed.first).toBeGreaterThan(0.6);
    expect(collapsed.last).toBeLessThan(healthy.last / 3);
    expect(collapsed.loss).toBeLessThan(healthy.loss / 5);
  });
});
