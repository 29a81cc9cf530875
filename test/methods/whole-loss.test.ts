import { describe, expect, it } from 'vitest';
import { createMethod, type MethodOptions } from '../../src/methods/create-method.ts';
import { initialValues } from '../../src/methods/initial-values.ts';
import { type Lookup, scoped } from '../../src/nn/layer.ts';
import { type MlpOptions, mlp } from '../../src/nn/mlp.ts';
import { type HostTensor, toNested } from '../../src/runtime/host-tensor.ts';
import { runOnce } from '../../src/runtime/run-once.ts';
import type { Tensor } from '../../src/runtime/tf.ts';
import { normals, TINY_OPTIONS, tinyBackbone } from './tiny-methods.ts';

const SHAPE = [6, 8, 8, 3];
const backbone = tinyBackbone(4);

type Rows = number[][];
const unit = (rows: Rows): Rows => rows.map((row) => row.map((x) => x / Math.hypot(...row)));
const dot = (a: readonly number[] = [], b: readonly number[] = []): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;

/** Mean cross-entropy of row i of a against its own row of b, told from `others(i)`. */
function contrast(a: Rows, b: Rows, others: (i: number) => Rows, temperature: number): number {
  return mean(
    a.map((row, i) => {
      const logits = [b[i], ...others(i)].map((key) => dot(row, key) / temperature);
      return Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0)) - (logits[0] ?? 0);
    }),
  );
}

/** A view through the parts of a network: embedding by the online and by the target network, and its prediction. */
interface Seen {
  readonly online: Rows;
  readonly target: Rows;
  readonly predicted: Rows;
}

/** The loss that a method gives, what its parts make of each view alone, and its queues. */
async function take(options: MethodOptions) {
  const method = createMethod(options, { backbone, precision: 'float32' });
  const { out, ...projector } = options.projector;
  const head = (sizes: Omit<MlpOptions, 'input' | 'output'>, input: number) => mlp({ ...sizes, input, output: out });
  const state = initialValues(method.variables, 1);
  // A target network far from the online one, so that neither can pass for the other.
  for (const [name, value] of Object.entries(initialValues(method.variables, 2))) {
    if (name.startsWith('target.')) state[name] = value;
  }
  const result = await runOnce(
    (inputs) => {
      const lookup: Lookup = (name) => inputs[name] as Tensor;
      const through = (prefix: string, view: Tensor): Tensor => {
        const features = backbone.layer.apply(scoped(lookup, `${prefix}backbone.`), view, { mode: 'train' }).y;
        const layer = head(projector, backbone.featureSize);
        return layer.apply(scoped(lookup, `${prefix}projector.`), features, { mode: 'train' }).y;
      };
      const views = [inputs['a'], inputs['b']] as [Tensor, Tensor];
      const seen = views.flatMap((view, i) => {
        const online = through('', view);
        const predictor = 'predictor' in options ? head(options.predictor, out) : undefined;
        return [
          [`online${i}`, online],
          [`target${i}`, options.name === 'simclr' ? online : through('target.', view)],
          [`predicted${i}`, predictor?.apply(scoped(lookup, 'predictor.'), online, { mode: 'train' }).y ?? online],
        ] as const;
      });
      return { loss: method.forward(lookup, views, {}).loss, ...Object.fromEntries(seen) };
    },
    { a: normals(SHAPE, 1), b: normals(SHAPE, 2), ...state },
  );
  const rows = (name: string): Rows => unit(toNested(result[name] as HostTensor) as Rows);
  const seen = [0, 1].map(
    (i): Seen => ({ online: rows(`online${i}`), target: rows(`target${i}`), predicted: rows(`predicted${i}`) }),
  );
  const queue = (name: string): Rows => toNested(state[name] as HostTensor) as Rows;
  return { loss: result['loss']?.data[0] ?? Number.NaN, seen: seen as [Seen, Seen], queue };
}

describe('the loss of a whole method, in plain loops over what its parts give', () => {
  it('SimCLR: BatchNorm sees each view alone in separate passes', async () => {
    const { loss, seen } = await take({ ...TINY_OPTIONS.simclr, passes: 'separate' });
    const [a, b] = [seen[0].online, seen[1].online];
    const anchors = [...a, ...b];
    const others = (i: number): Rows => anchors.filter((_, j) => j % 6 !== i % 6);
    expect(loss).toBeCloseTo(contrast(anchors, [...b, ...a], others, 0.5), 4);
    const joint = await take(TINY_OPTIONS.simclr);
    expect(Math.abs(loss - joint.loss)).toBeGreaterThan(1e-3);
  });

  it('MoCo: the first view asks the online network, the second answers by the target network', async () => {
    const { loss, seen, queue } = await take(TINY_OPTIONS.moco);
    expect(loss).toBeCloseTo(
      contrast(seen[0].online, seen[1].target, () => queue('queue'), 0.2),
      4,
    );
  });

  it('MoCo v2+: both ways, the mean, each view against the keys of the other', async () => {
    const { loss, seen, queue } = await take({ ...TINY_OPTIONS.moco, symmetric: 'mean', queues: 2 });
    const first = contrast(seen[0].online, seen[1].target, () => queue('queue.1'), 0.2);
    const second = contrast(seen[1].online, seen[0].target, () => queue('queue.0'), 0.2);
    expect(loss).toBeCloseTo((first + second) / 2, 4);
  });

  it('MoCo v3: 2 temperature times InfoNCE, both ways added, the predictor on queries alone, nothing masked', async () => {
    const { loss, seen } = await take({ ...TINY_OPTIONS.mocov3, temperature: 0.3 });
    const way = (q: Rows, k: Rows): number => contrast(q, k, (i) => k.filter((_, j) => j !== i), 0.3);
    const both = way(seen[0].predicted, seen[1].target) + way(seen[1].predicted, seen[0].target);
    expect(loss).toBeCloseTo(2 * 0.3 * both, 4);
  });

  it('BYOL: 2 - 2 cos, both ways added, the predictor on the online network alone', async () => {
    const { loss, seen } = await take(TINY_OPTIONS.byol);
    const way = (p: Rows, z: Rows): number => mean(p.map((row, i) => 2 - 2 * dot(row, z[i])));
    expect(loss).toBeCloseTo(way(seen[0].predicted, seen[1].target) + way(seen[1].predicted, seen[0].target), 4);
  });
});
