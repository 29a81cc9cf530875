import { beforeAll, describe, expect, it } from 'vitest';
import type { MethodOptions } from '../../src/methods/create-method.ts';
import { initialValues } from '../../src/methods/initial-values.ts';
import type { Method } from '../../src/methods/method.ts';
import { type HostTensor, int32 } from '../../src/runtime/host-tensor.ts';
import { randomStream } from '../../src/util/rng.ts';
import { expectNear } from '../support-tensors.ts';
import { FURTHER_METRICS, normals, scalars, sgd, stepProgram, TINY_OPTIONS, tinyMethod } from './tiny-methods.ts';

const N = 6;
const SHAPE = [N, 8, 8, 3];
const VIEWS = { a: normals(SHAPE, 1), b: normals(SHAPE, 2) };

const MOCO_PLUS = { ...TINY_OPTIONS.moco, symmetric: 'mean', queues: 2 } as const;
const MOCO_DEMO = { ...TINY_OPTIONS.moco, symmetric: 'sum', batchNormGroups: 2, shuffleKeys: true } as const;
const CASES: readonly (readonly [string, MethodOptions])[] = [
  ...Object.entries(TINY_OPTIONS),
  ['moco v2+', MOCO_PLUS],
  ['moco of the CIFAR demo', MOCO_DEMO],
];

const drawn = (method: Method): Record<string, HostTensor> =>
  Object.fromEntries(Object.entries(method.inputs?.(N) ?? {}).map(([name, { draw }]) => [name, draw(randomStream(3))]));

/** One step from the initial state; the state before and after, and the outputs. */
async function step(method: Method, rate: number, emaStep: number, inputs: Record<string, HostTensor> = VIEWS) {
  const program = await stepProgram({ method, optimizer: sgd }, SHAPE);
  const before = await program.read();
  const outputs = await program.run('train', { ...inputs, ...drawn(method), ...scalars(rate, emaStep) });
  const after = await program.read();
  program.close();
  return { before, after, outputs };
}

const changed = (before: Record<string, HostTensor>, after: Record<string, HostTensor>): string[] =>
  Object.keys(after).filter((name) => after[name]?.data.some((value, i) => value !== before[name]?.data[i]));

describe.each(CASES)('%s', (_, options) => {
  const method = tinyMethod(options);
  const kind = (of: string): string[] => Object.keys(method.variables).filter((n) => method.variables[n]?.kind === of);

  let moved: Awaited<ReturnType<typeof step>>;
  beforeAll(async () => {
    moved = await step(method, 0.1, 0.25);
  });

  it('moves everything it owns in a step', () => {
    const { before, after } = moved;
    expect(changed(before, after).sort()).toEqual(Object.keys(before).sort());
  });

  it('gives gradients and slots to parameters alone: none to target network and queue', async () => {
    const { before, after } = await step(method, 0, 0);
    const slots = Object.keys(after).filter((name) => name.startsWith('optimizer.'));
    expect(slots).toEqual(kind('parameter').map((name) => `optimizer.momentum.${name}`));
    // At the rates 0 slots, running statistics and the queue move, and nothing else.
    const still = [...kind('parameter'), ...kind('parameter').map((name) => `target.${name}`)];
    expect(changed(before, after).filter((name) => still.includes(name))).toEqual([]);
  });

  it('moves the target towards the parameters as they are after the optimizer', () => {
    const { before, after } = moved;
    const targets = Object.keys(before).filter(
      (name) => name.startsWith('target.') && kind('parameter').includes(name.slice('target.'.length)),
    );
    expect(targets.length > 0).toBe('emaDecay' in options);
    for (const name of targets) {
      const [was, online] = [before[name] as HostTensor, after[name.slice('target.'.length)] as HostTensor];
      const wanted = was.data.map((value, i) => value + 0.25 * ((online.data[i] ?? 0) - value)) as Float32Array;
      expectNear(after[name], { ...was, data: wanted });
    }
  });

  it('learns to tell a fixed batch apart', async () => {
    const program = await stepProgram({ method, optimizer: sgd }, SHAPE);
    const b = { ...VIEWS.a, data: VIEWS.a.data.map((x, i) => x + 0.3 * (VIEWS.b.data[i] ?? 0)) as Float32Array };
    const losses: number[] = [];
    for (let i = 0; i < 40; i++) {
      const inputs = { a: VIEWS.a, b, ...drawn(method), ...scalars(0.05, 0.01) };
      losses.push((await program.run('train', inputs))['loss']?.data[0] ?? Number.NaN);
    }
    program.close();
    // MoCo's loss first rises, while the random keys of its queue are replaced.
    const highest = Math.max(...losses.slice(0, 10));
    expect(losses.at(-1)).toBeLessThan(0.9 * highest);
  });

  it('watches the spread of its embeddings, and what else it says', () => {
    const { outputs } = moved;
    const watched = ['embeddingStd', 'loss', ...(FURTHER_METRICS[options.name] ?? [])];
    expect(Object.keys(outputs).sort()).toEqual(watched.sort());
    expect(outputs['embeddingStd']?.data[0]).toBeGreaterThan(0.01);
  });
});

