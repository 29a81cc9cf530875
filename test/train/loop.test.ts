import { expect, test } from 'vitest';
import { loadBatches } from '../../src/data/loader.ts';
import type { TrainEvent } from '../../src/train/events.ts';
import { type TrainLoop, trainLoop } from '../../src/train/loop.ts';
import { UserError } from '../../src/util/errors.ts';

/** A loop over 3 epochs of 4 steps; a step's input is its place in the epoch, and its loss what the test says. */
function loop(changes: Partial<TrainLoop<number>> = {}): TrainLoop<number> {
  const { signal = new AbortController().signal } = changes;
  return {
    startStep: 0,
    epochs: 3,
    stepsPerEpoch: 4,
    batchSize: 2,
    async *batches(_, skip) {
      const orders = [0, 1, 2, 3].slice(skip);
      for await (const { batch, waitedMs } of loadBatches({ orders, load: async (order) => order, signal })) {
        yield { inputs: batch, waitedMs };
      }
    },
    learningRate: (step) => step / 10,
    runStep: async (inputs) => ({ loss: inputs, metrics: {} }),
    signal,
    ...changes,
  };
}

/** Steps as `step@rate`, epochs as `epoch n: loss`. */
async function told(events: AsyncIterable<TrainEvent>, onEvent: (told: string) => void = () => {}): Promise<string[]> {
  const all: string[] = [];
  for await (const event of events) {
    if (event.type === 'step') all.push(`${event.step}@${event.learningRate}`);
    if (event.type === 'epoch') all.push(`epoch ${event.epoch}: ${event.loss}`);
    onEvent(all.at(-1) ?? '');
  }
  return all;
}

test('steps and epochs come in order, each step with its learning rate', async () => {
  expect(await told(trainLoop(loop({ epochs: 2 })))).toEqual([
    '1@0',
    '2@0.1',
    '3@0.2',
    '4@0.3',
    'epoch 1: 1.5',
    '5@0.4',
    '6@0.5',
    '7@0.6',
    '8@0.7',
    'epoch 2: 1.5',
  ]);
});

test('going on amid an epoch or after one continues where it ended', async () => {
  expect(await told(trainLoop(loop({ startStep: 10 })))).toEqual(['11@1', '12@1.1', 'epoch 3: 2.5']);
  expect((await told(trainLoop(loop({ startStep: 8 }))))[0]).toBe('9@0.8');
  expect(await told(trainLoop(loop({ startStep: 12 })))).toEqual([]);
});

test.each([
  ['2@0.1', ['1@0', '2@0.1']],
  ['4@0.3', ['1@0', '2@0.1', '3@0.2', '4@0.3', 'epoch 1: 1.5']],
  ['epoch 1: 1.5', ['1@0', '2@0.1', '3@0.2', '4@0.3', 'epoch 1: 1.5']],
])('an abort at %s ends the loop, and only a complete epoch is told of', async (last, expected) => {
  const controller = new AbortController();
  const events = trainLoop(loop({ signal: controller.signal }));
  expect(await told(events, (event) => event === last && controller.abort())).toEqual(expected);
});

test('an abort while a batch is waited for ends no epoch', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const batches: TrainLoop<number>['batches'] = async function* () {
    const load = async (order: number) => {
      if (order === 2) controller.abort();
      return order;
    };
    for await (const { batch, waitedMs } of loadBatches({ orders: [0, 1, 2, 3], load, signal, ahead: 0 })) {
      yield { inputs: batch, waitedMs };
    }
  };
  expect(await told(trainLoop(loop({ signal, batches })))).toEqual(['1@0', '2@0.1']);
});

test('a loss that is no number fails the run before anything is told of the step', async () => {
  const runStep = async (inputs: number) => ({ loss: inputs === 1 ? Number.NaN : 0, metrics: {} });
  const events = trainLoop(loop({ runStep }));
  expect((await events.next()).value).toMatchObject({ type: 'step', step: 1 });
  await expect(events.next()).rejects.toThrow(UserError);
  await expect(trainLoop(loop({ startStep: 1, runStep })).next()).rejects.toThrow(
    'The loss became NaN at step 2 (learning rate 0.100).',
  );
});
