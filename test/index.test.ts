import { describe, expect, it } from 'vitest';
import * as library from '../src/index.ts';
import {
  batchNorm,
  createBackbone,
  createMethod,
  createOptimizer,
  createProgram,
  float32,
  type HostTensor,
  initialStepState,
  initialValues,
  type Layer,
  linear,
  type Method,
  mlp,
  ntXent,
  ntXentChance,
  type OptimizerOptions,
  ops,
  type Program,
  type ResnetOptions,
  runOnce,
  type Tensor,
  tf,
  toNested,
  trainStep,
  UserError,
} from '../src/index.ts';

describe('the package', () => {
  it('reaches every part that its numbers come from', () => {
    const parts = {
      losses: ['ntXent', 'ntXentChance', 'l2Normalize'],
      views: [
        'makeViews',
        'planViews',
        'viewInputs',
        'viewInputSpecs',
        'drawView',
        'drawCrop',
        'drawColour',
        'normalize',
      ],
      pixels: [
        'resample',
        'blendColours',
        'shiftHue',
        'grayscale',
        'luminance',
        'gaussianBlur',
        'solarize',
        'onPlanes',
      ],
      optimizers: [
        'createOptimizer',
        'cosine',
        'learningRateSchedule',
        'scaleLearningRate',
        'emaDecaySchedule',
        'clipByGlobalNorm',
      ],
      layers: [
        'convolution',
        'batchNorm',
        'linear',
        'mlp',
        'residual',
        'layerNorm',
        'attention',
        'transformerBlock',
        'sequential',
        'pure',
      ],
      methods: ['createBackbone', 'createMethod', 'initialValues', 'trainStep', 'parameterNames'],
      encoders: ['loadEncoder'],
      evaluation: ['knn', 'linearProbe', 'wilsonInterval'],
      tensors: ['runOnce', 'createProgram', 'gradients', 'float32', 'int32', 'uint8', 'fromNested', 'toNested'],
      others: ['readCheckpoint', 'writeCheckpoint', 'UserError', 'randomStream'],
    };
    const exported = new Map<string, unknown>(Object.entries(library));
    for (const name of Object.values(parts).flat()) expect(typeof exported.get(name), name).toBe('function');
    expect(typeof ops.relu).toBe('function');
    expect(typeof tf.matMul).toBe('function');
  });
});

describe('runOnce', () => {
  it('records a small function and returns its values', async () => {
    const { loss, doubled } = await runOnce(
      ({ a, b }) => ({ loss: ntXent([a as Tensor, b as Tensor], 0.5), doubled: tf.mul(a as Tensor, 2) }),
      {
        a: [
          [1, 0],
          [0, 1],
        ],
        b: float32([1, 0, 0, 1], [2, 2]),
      },
    );
    expect(loss?.shape).toEqual([]);
    expect(loss?.data[0]).toBeCloseTo(Math.log((Math.exp(2) + 2) / Math.exp(2)), 6);
    expect(toNested(doubled as HostTensor)).toEqual([
      [2, 0],
      [0, 2],
    ]);
  });

  it('calls a single tensor `value`, and gives inputs back', async () => {
    expect(await runOnce(({ x }) => x as Tensor, { x: [1, 2] })).toEqual({ value: float32([1, 2], [2]) });
    const { value } = await runOnce(() => tf.scalar(3), {});
    expect(value).toEqual(float32([3], []));
  });

  it('can be called many times at once, and after a failure', async () => {
    const failed = runOnce(
      () => {
        throw new UserError('mine');
      },
      { x: 1 },
    );
    await expect(failed).rejects.toThrow('mine');
    const all = await Promise.all([1, 2, 3].map((x) => runOnce((inputs) => tf.square(inputs['x'] as Tensor), { x })));
    expect(all.map(({ value }) => value?.data[0])).toEqual([1, 4, 9]);
  });
});

describe('a program of its parts', () => {
  it('trains', async () => {
    const resnet: ResnetOptions = { stem: 'cifar', width: 2, zeroInitResidual: false, init: 'he-fan-out' };
    const backbone = createBackbone('resnet18', resnet);
    const projector = { hidden: 8, out: 4, layers: 2, batchNorm: true };
    const method: Method = createMethod(
      { name: 'simclr', temperature: 0.5, passes: 'joint', projector },
      { backbone, precision: 'float32' },
    );
    const settings: OptimizerOptions = {
      name: 'sgd',
      momentum: 0.9,
      nesterov: false,
      weightDecay: 0,
      excludeBiasAndNorm: true,
    };
    const optimizer = createOptimizer(settings);
    const parameters = initialValues(method.variables, 1);
    const parts = { method, optimizer };
    const views = { shape: [4, 8, 8, 3], dtype: 'float32' } as const;
    const program: Program = await createProgram({
      state: { ...parameters, ...initialStepState(parts, 4) },
      functions: {
        train: {
          inputs: { a: views, b: views },
          build: (state, { a, b }) => {
            const scalars = { learningRate: tf.scalar(0.05), emaStep: tf.scalar(0) };
            return trainStep(parts, state, { views: [a as Tensor, b as Tensor] }, scalars);
          },
        },
      },
      session: { device: 'cpu' },
    });
    const random = library.randomStream(1);
    const data = Float32Array.from({ length: 4 * 8 * 8 * 3 }, () => random.normal());
    const losses: number[] = [];
    for (let step = 0; step < 10; step++) {
      const view = float32(data, views.shape);
      losses.push((await program.run('train', { a: view, b: view }))['loss']?.data[0] ?? Number.NaN);
    }
    program.close();
    expect(losses[0]).toBeLessThan(ntXentChance(4) + 0.5);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  });

  it('has layers that are plain records', () => {
    const layers: Layer[] = [
      batchNorm(4),
      linear(4, 2, { bias: true }),
      mlp({ input: 4, hidden: 4, output: 2, layers: 2, batchNorm: false }),
    ];
    expect(layers.map(({ variables }) => Object.keys(variables).length)).toEqual([4, 2, 4]);
  });
});
