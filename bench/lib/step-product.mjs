import { relaunchWithEnvironment } from '../../dist/cli/relaunch.js';
import {
  createBackbone,
  createMethod,
  createOptimizer,
  createProgram,
  float32,
  initialValues,
  parameterNames,
  randomStream,
  trainStep,
} from '../../dist/index.js';

// One SimCLR step on a batch in memory, timed: width, views, steps, precision. Prints one line of JSON. The twin of step-peer.py.
// JavaScript from the compiled package, as users run it: a TypeScript loader would count in the peak memory.
relaunchWithEnvironment();
const [width = 16, views = 512, steps = 6] = process.argv.slice(2, 5).map(Number);
const precision = process.argv[5] === 'bfloat16' ? 'bfloat16' : 'float32';
const warmUp = 3;

const backbone = createBackbone('resnet18', { stem: 'cifar', width, zeroInitResidual: false, init: 'torch' });
const projector = { hidden: backbone.featureSize, out: 128, layers: 2, batchNorm: false };
const method = createMethod({ name: 'simclr', temperature: 0.5, projector }, { backbone, precision });
const optimizer = createOptimizer({
  name: 'sgd',
  momentum: 0.9,
  nesterov: false,
  weightDecay: 1e-4,
  excludeBiasAndNorm: false,
});
const shapes = Object.fromEntries(parameterNames(method).map((name) => [name, method.variables[name]?.shape ?? []]));
/** @type {{ shape: number[], dtype: 'float32' }} */
const spec = { shape: [views / 2, 32, 32, 3], dtype: 'float32' };
const program = await createProgram({
  state: { ...initialValues(method.variables, 0), ...optimizer.initialize(shapes) },
  functions: {
    train: {
      inputs: { first: spec, second: spec, learningRate: { shape: [], dtype: 'float32' } },
      build: (state, { first, second, learningRate }) =>
        trainStep(method, optimizer, state, [first, second], learningRate),
    },
  },
  session: { device: 'cpu' },
});
const random = randomStream(0);
const batch = () => float32(Float32Array.from({ length: (views / 2) * 3072 }, random.uniform), spec.shape);
const inputs = { first: batch(), second: batch(), learningRate: float32([0.05], []) };
const seconds = [];
const losses = [];
for (let i = 0; i < warmUp + steps; i++) {
  const begun = performance.now();
  const { loss } = await program.run('train', inputs);
  if (i >= warmUp) seconds.push((performance.now() - begun) / 1000);
  losses.push(loss?.data[0] ?? Number.NaN);
}
program.close();
const parameters = Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ seconds, losses, parameters, peakBytes }));
