import { expect, it } from 'vitest';
import { initialValues } from '../../../src/methods/initial-values.ts';
import { type MlpOptions, mlp } from '../../../src/nn/mlp.ts';
import { projectorOptions, projectorParts } from '../../../src/run/export/projector.ts';
import { zeros } from '../../../src/runtime/host-tensor.ts';
import { rejection } from '../rejection.ts';

const BASE: MlpOptions = { input: 6, hidden: 5, output: 3, layers: 2, batchNorm: true };

const tensorsOf = (options: MlpOptions) => initialValues(mlp(options).variables, 1);

it.each<Partial<MlpOptions>>([
  {},
  { layers: 1 },
  { layers: 3, lastBatchNorm: 'plain', lastBias: false },
  { lastBatchNorm: 'affine' },
  { batchNorm: false, layers: 3 },
  { layers: 1, lastBatchNorm: 'plain', lastBias: false },
])('finds the settings of a projector by its tensors: %j', (over) => {
  const options = { ...BASE, ...over };
  const found = projectorOptions(tensorsOf(options));
  expect(Object.keys(mlp(found).variables)).toEqual(Object.keys(mlp(options).variables));
  expect(found).toMatchObject({
    input: 6,
    output: 3,
    layers: options.layers,
    lastBatchNorm: options.lastBatchNorm ?? 'none',
  });
});

it('lists parts as PyTorch numbers them', () => {
  expect(projectorParts(tensorsOf({ ...BASE, lastBatchNorm: 'plain', lastBias: false }))).toEqual([
    { kind: 'linear', input: 6, output: 5, bias: false },
    { kind: 'batchNorm', size: 5, affine: true },
    { kind: 'relu' },
    { kind: 'linear', input: 5, output: 3, bias: false },
    { kind: 'batchNorm', size: 3, affine: false },
  ]);
});

it('refuses where there is none, and other tensors', async () => {
  expect(await rejection((async () => projectorOptions({}))())).toMatch(
    /^exit 2: --part projector: expected the tensors of a projector \(projector\.\*\), found none/,
  );
  const odd = { ...tensorsOf(BASE), '7.scale': zeros([3]) };
  expect(await rejection((async () => projectorOptions(odd))())).toMatch(/^exit 2: .* got others/);
});
