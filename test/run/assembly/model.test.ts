import { expect, test } from 'vitest';
import { buildModel } from '../../../src/run/assembly/model.ts';
import { load } from '../../config/problems.ts';

const config = (method: string, ...sets: string[]) => load(`data: {path: x}\nmethod: {name: ${method}}\n`, ...sets);
const NORM = ['weight', 'bias', 'running_mean', 'running_var'];

test.each([
  ['simclr', 'projector', ['0.weight', ...NORM.map((name) => `1.${name}`), '3.weight', '3.bias']],
  // MoCo v2 has no BatchNorm there (facebookresearch/moco).
  ['moco', 'projector', ['0.weight', '0.bias', '2.weight', '2.bias']],
  // The last BatchNorm learns no scale and shift; the predictor ends without one, as in moco-v3's ResNet-50.
  [
    'mocov3',
    'projector',
    ['0.weight', ...NORM.map((name) => `1.${name}`), '3.weight', '4.running_mean', '4.running_var'],
  ],
  ['mocov3', 'predictor', ['0.weight', ...NORM.map((name) => `1.${name}`), '3.weight']],
  ['byol', 'projector', ['0.weight', ...NORM.map((name) => `1.${name}`), '3.weight']],
  ['byol', 'predictor', ['0.weight', ...NORM.map((name) => `1.${name}`), '3.weight']],
])("by default %s has its paper's %s", (method, head, names) => {
  const { variables } = buildModel(config(method)).method;
  const own = Object.keys(variables).filter((name) => name.startsWith(`${head}.`));
  expect(own).toEqual(names.map((name) => `${head}.${name}`));
});

test('by default SGD decays every parameter, as MoCo does, and LARS neither biases nor BatchNorm', () => {
  expect(config('moco').optimizer.excludeBiasAndNorm).toBe(false);
  expect(config('byol', 'optimizer.name=lars').optimizer.excludeBiasAndNorm).toBe(true);
});
