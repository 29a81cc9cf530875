import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../src/evaluate/evaluation.ts';
import type { TrainEvent } from '../../src/train/events.ts';
import { type TrainLoop, trainLoop } from '../../src/train/loop.ts';
import { UserError } from '../../src/util/errors.ts';

/** A loop over numbers: the input of batch b in epoch e is 100 e + b, and the loss is 1 / (1 + input). */
function makeLoop(changes: Partial<TrainLoop<number>> = {}) {
  const ran: { input: number; step: number }[] = [];
  const asked: [epoch: number, skip: number][] = [];
  const stepsPerEpoch = changes.stepsPerEpoch ?? 3;
  const loop: TrainLoop<number> = {
    startStep: 0,
    epochs: 2,
    stepsPerEpoch,
    imagesPerStep: 8,
    async *batches(epoch, skip) {
      asked.push([epoch, skip]);
      for (let b = skip; b < stepsPerEpoch; b++) yield { inputs: 100 * epoch + b, waitedMs: 0 };
    },
    learningRate: (step) => step / 10,
    runStep: async (input, step) => {
      ran.push({ input, step });
      return { loss: 1 / (1 + input), metrics: { twice: 2 * input } };
    },
    signal: new AbortController().signal,
    ...changes,
  };
  return { loop, ran, asked };
}