describe('moco', () => {
  const queueAfter = async (options: MethodOptions) => {
    const method = tinyMethod(options);
    return { method, ...(await step(method, 0, 0)) };
  };
  const rows = ({ shape, data }: HostTensor, from: number, to: number): number[] => [
    ...data.subarray(from * (shape[1] ?? 0), to * (shape[1] ?? 0)),
  ];

  it('takes normalised keys over the first rows, and leaves the others', async () => {
    const { before, after } = await queueAfter(TINY_OPTIONS.moco);
    const [was, is] = [before['queue'] as HostTensor, after['queue'] as HostTensor];
    expect(rows(is, N, 24)).toEqual(rows(was, N, 24));
    for (let row = 0; row < N; row++) expect(Math.hypot(...rows(is, row, row + 1))).toBeCloseTo(1, 5);
    expect(after['queue.position']?.data[0]).toBe(N);
  });

  it('uses the queue as it was before this step for the loss', async () => {
    // Were the keys written first, each query would meet its own key among the negatives and the loss exceed ln 2.
    const method = tinyMethod({ ...TINY_OPTIONS.moco, temperature: 0.01, queueSize: N });
    const program = await stepProgram({ method, optimizer: sgd }, SHAPE);
    const away = initialValues(method.variables, 7)['queue'] as HostTensor;
    // Negatives opposite to every key: the loss of aligned pairs is then 0.
    await program.run('train', { a: VIEWS.a, b: VIEWS.a, ...scalars(0, 0) });
    const keys = (await program.read(['queue']))['queue'] as HostTensor;
    const opposite = { ...away, data: keys.data.map((x) => -x) as Float32Array };
    await program.write({ queue: opposite });
    const { loss } = await program.run('train', { a: VIEWS.a, b: VIEWS.a, ...scalars(0, 0) });
    program.close();
    expect(loss?.data[0]).toBeLessThan(0.5);
  });

  it('computes both symmetric losses before any key enters the queue, the keys of the first view first', async () => {
    const { before, after } = await queueAfter({ ...TINY_OPTIONS.moco, symmetric: 'sum' });
    expect(after['queue.position']?.data[0]).toBe(2 * N);
    expect(rows(after['queue'] as HostTensor, 2 * N, 24)).toEqual(rows(before['queue'] as HostTensor, 2 * N, 24));
    // With equal views both halves of the new keys are equal, and the loss is twice that of one direction.
    const method = (symmetric: 'none' | 'sum' | 'mean') => tinyMethod({ ...TINY_OPTIONS.moco, symmetric });
    const same = { a: VIEWS.a, b: VIEWS.a };
    const [one, sum, mean] = await Promise.all(
      (['none', 'sum', 'mean'] as const).map((symmetric) => step(method(symmetric), 0, 0, same)),
    );
    const loss = (result: typeof one): number => result?.outputs['loss']?.data[0] ?? Number.NaN;
    expect(loss(sum)).toBeCloseTo(2 * loss(one), 4);
    expect(loss(mean)).toBeCloseTo(loss(one), 4);
    const queue = sum?.after['queue'] as HostTensor;
    expect(rows(queue, 0, N)).toEqual(rows(queue, N, 2 * N));
  });

  it('keeps the keys of each view in a queue of their own, which the other view asks', async () => {
    const one = await queueAfter({ ...TINY_OPTIONS.moco, symmetric: 'sum' });
    const two = await queueAfter(MOCO_PLUS);
    const single = one.after['queue'] as HostTensor;
    // The same initial weights give the same keys: those of the first view, then those of the second.
    expect(rows(two.after['queue.0'] as HostTensor, 0, N)).toEqual(rows(single, 0, N));
    expect(rows(two.after['queue.1'] as HostTensor, 0, N)).toEqual(rows(single, N, 2 * N));
    expect(rows(single, 0, N)).not.toEqual(rows(single, N, 2 * N));
  });

  it('shuffles keys among the BatchNorm groups: their statistics change, their order does not', async () => {
    const method = tinyMethod({ ...TINY_OPTIONS.moco, batchNormGroups: 2, shuffleKeys: true });
    const keysAt = async (order: readonly number[]): Promise<HostTensor> => {
      const program = await stepProgram({ method, optimizer: sgd }, SHAPE);
      await program.run('train', { ...VIEWS, keyOrder: int32(order, [1, N]), ...scalars(0, 0) });
      const { queue } = await program.read(['queue']);
      program.close();
      return queue as HostTensor;
    };
    const inOrder = await keysAt([0, 1, 2, 3, 4, 5]);
    // The same groups in another order: the same statistics, so the same keys in the same rows.
    expectNear(await keysAt([2, 0, 1, 5, 3, 4]), inOrder, 1e-5);
    const mixed = await keysAt([0, 3, 1, 4, 2, 5]);
    const worst = Math.max(...[...mixed.data].map((value, i) => Math.abs(value - (inOrder.data[i] ?? 0))));
    expect(worst).toBeGreaterThan(0.01);
  });
});

describe('chanceLoss', () => {
  it('is what equal embeddings give', () => {
    expect(tinyMethod(TINY_OPTIONS.moco).chanceLoss(N, 2)).toBeCloseTo(Math.log(25), 12);
    expect(tinyMethod(MOCO_DEMO).chanceLoss(N, 2)).toBeCloseTo(2 * Math.log(25), 12);
    expect(tinyMethod(MOCO_PLUS).chanceLoss(N, 2)).toBeCloseTo(Math.log(25), 12);
    expect(tinyMethod(TINY_OPTIONS.mocov3).chanceLoss(N, 2)).toBeCloseTo(4 * 0.5 * Math.log(N), 12);
    expect(tinyMethod(TINY_OPTIONS.byol).chanceLoss(N, 2)).toBeUndefined();
  });
});
