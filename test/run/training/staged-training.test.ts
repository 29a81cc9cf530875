import { expect, it } from 'vitest';
import { RunSchema } from '../../../src/config/schema/run.ts';
import { initialState } from '../../../src/run/assembly/resolve-run.ts';
import { openImages } from '../../../src/run/images/run-images.ts';
import { createTrainingBatches } from '../../../src/run/training/training-batches.ts';
import { createTrainingProgram } from '../../../src/run/training/training-program.ts';
import { float32, type HostTensor } from '../../../src/runtime/host-tensor.ts';
import { stagesBatches } from '../../../src/runtime/session-settings.ts';
import { resolveOn } from '../resolve.ts';

const config = RunSchema.parse({
  data: { path: 'data/cifar10-mini.tar.gz', subsetPerClass: 4 },
  method: { name: 'simclr', projector: { hidden: 8, out: 4 } },
  backbone: { name: 'resnet18', stem: 'cifar', width: 4 },
  views: { size: 16 },
  schedule: { batchSize: 8, epochs: 1, warmupEpochs: 0 },
  output: 'x',
});

/** The state after an epoch with the graph for GPUs, and how many batches were handed over before their step. */
async function train(stageBatches: boolean): Promise<{ state: Record<string, HostTensor>; handedOver: number }> {
  const images = await openImages(config.data);
  const resolved = resolveOn(config, images);
  const session = { device: 'cpu', graphFor: 'gpu', gpu: { stageBatches } } as const;
  const run = { ...resolved, session };
  const program = await createTrainingProgram(run, initialState(run));
  let handedOver = 0;
  const batches = createTrainingBatches(run, {
    onBad: () => {},
    stage: stagesBatches(session)
      ? (inputs) => {
          handedOver++;
          return program.stage('train', inputs);
        }
      : undefined,
    signal: new AbortController().signal,
  });
  try {
    const scalars = { learningRate: float32([0.05], []), emaStep: float32([0.1], []) };
    for await (const { inputs } of batches.batches(0, 0)) {
      const [batch = {}] = inputs;
      expect(Object.hasOwn(batch, 'images')).toBe(!stageBatches);
      await program.run('train', { ...batch, ...scalars });
    }
    return { state: await program.read(), handedOver };
  } finally {
    await batches.close();
    program.close();
    await images.close();
  }
}

it('batches that wait on the device train as those that are fed do, to the bit', async () => {
  const [fed, staged] = [await train(false), await train(true)];
  expect([fed.handedOver, staged.handedOver]).toEqual([0, 5]);
  expect(staged.state).toEqual(fed.state);
});
