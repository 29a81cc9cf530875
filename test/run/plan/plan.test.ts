import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAssignment } from '../../../src/config/assignment.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { planFor } from '../../../src/run/plan/plan.ts';
import { formatPlan } from '../../../src/run/plan/plan-text.ts';
import { inRepository } from '../../cli/run-command.ts';

const names = readdirSync(inRepository('configs')).filter((name) => name.endsWith('.yaml'));

/** The training images of the data set that a preset is for. */
function imagesOf(name: string): number {
  if (name.includes('imagenet100')) return 126_689;
  if (name.includes('imagenet')) return 1_281_167;
  if (name.includes('accuracy')) return 10_000;
  return name === 'quickstart.yaml' ? 5000 : 50_000;
}

test('every preset plans its whole run, with the numbers of its source and without a warning', () => {
  const lines = names.map((name) => {
    const config = loadConfig(inRepository(`configs/${name}`), [parseAssignment('data.path=/images')]);
    const plan = planFor(config, { count: imagesOf(name), description: '' });
    expect(formatPlan(plan)).toContain(`runs/${name.replace('.yaml', '')}`);
    expect([name, plan.warnings]).toEqual([name, []]);
    const { steps, model, chanceLoss } = plan;
    const million = (value: number): string => `${(value / 1e6).toFixed(2)}`;
    return [
      name.replace('.yaml', '').padEnd(29),
      `${steps.total} steps, ${steps.warmup} warm-up`.padEnd(27),
      `peak ${Number(steps.peakRate.toPrecision(4))}`.padEnd(12),
      `chance ${chanceLoss?.toFixed(3) ?? 'none'}`.padEnd(14),
      `${million(model.backboneParameters)} + ${million(model.projectorParameters)} million`,
    ].join(' ');
  });
  expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    byol-accuracy                 3120 steps, 156 warm-up     peak 0.06    chance none    0.70 + 0.08 million
    byol-cifar                    195000 steps, 1950 warm-up  peak 1       chance none    11.17 + 5.26 million
    byol-imagenet                 312000 steps, 3120 warm-up  peak 3.2     chance none    23.51 + 11.55 million
    byol-imagenet100-multicrop    395600 steps, 9890 warm-up  peak 0.25    chance none    11.18 + 7.37 million
    byol-imagenet100              197600 steps, 4940 warm-up  peak 0.5     chance none    11.18 + 7.37 million
    byol                          19400 steps, 0 warm-up      peak 0.06    chance none    11.17 + 1.32 million
    moco-accuracy                 780 steps, 39 warm-up       peak 0.06    chance 8.318   0.70 + 0.02 million
    moco-cifar                    19400 steps, 0 warm-up      peak 0.06    chance 16.636  11.17 + 0.07 million
    moco                          19400 steps, 0 warm-up      peak 0.24    chance 9.011   11.17 + 0.33 million
    mocov1-imagenet               1000800 steps, 0 warm-up    peak 0.03    chance 11.090  23.51 + 0.26 million
    mocov2-imagenet               1000800 steps, 0 warm-up    peak 0.03    chance 11.090  23.51 + 4.46 million
    mocov2plus-cifar              195000 steps, 1950 warm-up  peak 0.3     chance 10.397  11.17 + 1.58 million
    mocov2plus-imagenet100        197600 steps, 4940 warm-up  peak 0.3     chance 11.090  11.18 + 1.58 million
    mocov3-cifar                  195000 steps, 1950 warm-up  peak 0.3     chance 4.436   11.17 + 5.26 million
    mocov3-imagenet               31200 steps, 3120 warm-up   peak 9.6     chance 33.271  23.51 + 11.55 million
    mocov3-imagenet100            197600 steps, 4940 warm-up  peak 0.3     chance 4.436   11.18 + 5.26 million
    mocov3-vit-imagenet           375300 steps, 50040 warm-up peak 0.0006  chance 5.545   21.29 + 21.52 million
    quickstart                    152 steps, 19 warm-up       peak 0.06    chance 6.236   0.70 + 0.02 million
    simclr-accuracy               780 steps, 39 warm-up       peak 0.06    chance 6.236   0.70 + 0.02 million
    simclr-cifar-google           97000 steps, 970 warm-up    peak 2       chance 6.930   11.17 + 0.59 million
    simclr-cifar                  195000 steps, 1950 warm-up  peak 0.4     chance 6.236   11.17 + 1.58 million
    simclr-imagenet               31200 steps, 3120 warm-up   peak 4.8     chance 9.011   23.51 + 4.46 million
    simclr-imagenet100-multicrop  395600 steps, 9890 warm-up  peak 0.15    chance 4.985   11.18 + 4.20 million
    simclr-imagenet100            197600 steps, 4940 warm-up  peak 0.3     chance 6.236   11.18 + 4.20 million
    simclr                        9700 steps, 0 warm-up       peak 0.12    chance 6.930   11.17 + 0.66 million
    simclrv2-imagenet             249600 steps, 12480 warm-up peak 6.4     chance 9.011   23.51 + 8.66 million
    "
  `);
});
