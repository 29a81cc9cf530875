import { linkSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { randomStream } from '../src/util/rng.ts';
import { capture } from './lib/capture.ts';
import { fitLine, type Sample } from './lib/fit-line.ts';
import { describeMachine } from './lib/machine.ts';
import { writeResults } from './lib/results.ts';
import { formatTable } from './lib/table.ts';

const USAGE = `Use: npm run bench -- data-memory [--images 100000] [--minutes 10] [--batch 256] [--folder TEMPORARY]

Streams generated JPEGs of 500 x 375 through a run's own loader, two views of 224 px an image, and measures how the memory of the
process grows. Ends after one epoch or the given time. Takes no more than 10 MB of disk beside 100,000 links.`;

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '100000' },
    minutes: { type: 'string', default: '10' },
    batch: { type: 'string', default: '256' },
    folder: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit();
}
const [images, minutes, batchSize] = [values.images, values.minutes, values.batch].map(Number) as [
  number,
  number,
  number,
];
if (!(images >= batchSize && batchSize >= 2 && minutes > 0)) {
  console.error(USAGE);
  process.exit(2);
}

const SIZE = { width: 500, height: 375 };
/** Files of their own content; the others are links to them, which are read and decoded like any file. */
const DISTINCT = 128;
/** A folder of 100,000 entries is slow to list on some file systems. */
const PER_FOLDER = 1000;
const MIB = 2 ** 20;

/** Shapes before a sky with the grain of a camera: about as many bytes as a photograph of ImageNet. */
async function drawPhotograph(index: number): Promise<Buffer> {
  const random = randomStream(5, index);
  const shapes = Array.from({ length: 12 }, () => ({
    ...{ x: random.integer(SIZE.width), y: random.integer(SIZE.height), radius: 10 + random.integer(90) },
    colour: [0, 1, 2].map(() => random.integer(256)),
  }));
  const pixels = new Uint8Array(SIZE.width * SIZE.height * 3);
  for (let y = 0, at = 0; y < SIZE.height; y++) {
    for (let x = 0; x < SIZE.width; x++) {
      const shape = shapes.find((each) => Math.hypot(each.x - x, each.y - y) < each.radius);
      const grain = 30 * (random.uniform() - 0.5);
      for (let c = 0; c < 3; c++, at++) {
        const colour = shape?.colour[c] ?? 90 + (120 * y) / SIZE.height + 15 * c;
        pixels[at] = Math.max(0, Math.min(255, colour + grain));
      }
    }
  }
  return sharp(pixels, { raw: { ...SIZE, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}

async function makeImages(folder: string): Promise<number> {
  const originals = join(folder, 'originals');
  mkdirSync(originals);
  const paths: string[] = [];
  for (let i = 0; i < Math.min(DISTINCT, images); i++) {
    const path = join(originals, `${i}.jpg`);
    writeFileSync(path, await drawPhotograph(i));
    paths.push(path);
  }
  for (let i = 0; i < images; i++) {
    const below = join(folder, 'images', String(Math.floor(i / PER_FOLDER)).padStart(4, '0'));
    if (i % PER_FOLDER === 0) mkdirSync(below, { recursive: true });
    linkSync(paths[i % paths.length] as string, join(below, `${i}.jpg`));
  }
  return paths.reduce((sum, path) => sum + statSync(path).size, 0) / paths.length;
}

const folder = mkdtempSync(join(values.folder, 'data-memory-'));
try {
  console.error(`making ${images} images in ${folder}`);
  const fileBytes = await makeImages(folder);
  const config = `data: {path: images, cache: off}\nmethod: {name: simclr}\nviews: {size: 224}\nschedule: {batchSize: ${batchSize}}\n`;
  writeFileSync(join(folder, 'run.yaml'), config);
  console.error(`streaming them for at most ${minutes} minutes`);
  const product = join('bench', 'lib', 'data-memory-product.mjs');
  const text = await capture(process.execPath, [product, join(folder, 'run.yaml'), String(60 * minutes)]);
  const { samples, peakBytes, batchBytes }: { samples: Sample[]; peakBytes: number; batchBytes: number } =
    JSON.parse(text);
  const last = samples.at(-1) as Sample;
  // Pools and the heap fill at first: what counts is whether the memory goes on growing.
  const settled = samples.filter(({ images: done }) => done >= last.images / 2);
  const { slope, error } = fitLine(settled.map(({ images: done, rssBytes }) => [done / 10_000, rssBytes / MIB]));
  const rss = settled.map(({ rssBytes }) => rssBytes / MIB);
  const round = (value: number): number => Number(value.toFixed(2));
  const result = {
    images,
    streamed: last.images,
    meanFileBytes: Math.round(fileBytes),
    size: SIZE,
    batchSize,
    batchMiB: round(batchBytes / MIB),
    imagesPerSecond: round(last.images / last.seconds),
    peakMiB: round(peakBytes / MIB),
    settledMiB: { least: round(Math.min(...rss)), most: round(Math.max(...rss)) },
    slopeMiBPer10000Images: { value: round(slope), standardError: round(error) },
  };
  const report = { bench: 'data-memory', measured: describeMachine(), result, samples };
  writeResults('data-memory', report);
  const rows: [string, string][] = [
    ['images streamed', `${last.images} of ${images} (${Math.round(fileBytes / 1000)} kB each)`],
    ['images/s, nothing trained', result.imagesPerSecond.toFixed(0)],
    ['peak memory', `${result.peakMiB.toFixed(0)} MiB`],
    ['memory in the second half', `${result.settledMiB.least.toFixed(0)} to ${result.settledMiB.most.toFixed(0)} MiB`],
    ['its growth per 10,000 images', `${slope.toFixed(1)} +- ${error.toFixed(1)} MiB`],
  ];
  console.log(formatTable(['data-memory', ''], rows));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
