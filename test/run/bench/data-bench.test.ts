import { describe, expect, it } from 'vitest';
import type { DataBench } from '../../../src/run/bench/data-bench.ts';
import { adviceFor, formatDataBench } from '../../../src/run/bench/data-bench-text.ts';
import { clData, temporaryFolder } from '../../cli/run-command.ts';
import { patternPng, writeFiles } from '../../data/temp-files.ts';

async function images(sizes: readonly (readonly [number, number])[]): Promise<string> {
  const folder = temporaryFolder();
  const files = await Promise.all(
    sizes.map(async ([height, width], i) => [`images/${i}.png`, await patternPng(height, width, i)] as const),
  );
  writeFiles(folder, Object.fromEntries(files));
  return folder;
}

const SETTINGS = [
  ...['views.size=16', 'backbone.width=8', 'schedule.batchSize=4', 'backbone.stem=cifar'].flatMap((each) => [
    '--set',
    each,
  ]),
  ...['--seconds', '0.2'],
];

const BENCH: DataBench = {
  data: 'class folders: 100 images in 2 classes',
  storage: 'streamed, because images differ in size',
  device: 'GPU (H100)',
  workers: 8,
  batchSize: 256,
  viewSize: 224,
  typical: { height: 375, width: 500, bytes: 110_000 },
  rates: { read: 20_000, decode: 2000, crop: 2500, host: 1800, views: 9000, whole: 1700 },
};

describe('cl-data bench', () => {
  it('times every stage of streamed images, and the step', async () => {
    const folder = await images([
      [20, 30],
      [30, 20],
      [24, 24],
      [18, 40],
      [40, 40],
    ]);
    const { code, stdout, stderr } = await clData(['bench', 'images', '--step', '--json', ...SETTINGS], folder);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('timing: whole') });
    const bench = JSON.parse(stdout) as DataBench & { advice: string[] };
    expect(Object.keys(bench.rates)).toEqual(['read', 'decode', 'crop', 'host', 'views', 'whole', 'step']);
    for (const rate of Object.values(bench.rates)) expect(rate).toBeGreaterThan(1);
    expect(bench).toMatchObject({ batchSize: 4, viewSize: 16, typical: { height: expect.any(Number) } });
    expect(bench.advice[0]).toContain('Steps take');
  });

  it('times what is left of images in memory, in words', async () => {
    const folder = await images([1, 2, 3, 4, 5].map(() => [16, 16]));
    const { code, stdout, stderr } = await clData(['bench', 'images', '--quiet', ...SETTINGS], folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^images without labels \(flat\): 5 images, .*; in memory/);
    expect(lines.slice(2, 5).map((line) => line.replace(/\s+[\d,]+ images\/s.*/, ''))).toEqual([
      '  host',
      '  views',
      '  whole',
    ]);
  });

  it('refuses what is no number of seconds', async () => {
    const { code, stderr } = await clData(['bench', 'x', '--seconds', 'soon']);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('such as 5') });
  });
});

describe('advice', () => {
  it('says that training will not wait, and nothing more', () => {
    const bench = { ...BENCH, rates: { ...BENCH.rates, step: 900 } };
    expect(adviceFor(bench, 8)).toEqual([
      'Steps take 900 images/s and the host prepares 1,800: training will not wait for data.',
    ]);
  });

  it('says what limits the host', () => {
    const advice = (rates: Partial<DataBench['rates']>, changes: Partial<DataBench> = {}, cores = 8) =>
      adviceFor({ ...BENCH, ...changes, rates: { ...BENCH.rates, ...rates } }, cores).join(' ');
    expect(advice({ step: 3000 })).toContain('training may wait for data');
    expect(advice({})).toContain('cl-data pack --size 256');
    expect(advice({}, { typical: { height: 256, width: 340, bytes: 40_000 } })).not.toContain('pack');
    expect(advice({ decode: 1000 }, { typical: { height: 256, width: 340, bytes: 40_000 } })).toContain('--format raw');
    const thumbnails = { typical: { height: 64, width: 85, bytes: 4000 }, viewSize: 32 };
    expect(advice({ crop: 50_000 }, thumbnails)).toContain('--format raw');
    expect(advice({ read: 1500 })).toContain('Reading is slow');
    expect(advice({}, { workers: 2 })).toContain('2 of 8 cores');
    expect(advice({ views: 500 }, { device: 'CPU (8 cores)' })).toContain('on a GPU');
  });

  it('is printed below the rates, which absent stages are left out of', () => {
    expect(formatDataBench(BENCH, 8)).toMatchInlineSnapshot(`
      "class folders: 100 images in 2 classes; streamed, because images differ in size, 500 x 375 in 110 kB at the median
      GPU (H100), 8 workers, batches of 256, views of 224 pixels
        read      20,000 images/s  files read
        decode     2,000 images/s  decoded, all workers
        crop       2,500 images/s  cropped and resized, one thread
        host       1,800 images/s  all that the host does: ready for the device
        views      9,000 images/s  colours, blur, normalisation on the device
        whole      1,700 images/s  host and device together: ready for the network
      Images of 500 x 375 are decoded for views of 224: cl-data pack --size 256 decodes faster.
      "
    `);
  });
});
