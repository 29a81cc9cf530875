import { join } from 'node:path';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { BackboneConfig } from '../src/config/backbone-settings.ts';
import type { RunConfig } from '../src/config/run-config.ts';
import * as library from '../src/index.ts';
import {
  batchNorm,
  createBackbone,
  createMethod,
  createOptimizer,
  createProgram,
  encodeOnnxModel,
  float32,
  guessBackbone,
  type HostTensor,
  initialStepState,
  initialValues,
  type Layer,
  linear,
  type Method,
  matchBackbone,
  mlp,
  ntXent,
  ntXentChance,
  type OptimizerOptions,
  ops,
  type Program,
  type ResnetOptions,
  readWeights,
  recordEncoderGraph,
  runOnce,
  savedModelFiles,
  type Tensor,
  tf,
  tfjsFiles,
  toNested,
  torchTensors,
  trainStep,
  UserError,
  writeSafetensors,
} from '../src/index.ts';
import { temporaryFolder } from './cli/run-command.ts';

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
      encoders: ['loadEncoder', 'readWeights', 'guessBackbone', 'matchBackbone'],
      formats: [
        'torchTensors',
        'loaderText',
        'recordEncoderGraph',
        'encodeOnnxModel',
        'savedModelFiles',
        'tfjsFiles',
        'tableFiles',
        'readSafetensors',
        'writeSafetensors',
      ],
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

describe('formats of other tools', () => {
  const settings = { name: 'resnet18', stem: 'cifar', width: 4, zeroInitResidual: false, init: 'he-fan-out' } as const;
  const backbone = createBackbone('resnet18', settings);
  const values = initialValues(backbone.layer.variables, 1);
  const tensors = Object.fromEntries(Object.entries(values).map(([name, value]) => [`backbone.${name}`, value]));

  it('are written, and weights are read back as they were', async () => {
    const path = join(temporaryFolder(), 'torchvision.safetensors');
    await writeSafetensors(path, torchTensors('torchvision', { backbone: settings, size: 32, tensors }));
    const file = await readWeights(path);
    expect(file).toMatchObject({ path, kind: 'safetensors', layout: 'torch' });
    expect(guessBackbone(file)).toMatchObject({ name: 'resnet18', stem: 'cifar', width: 4 });
    const found = matchBackbone(file, { settings, variables: backbone.layer.variables, size: 32 });
    expect(found).toMatchObject({ prefix: '', matched: 100 });
    expect(found.tensors).toEqual(tensors);
  });

  it('hold graphs that compute', () => {
    const normalization = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
    const encoder = { backbone, tensors, size: 32, normalization };
    const graph = recordEncoderGraph(encoder, { input: 'images', output: 'features' });
    expect(graph.outputs).toEqual([{ name: 'features', dtype: 'float32', shape: [-1, 32] }]);
    expect(encodeOnnxModel(graph, {}).length).toBeGreaterThan(100_000);
    expect(Object.keys(savedModelFiles(graph))).toEqual(['saved_model.pb']);
    expect(Object.keys(tfjsFiles(graph))).toEqual(['model.json', 'group1-shard1of1.bin']);
  });

  it('have settings as the schema does', () => {
    expectTypeOf<RunConfig['backbone']>().toExtend<BackboneConfig>();
    expectTypeOf<BackboneConfig>().toExtend<RunConfig['backbone']>();
  });
});