async function collect(events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> {
  const all: TrainEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const brief = (events: readonly TrainEvent[]): string[] =>
  events.map((event) => ('epoch' in event ? `${event.type} ${event.step} of epoch ${event.epoch}` : event.type));

describe('trainLoop', () => {
  it('tells of every step, and of every epoch after its steps', async () => {
    const { loop, ran, asked } = makeLoop();
    const events = await collect(trainLoop(loop));
    expect(brief(events)).toEqual([
      ...['step 1 of epoch 1', 'step 2 of epoch 1', 'step 3 of epoch 1', 'epoch 3 of epoch 1'],
      ...['step 4 of epoch 2', 'step 5 of epoch 2', 'step 6 of epoch 2', 'epoch 6 of epoch 2'],
    ]);
    expect(asked).toEqual([
      [0, 0],
      [1, 0],
    ]);
    // A step is numbered by the steps completed before it.
    expect(ran.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(events[5]).toMatchObject({ type: 'step', loss: 1 / 102, learningRate: 0.4, metrics: { twice: 202 } });
    expect((events[7] as { loss: number }).loss).toBeCloseTo((1 / 101 + 1 / 102 + 1 / 103) / 3, 12);
  });

  it('goes on in the middle of an epoch, with its remaining batches', async () => {
    const { loop, ran, asked } = makeLoop({ startStep: 4 });
    const events = await collect(trainLoop(loop));
    expect(brief(events)).toEqual(['step 5 of epoch 2', 'step 6 of epoch 2', 'epoch 6 of epoch 2']);
    expect(asked).toEqual([[1, 1]]);
    expect(ran[0]).toEqual({ input: 101, step: 4 });
    expect((events[2] as { loss: number }).loss).toBeCloseTo((1 / 102 + 1 / 103) / 2, 12);
  });

  it('goes on at the start of an epoch, and does nothing after the last', async () => {
    const second = makeLoop({ startStep: 3 });
    expect(brief(await collect(trainLoop(second.loop)))[0]).toBe('step 4 of epoch 2');
    const done = makeLoop({ startStep: 6 });
    expect(await collect(trainLoop(done.loop))).toEqual([]);
    expect(done.asked).toEqual([]);
  });

  it('waits while the caller handles an event', async () => {
    const { loop, ran } = makeLoop();
    const events = trainLoop(loop);
    await events.next();
    expect(ran).toHaveLength(1);
    await events.next();
    expect(ran).toHaveLength(2);
    await events.return(undefined);
    expect(ran).toHaveLength(2);
  });

  it('ends after the step under way when the signal aborts', async () => {
    const controller = new AbortController();
    const { loop, ran } = makeLoop({ signal: controller.signal });
    const runStep = loop.runStep;
    const events = trainLoop({
      ...loop,
      runStep: async (input, rate) => {
        if (ran.length === 1) controller.abort();
        return runStep(input, rate);
      },
    });
    expect(brief(await collect(events))).toEqual(['step 1 of epoch 1', 'step 2 of epoch 1']);
    expect(ran).toHaveLength(2);
  });

  it('ends before a step when the signal aborts while a batch loads, and releases the batches', async () => {
    const controller = new AbortController();
    let released = false;
    const { loop, ran } = makeLoop({
      signal: controller.signal,
      async *batches() {
        try {
          yield { inputs: 0, waitedMs: 0 };
          controller.abort();
          yield { inputs: 1, waitedMs: 0 };
        } finally {
          released = true;
        }
      },
    });
    expect(brief(await collect(trainLoop(loop)))).toEqual(['step 1 of epoch 1']);
    expect(ran).toHaveLength(1);
    expect(released).toBe(true);
  });

  it('ends after the last step of an epoch, without the next', async () => {
    const controller = new AbortController();
    const { loop, asked } = makeLoop({ signal: controller.signal });
    for await (const event of trainLoop(loop)) if (event.type === 'epoch') controller.abort();
    expect(asked).toEqual([[0, 0]]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('throws a UserError when the loss is %f', async (bad) => {
    let steps = 0;
    const { loop } = makeLoop({ runStep: async () => ({ loss: ++steps === 2 ? bad : 1, metrics: {} }) });
    const events = trainLoop(loop);
    await events.next();
    const error = await events.next().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ message: `The loss became ${bad} at step 2 (learning rate 0.100).`, exitCode: 1 });
    expect((error as UserError).hint).toContain('optimizer.learningRate');
  });

  it('passes on what batches and steps throw', async () => {
    const fail = async (): Promise<never> => {
      throw new Error('no more memory');
    };
    await expect(collect(trainLoop(makeLoop({ runStep: fail }).loop))).rejects.toThrow('no more memory');
    // biome-ignore lint/correctness/useYield: it fails before it gives anything.
    const batches = async function* (): AsyncGenerator<never> {
      throw new Error('no such file');
    };
    await expect(collect(trainLoop(makeLoop({ batches }).loop))).rejects.toThrow('no such file');
  });

  it('counts images and waiting over the time of steps, not over the time of its listeners', async () => {
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const { loop } = makeLoop({
      epochs: 1,
      async *batches() {
        for (let b = 0; b < 3; b++) {
          await pause(20);
          yield { inputs: b, waitedMs: 20 };
        }
      },
      runStep: async () => {
        await pause(20);
        return { loss: 1, metrics: {} };
      },
    });
    const begun = performance.now();
    let handling = 0;
    for await (const event of trainLoop(loop)) {
      if (event.type === 'step') {
        const before = performance.now();
        await pause(200);
        handling += performance.now() - before;
        expect(event.waitShare).toBeGreaterThan(0);
        expect(event.waitShare).toBeLessThan(1);
      } else if (event.type === 'epoch') {
        const training = (performance.now() - begun - handling) / 1000;
        expect(event.seconds).toBeGreaterThan(0.1);
        expect(event.seconds).toBeLessThanOrEqual(training);
        // The rates are those of the second and third step: the first one prepares the graph.
        const counted = 16 / event.imagesPerSecond;
        expect(counted).toBeGreaterThan(0.07);
        expect(counted).toBeLessThan(event.seconds - 0.03);
        expect(event.waitShare).toBeCloseTo(0.04 / counted, 6);
        expect(event.rssBytes).toBeGreaterThan(1e7);
      }
    }
  });

  // Copying what it knows at each step would make this take minutes.
  it('does not slow down with the steps of an epoch', { timeout: 10_000 }, async () => {
    const { loop } = makeLoop({ epochs: 1, stepsPerEpoch: 60_000 });
    let steps = 0;
    for await (const event of trainLoop(loop)) if (event.type === 'step') steps++;
    expect(steps).toBe(60_000);
  });

  it('saves every so many steps and epochs, and what is there at the end, each state once', async () => {
    const saved = async (saving: object, changes: Partial<TrainLoop<number>> = {}): Promise<number[]> => {
      const steps: number[] = [];
      const save = async (step: number, epoch: number): Promise<void> => {
        expect(epoch).toBe(Math.floor(step / 3));
        steps.push(step);
      };
      await collect(trainLoop(makeLoop({ ...changes, saving: { everyEpochs: 9, save, check() {}, ...saving } }).loop));
      return steps;
    };
    expect(await saved({ everyEpochs: 1 })).toEqual([3, 6]);
    expect(await saved({})).toEqual([6]);
    expect(await saved({ everyEpochs: 1, everySteps: 2 })).toEqual([2, 3, 4, 6]);
    expect(await saved({ everyEpochs: 1 }, { startStep: 6 })).toEqual([]);
    const controller = new AbortController();
    const runStep = async (_: number, step: number) => {
      if (step === 3) controller.abort();
      return { loss: 1, metrics: {} };
    };
    expect(await saved({}, { signal: controller.signal, runStep })).toEqual([4]);
  });

  it('ends after the step in which writing failed, and when the state can not be copied', async () => {
    const fail = async (): Promise<never> => {
      throw new Error('no space');
    };
    let steps = 0;
    const check = (): void => {
      if (++steps === 4) throw new Error('no space');
    };
    const late = makeLoop({ saving: { everyEpochs: 1, save: async () => {}, check } });
    await expect(collect(trainLoop(late.loop))).rejects.toThrow('no space');
    expect(late.ran).toHaveLength(4);
    const early = makeLoop({ saving: { everyEpochs: 1, everySteps: 2, save: fail, check() {} } });
    await expect(collect(trainLoop(early.loop))).rejects.toThrow('no space');
    expect(early.ran).toHaveLength(2);
  });

  it('evaluates after every so many epochs but the last, once the state is saved', async () => {
    const evaluate = async (step: number, epoch: number) => {
      return [{ type: 'evaluation', step, epoch, evaluation: {} as Evaluation } as const];
    };
    const told = async (everyEpochs: number, saving = {}): Promise<string[]> => {
      const all: string[] = [];
      const save = async (step: number, epoch: number): Promise<void> =>
        void all.push(`saved ${step} of epoch ${epoch}`);
      const { loop } = makeLoop({
        epochs: 4,
        stepsPerEpoch: 1,
        evaluating: { everyEpochs, evaluate },
        saving: { everyEpochs: 2, save, check() {}, ...saving },
      });
      for await (const event of trainLoop(loop)) if (event.type !== 'step') all.push(...brief([event]));
      return all;
    };
    expect(await told(2)).toEqual([
      ...['epoch 1 of epoch 1', 'epoch 2 of epoch 2', 'saved 2 of epoch 2', 'evaluation 2 of epoch 2'],
      ...['epoch 3 of epoch 3', 'epoch 4 of epoch 4', 'saved 4 of epoch 4'],
    ]);
    expect(await told(1, { everyEpochs: 9, beforeEvaluating: true })).toEqual(
      [1, 2, 3, 4].flatMap((n) => [
        ...[`epoch ${n} of epoch ${n}`, `saved ${n} of epoch ${n}`],
        ...(n < 4 ? [`evaluation ${n} of epoch ${n}`] : []),
      ]),
    );
    expect((await told(0)).filter((text) => text.startsWith('evaluation'))).toEqual([]);
  });

  it('makes up for the evaluation of the state that it begins with, where a kill came between', async () => {
    const first = async (startStep: number, isStartOwed: boolean): Promise<string | undefined> => {
      const evaluate = async (step: number, epoch: number) => {
        return [{ type: 'evaluation', step, epoch, evaluation: {} as Evaluation } as const];
      };
      const evaluating = { everyEpochs: 2, isStartOwed, evaluate };
      const { loop } = makeLoop({ startStep, epochs: 4, stepsPerEpoch: 2, evaluating });
      return brief(await collect(trainLoop(loop)))[0];
    };
    expect(await first(4, true)).toBe('evaluation 4 of epoch 2');
    for (const step of [0, 1, 2, 3, 5, 6, 7]) expect(await first(step, true)).toMatch(/^step/);
    expect(await first(8, true)).toBeUndefined();
    expect(await first(4, false)).toMatch(/^step/);
  });
});
