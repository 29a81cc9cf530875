import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunSchema } from '../../../src/config/schema/run.ts';
import { initialValues } from '../../../src/methods/initial-values.ts';
import { scoped } from '../../../src/nn/layer.ts';
import { buildParts, initialState } from '../../../src/run/assembly/resolve-run.ts';
import { createEncoderProgram, encoderTensors } from '../../../src/run/encoder/encoder-program.ts';
import { createTrainingProgram } from '../../../src/run/training/training-program.ts';
import { evaluationDraws, evaluationView, featureBatch } from '../../../src/run/views/evaluation-view.ts';
import { trainingViews } from '../../../src/run/views/view-groups.ts';
import { float32, type HostTensor, uint8 } from '../../../src/runtime/host-tensor.ts';
import type { Program } from '../../../src/runtime/program.ts';
import { runOnce } from '../../../src/runtime/run-once.ts';
import type { Tensor } from '../../../src/runtime/tf.ts';
import { randomStream } from '../../../src/util/rng.ts';
import { expectNear } from '../../support-tensors.ts';

const SIZE = 16;
const BATCH = featureBatch(SIZE);
const FEATURES = 32;
const LAYOUT = { kind: 'whole', height: SIZE, width: SIZE } as const;
const config = RunSchema.parse({
  data: { path: 'x' },
  method: { name: 'byol', projector: { hidden: 8, out: 4 }, predictor: { hidden: 8 } },
  backbone: { name: 'resnet18', stem: 'cifar', width: 4 },
  views: { size: SIZE, normalize: 'none' },
  schedule: { batchSize: 4 },
  output: 'x',
});
const parts = buildParts(config);
const { model, session } = parts;
const view = evaluationView(config.views);

/** A batch of images of which the first is always the same. */
function images(seed: number): Uint8Array {
  const pixels = SIZE * SIZE * 3;
  const draw = (stream: number, count: number): number[] => {
    const random = randomStream(stream);
    return Array.from({ length: count * pixels }, () => random.integer(256));
  };
  return Uint8Array.from([...draw(0, 1), ...draw(seed, BATCH - 1)]);
}

/** A state as after training: statistics that are nobody's first values, and a target network unlike the online one. */
function trainedState(): Record<string, HostTensor> {
  const random = randomStream(5);
  return Object.fromEntries(
    Object.entries(initialState(parts)).map(([name, { shape, data }]) => {
      const isMoved = /running_(mean|var)$/.test(name) || name.startsWith('target.');
      const values = isMoved ? [...data].map((x) => x + 0.1 * random.uniform()) : [...data];
      return [name, float32(values, shape)];
    }),
  );
}

describe('the features that are evaluated', () => {
  const state = trainedState();
  let program: Program;
  beforeAll(async () => {
    const views = trainingViews(config.views, LAYOUT, session);
    program = await createTrainingProgram({ ...parts, views, evaluation: { encoder: model, view } }, state);
  });
  afterAll(() => program.close());

  /** Features [BATCH, FEATURES] of a batch. */
  const featuresOf = async (batch: Uint8Array, from = program): Promise<HostTensor> => {
    const inputs = { images: uint8(batch, [BATCH, SIZE, SIZE, 3]), ...evaluationDraws(view) };
    return (await from.run('features', inputs))['features'] as HostTensor;
  };
  const first = ({ data }: HostTensor): HostTensor => float32([...data.slice(0, FEATURES)], [FEATURES]);

  it('are what the online backbone gives for the plain image, before the projector, with the stored statistics', async () => {
    const batch = images(1);
    const { wanted } = await runOnce(
      ({ x, ...tensors }) => {
        const { y } = model.backbone.layer.apply(
          scoped((name) => tensors[name] as Tensor, 'backbone.'),
          x as Tensor,
          { mode: 'eval' },
        );
        return { wanted: y };
      },
      {
        x: float32(
          Float32Array.from(batch, (value) => value / 255),
          [BATCH, SIZE, SIZE, 3],
        ),
        ...encoderTensors(state),
      },
    );
    const found = await featuresOf(batch);
    expect(found.shape).toEqual([BATCH, FEATURES]);
    expectNear(found, wanted as HostTensor, 1e-5);
  });

  it('do not depend on the other images of the batch', async () => {
    expectNear(first(await featuresOf(images(1))), first(await featuresOf(images(2))), 1e-6);
  });

  it('depend on the backbone alone: neither target network nor heads change them', async () => {
    const before = await featuresOf(images(1));
    const others = Object.entries(initialValues(model.method.variables, 9));
    await program.write(Object.fromEntries(others.filter(([name]) => !name.startsWith('backbone.'))));
    expect(await featuresOf(images(1))).toEqual(before);
    await program.write(Object.fromEntries(others.filter(([name]) => name === 'backbone.conv1.weight')));
    expect(await featuresOf(images(1))).not.toEqual(before);
    await program.write(state);
  });

  it('are the same from the encoder that is taken out of the state for an evaluation', async () => {
    const encoder = encoderTensors(state);
    expect(Object.keys(encoder).length).toBeGreaterThan(50);
    for (const [name, tensor] of Object.entries(encoder)) expect(tensor).toBe(state[name]);
    const alone = await createEncoderProgram({ encoder: model, view, session }, encoder);
    const found = await featuresOf(images(1), alone);
    alone.close();
    expectNear(found, await featuresOf(images(1)), 1e-6);
  });
});
