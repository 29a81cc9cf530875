import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { isClean, judgeFinding, placeConfig } from '../../../src/run/placement/place-config.ts';
import { placementText } from '../../../src/run/placement/placement-text.ts';

/** A preset with other settings; its images are not read. */
function configOf(preset: string, settings: Readonly<Record<string, string>>) {
  const changes = Object.entries({ 'data.path': '.', ...settings });
  return loadConfig(
    `configs/${preset}.yaml`,
    changes.map(([key, text]) => ({ label: '--set', key, text })),
  );
}

// Every method, kind of backbone, precision and optimizer once: what a graph is made of depends on each alone.
// `npm run bench -- placement` asks of all combinations.
it.each([
  ['simclr', { precision: 'float16', 'schedule.accumulate': '2' }],
  ['simclr-imagenet', { 'backbone.name': 'resnet50', precision: 'bfloat16', 'optimizer.name': 'lars' }],
  ['moco', { precision: 'bfloat16', 'schedule.accumulate': '2' }],
  ['mocov3-vit-imagenet', { 'backbone.name': 'vit-tiny-16', precision: 'float16' }],
  ['byol-imagenet100-multicrop', { precision: 'float32' }],
])('%s %j stays on a GPU', async (preset, settings) => {
  const placement = await placeConfig(configOf(preset, settings));
  const images = ['whole images', 'crops'];
  const functions = 'schedule.accumulate' in settings ? ['train', 'accumulate'] : ['train'];
  expect(Object.keys(placement.functions)).toEqual([
    ...images.flatMap((each) => functions.map((name) => `${name}, ${each}`)),
    'features',
  ]);
  for (const placed of Object.values(placement.functions)) {
    expect(placed).toMatchObject({ onCpu: 0, compiled: 0, notDeterministic: [] });
    expect(placed.findings.filter(({ harmless }) => harmless === undefined)).toEqual([]);
    expect(placed.onGpu).toBeGreaterThan(200);
  }
  expect(isClean(placement)).toBe(true);
});

it('asks of images that wait on the card', async () => {
  const operations = async (stageBatches: string): Promise<number> => {
    const { functions } = await placeConfig(configOf('simclr', { 'gpu.stageBatches': stageBatches }));
    return functions['train, crops']?.operations ?? 0;
  };
  // Taking them, and giving them their shape, in place of being fed.
  expect((await operations('true')) - (await operations('false'))).toBeGreaterThan(0);
});

it('asks nothing of what XLA compiles', async () => {
  const { functions } = await placeConfig(configOf('simclr', { 'gpu.xla': 'views' }));
  expect(functions['train, crops']?.compiled).toBeGreaterThan(50);
  expect(functions['features']?.compiled).toBe(0);
});

it('names what has to be mended, and gives the reason for what may stay', () => {
  const [gather, planted] = [
    { operation: 'GatherV2', types: 'float32, int32 -> float32' },
    { operation: 'RGBToHSV', types: 'bfloat16 -> bfloat16' },
  ].map((each) => judgeFinding({ ...each, kind: 'to-card', count: 3, example: 'first_1' }));
  const counts = { operations: 9, folded: 2, compiled: 0, onGpu: 6, onCpu: 1 };
  const of = (findings: object[], notDeterministic: string[] = []) => ({
    tensorflow: '2.21.0',
    functions: { train: { ...counts, findings, notDeterministic } as never },
  });
  expect(isClean(of([gather as object]))).toBe(true);
  expect(isClean(of([planted as object]))).toBe(false);
  expect(isClean(of([], ['Bincount']))).toBe(false);
  expect(placementText('moco', of([gather as object]))).toContain("Harmless: MoCo's shuffle");
  const text = placementText('moco', of([planted as object], ['Bincount']));
  expect(text).toMatch(/^train +9 +6 +1 +0 +2$/m);
  expect(text).toContain(
    'train: RGBToHSV (bfloat16 -> bfloat16) reads a value of the host on the card: 3 times, first first_1',
  );
  expect(text).toContain('train: Bincount has no deterministic kernel for GPUs');
  expect(text).toContain('A step does not stay on the card.');
});
