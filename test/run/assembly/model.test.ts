import { expect, test } from 'vitest';
import { buildModel } from '../../../src/run/assembly/model.ts';
import { load, messageOf } from '../../config/problems.ts';

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

test.each(['moco', 'mocov3', 'byol'])('the target network of %s has learnt positions of its own', (method) => {
  const sets = ['backbone={name: vit-tiny-16, positions: learned}', 'views.size=64'];
  const { variables } = buildModel(config(method, ...sets)).method;
  const positions = Object.entries(variables).filter(([name]) => name.endsWith('pos_embed'));
  expect(positions.map(([name, { shape, kind, copyOf }]) => [name, shape, kind, copyOf])).toEqual([
    ['backbone.pos_embed', [1, 17, 192], 'parameter', undefined],
    ['target.backbone.pos_embed', [1, 17, 192], 'buffer', 'backbone.pos_embed'],
  ]);
});

test('learnt positions refuse small views', () => {
  const views = 'views={size: 96, small: {count: 2, size: 32, crop: {area: [0.1, 0.4]}}}';
  const build = (positions: string) =>
    messageOf(() => buildModel(config('simclr', `backbone={name: vit-tiny-16, positions: ${positions}}`, views)));
  expect(build('fixed')).toBe('no error');
  expect(build('learned')).toMatchInlineSnapshot(`
    "exit 2: Expected views of 96 x 96 px, for whose patches positions are learnt, got 32 x 32 px.
    hint: Give all views one size (no views.small), or take backbone.positions: fixed, which fit every size."
  `);
});

test('by default SGD decays every parameter, as MoCo does, and LARS neither biases nor BatchNorm', () => {
  expect(config('moco').optimizer.excludeBiasAndNorm).toBe(false);
  expect(config('byol', 'optimizer.name=lars').optimizer.excludeBiasAndNorm).toBe(true);
});
