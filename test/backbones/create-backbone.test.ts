import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type BackboneName, createBackbone } from '../../src/backbones/create-backbone.ts';
import { ResnetConfig, VitConfig } from '../../src/config/schema/backbone-config.ts';

const names: readonly BackboneName[] = [...ResnetConfig.shape.name.unwrap().options, ...VitConfig.shape.name.options];

it('builds every backbone of the settings, with the numbers of docs/backbones.md', () => {
  const page = readFileSync(new URL('../../docs/backbones.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `') && !line.startsWith('| `backbone.name'));
  const built = names.map((name) => {
    const options = { stem: 'imagenet', width: 64, zeroInitResidual: false, init: 'he-fan-out' } as const;
    const { layer, featureSize } = createBackbone(name, options);
    const count = Object.values(layer.variables)
      .filter(({ kind }) => kind === 'parameter')
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(layer.trace([32, 32, 3]).shape).toEqual([featureSize]);
    return `| \`${name}\` | ${count.toLocaleString('en-US')} | ${featureSize} |`;
  });
  expect(rows.map((row) => row.split(' |').slice(0, 3).join(' |').concat(' |'))).toEqual(built);
});
