import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config/load.ts';
import type { RunConfig } from '../src/config/run-config.ts';
import { type ConfigPlacement, isClean, placeConfig } from '../src/run/placement/place-config.ts';
import { keepParts } from './lib/results.ts';
import { formatTable } from './lib/table.ts';

const PRESETS = ['simclr', 'moco', 'mocov3-cifar', 'byol'] as const;
const PRECISIONS = ['float32', 'bfloat16', 'float16'] as const;
const USAGE = `Use: npm run bench -- placement

Asks of every operation that training, accumulating and features record, for every method, kind of backbone and
precision, whether TensorFlow has a kernel for it on GPUs. Nothing is timed, and no GPU is needed.`;

const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } });
if (values.help) {
  console.log(USAGE);
  process.exit();
}

function load(preset: string, settings: Readonly<Record<string, string>> = {}): RunConfig {
  const changes = Object.entries({ 'data.path': '.', ...settings });
  return loadConfig(
    `configs/${preset}.yaml`,
    changes.map(([key, text]) => ({ label: '--set', key, text })),
  );
}

/** Backbones with all their settings; the sizes of views suit the patches of a vision transformer. */
const BACKBONES = {
  resnet18: load('simclr').backbone,
  resnet50: load('simclr-imagenet').backbone,
  'vit-tiny-16': load('mocov3-vit-imagenet', { 'backbone.name': 'vit-tiny-16' }).backbone,
};

/** The placement of a preset with another backbone and precision, which reads no image. */
function place(preset: string, backbone: keyof typeof BACKBONES, precision: string): Promise<ConfigPlacement> {
  const config = load(preset, { precision, 'schedule.accumulate': '2', 'views.size': '64' });
  return placeConfig({ ...config, backbone: BACKBONES[backbone] });
}

const rows: (readonly string[])[] = [];
const placements: object[] = [];
for (const preset of PRESETS) {
  for (const backbone of Object.keys(BACKBONES) as (keyof typeof BACKBONES)[]) {
    for (const precision of PRECISIONS) {
      const placement = await place(preset, backbone, precision);
      placements.push({ preset, backbone, precision, ...placement });
      const of = (name: string): string => {
        const { onGpu = 0, onCpu = 0 } = placement.functions[name] ?? {};
        return `${onGpu} / ${onCpu}`;
      };
      const all = Object.values(placement.functions).flatMap(({ findings }) => findings);
      const copies = new Set(all.filter(({ harmless }) => harmless !== undefined).map(({ operation }) => operation));
      rows.push([
        `${preset}, ${backbone}, ${precision}`,
        ...['train, whole images', 'train, crops', 'accumulate, crops', 'features'].map(of),
        [...copies].join() || '-',
        isClean(placement) ? 'yes' : 'NO',
      ]);
      console.error(rows.at(-1)?.join('  '));
    }
  }
}
const heading = [
  'operations on GPU / on CPU',
  'train, whole',
  'train, crops',
  'accumulate',
  'features',
  'copies',
  'clean',
];
console.log(formatTable(heading, rows));
console.log(keepParts('placement', { placements }));
if (rows.some((row) => row.at(-1) !== 'yes')) process.exitCode = 1;
