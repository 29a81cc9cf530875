import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { randomStream } from '../../src/util/rng.ts';
import type { GpuContext, GpuPiece } from './gpu-piece.ts';
import { lastJson, runLimited } from './gpu-process.ts';

/** What training's real loop makes of packed photographs. */
interface LoopTiming {
  readonly imagesPerSecond: number;
  /** Share of the time in which a step waits for its batch, 0 to 1. */
  readonly waitShare: number;
  readonly epochs: number;
  readonly photographs: string;
}

/** How the loop is varied: what differs from the default. */
const VARIATIONS = [
  { name: 'default', settings: [] },
  { name: 'no staging', settings: ['gpu.stageBatches=false'] },
  { name: 'xla: views', settings: ['gpu.xla=views'] },
] as const;

/** Photographs that are drawn; what a network learns of them is of no interest, their decoding is. */
const DRAWN = { real: { count: 2048, width: 500, height: 375 }, rehearsal: { count: 32, width: 80, height: 60 } };

/** A picture of smooth colours with grain: a JPEG of a photograph's size in pixels and bytes. */
async function drawPhotograph(path: string, index: number, { width, height }: { width: number; height: number }) {
  const random = randomStream(8, index);
  const [coarse, grain] = [12, 40];
  const small = Uint8Array.from({ length: coarse * coarse * 3 }, () => random.integer(256));
  const noise = { type: 'gaussian', mean: 128, sigma: grain } as const;
  const texture = await sharp({ create: { width, height, channels: 3, background: '#808080', noise } })
    .png()
    .toBuffer();
  const picture = sharp(small, { raw: { width: coarse, height: coarse, channels: 3 } });
  const smooth = await picture.resize(width, height, { kernel: 'cubic', fit: 'fill' }).png().toBuffer();
  const drawn = sharp(smooth).composite([{ input: texture, blend: 'soft-light' }]);
  writeFileSync(path, await drawn.jpeg({ quality: 90 }).toBuffer());
}

/** Draws photographs into two class folders, some at once. */
async function drawPhotographs(folder: string, rehearses: boolean): Promise<string> {
  const { count, ...size } = rehearses ? DRAWN.rehearsal : DRAWN.real;
  for (const name of ['a', 'b']) mkdirSync(join(folder, name), { recursive: true });
  const some = 16;
  for (let first = 0; first < count; first += some) {
    const indices = Array.from({ length: Math.min(some, count - first) }, (_, i) => first + i);
    await Promise.all(indices.map((i) => drawPhotograph(join(folder, i % 2 ? 'a' : 'b', `${i}.jpg`), i, size)));
  }
  return folder;
}

/** Packs the photographs once for all calls; a pack that was not finished is made again. */
async function packOnce({ rehearses, photographs, folder: place }: GpuContext, limitMs: number): Promise<string> {
  const hash = Buffer.from(photographs ?? 'drawn')
    .toString('hex')
    .slice(-24);
  const folder = join(place, `cl-bench-gpu-pack-${hash}`);
  if (existsSync(folder)) return folder;
  const scratch = mkdtempSync(join(tmpdir(), 'cl-bench-gpu-'));
  try {
    const source = photographs ?? (await drawPhotographs(join(scratch, 'drawn'), rehearses));
    const packed = join(scratch, 'packed');
    const size = rehearses ? '48' : '256';
    const args = [join('bin', 'cl-data.js'), 'pack', source, packed, '--size', size, '--quiet'];
    const ended = await runLimited(process.execPath, args, { limitMs });
    if (ended.failure !== undefined) lastJson(ended);
    renameSync(packed, folder);
    return folder;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function settingsOf(rehearses: boolean): string[] {
  const real = ['precision=bfloat16', 'schedule.batchSize=256', 'schedule.epochs=16', 'device=gpu'];
  const tiny = [
    ...['views.size=32', 'views.blur.kernel=3', 'backbone.name=resnet18', 'backbone.width=8', 'device=cpu'],
    ...['schedule.batchSize=8', 'schedule.epochs=2', 'method.projector.hidden=32'],
  ];
  return [
    ...(rehearses ? tiny : real),
    ...['schedule.warmupEpochs=0', 'evaluate.knn.everyEpochs=0', 'evaluate.linearProbe=false', 'evaluate.floors=false'],
    ...['checkpoint.everyEpochs=1000', 'export.atEnd=[]'],
  ];
}

/** The epochs after the first, in which TensorFlow prepares the graph. */
function readEpochs(
  run: string,
): { readonly seconds: number; readonly imagesPerSecond: number; readonly waitShare: number }[] {
  return readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'epoch')
    .slice(1);
}

async function timeLoop(context: GpuContext, settings: readonly string[], limitMs: number): Promise<LoopTiming> {
  const begun = performance.now();
  const pack = await packOnce(context, limitMs);
  const scratch = mkdtempSync(join(tmpdir(), 'cl-bench-gpu-'));
  try {
    const output = join(scratch, 'run');
    const all = [`data.path=${pack}`, ...settingsOf(context.rehearses), ...settings];
    const config = join('configs', 'simclr-imagenet.yaml');
    const args = [join('bin', 'cl-train.js'), '--config', config, '--output', output, '--quiet'];
    const ended = await runLimited(process.execPath, [...args, ...all.flatMap((each) => ['--set', each])], {
      limitMs: limitMs - (performance.now() - begun),
    });
    if (ended.failure !== undefined) lastJson(ended);
    const epochs = readEpochs(output);
    const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
    const mean = (of: 'imagesPerSecond' | 'waitShare') =>
      Number((epochs.reduce((sum, epoch) => sum + epoch.seconds * epoch[of], 0) / seconds).toPrecision(4));
    return {
      ...{ imagesPerSecond: mean('imagesPerSecond'), waitShare: mean('waitShare'), epochs: epochs.length },
      photographs: context.photographs === undefined ? 'drawn' : 'given',
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** ResNet-50 at 224 pixels from packed JPEGs, by cl-train. */
export function loopPieces(context: GpuContext): GpuPiece[] {
  return VARIATIONS.map(({ name, settings }) => ({
    key: `loop/${name}`,
    part: 'data',
    run: (limitMs) => timeLoop(context, settings, limitMs),
  }));
}
