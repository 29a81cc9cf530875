import { relaunchWithEnvironment } from '../../dist/cli/relaunch.js';
import {
  createBackbone,
  createMethod,
  createOptimizer,
  createProgram,
  float32,
  initialStepState,
  initialValues,
  parameterNames,
  randomStream,
  trainStep,
} from '../../dist/index.js';
import { cardMemoryUse } from '../../dist/run/gpu-check/memory-use.js';
import { stepMethod } from './step-methods.mjs';

// One step on a batch that lies on the device, timed; the settings are JSON (GpuStep in gpu-steps.ts). Prints one line
// of JSON. The twin of step-peer.py.
await relaunchWithEnvironment();
/** @type {import('./gpu-steps.ts').ProductSettings} */
const settings = JSON.parse(process.argv[2] ?? '{}');
const { network, method: name, width, size, images, precision, warmUp, steps, session } = settings;
const memoryBefore = await cardMemoryUse();

const stem = network === 'resnet50' ? 'imagenet' : 'cifar';
const backbone = createBackbone(network, { stem, width, zeroInitResidual: false, init: 'torch' });
const method = createMethod(stepMethod(name, backbone.featureSize), { backbone, precision });
const optimizer = createOptimizer({
  ...{ name: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 1e-4, excludeBiasAndNorm: false },
});
const parts = { method, optimizer, scalesLoss: precision === 'float16' };
const random = randomStream(0);
const shape = [images, size, size, 3];
const batch = () => float32(Float32Array.from({ length: images * size * size * 3 }, random.uniform), shape);
/** @type {{ shape: number[], dtype: 'float32' }} */
const scalar = { shape: [], dtype: 'float32' };
const begun = performance.now();
const program = await createProgram({
  // The batch is state that nothing moves: PyTorch's lies on the device, too.
  state: {
    ...initialValues(method.variables, 0),
    ...initialStepState(parts, images),
    ...{ 'batch.first': batch(), 'batch.second': batch() },
  },
  functions: {
    train: {
      inputs: { learningRate: scalar, emaStep: scalar },
      build: (state, { learningRate, emaStep }) =>
        trainStep(parts, state, { views: [state['batch.first'], state['batch.second']] }, { learningRate, emaStep }),
    },
  },
  session,
});
const inputs = { learningRate: float32([0.05], []), emaStep: float32([0.01], []) };
const seconds = [];
const losses = [];
let firstSeconds = 0;
for (let i = 0; i < warmUp + steps; i++) {
  const from = performance.now();
  const { loss } = await program.run('train', inputs);
  if (i === 0) firstSeconds = (performance.now() - begun) / 1000;
  if (i >= warmUp) seconds.push((performance.now() - from) / 1000);
  losses.push(loss?.data[0] ?? Number.NaN);
}
const memoryAfter = await cardMemoryUse();
const parameters = parameterNames(method)
  .map((each) => method.variables[each]?.shape ?? [])
  .reduce((sum, each) => sum + each.reduce((a, b) => a * b, 1), 0);
const devices = program.devices.map((device) => device.name.replace(/^.*device:/, ''));
program.close();
const memoryMiB = memoryAfter === undefined ? null : memoryAfter - (memoryBefore ?? 0);
console.log(JSON.stringify({ seconds, firstSeconds, losses, parameters, memoryMiB, devices }));
