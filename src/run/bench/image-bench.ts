import { drawView } from '../../augment/draw.ts';
import type { ViewSettings } from '../../config/view-settings.ts';
import { decodeRgb } from '../../data/pixels/decode.ts';
import { DecodeProblem } from '../../data/pixels/decode-problem.ts';
import { type RgbImage, resampleBox } from '../../data/pixels/resample.ts';
import type { StoredImage } from '../../data/pixels/stored-image.ts';
import type { ImageSource } from '../../data/sources/image-source.ts';
import type { TaskProgress } from '../../report/task-progress.ts';
import { permutation, randomStream } from '../../util/rng.ts';

/** For how long a stage is timed. */
export interface Timed {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Pixels of the median image, and the bytes that it is stored in. */
export interface TypicalImage {
  readonly height: number;
  readonly width: number;
  readonly bytes: number;
}

/** Stored images that the first stages use again and again. */
const SAMPLES = 256;
const SAMPLE_BYTES = 256 * 2 ** 20;

/**
 * Repeats a task, `concurrency` at once, for some seconds after one round to warm up; returns how often a second it
 * ran.
 */
export async function rate(
  { seconds, signal }: Timed,
  concurrency: number,
  rounds: number,
  task: (i: number) => Promise<unknown> | unknown,
): Promise<number> {
  let next = 0;
  const run = async (until: () => boolean): Promise<void> => {
    while (!until()) {
      signal.throwIfAborted();
      await task(next++ % rounds);
    }
  };
  const all = (until: () => boolean) => Promise.all(Array.from({ length: concurrency }, () => run(until)));
  await all(() => next >= Math.min(rounds, 32));
  const [first, begun] = [next, performance.now()];
  await all(() => performance.now() - begun >= seconds * 1000);
  return ((next - first) * 1000) / (performance.now() - begun);
}

async function readSamples(source: ImageSource): Promise<{ indices: number[]; stored: StoredImage[] }> {
  const [indices, stored]: [number[], StoredImage[]] = [[], []];
  let bytes = 0;
  for (const index of permutation(source.count, randomStream(0))) {
    if (stored.length >= SAMPLES || bytes > SAMPLE_BYTES) break;
    try {
      const image = await source.read(index);
      await decodeRgb(image);
      indices.push(index);
      stored.push(image);
      bytes += image instanceof Uint8Array ? image.length : image.data.length;
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
    }
  }
  return { indices, stored };
}

/** Images per second of reading, decoding and cropping, each alone, and the median image. */
export async function benchParts(
  views: readonly ViewSettings[],
  source: ImageSource,
  workers: number,
  { task, ...options }: Timed & { readonly task: TaskProgress },
): Promise<{ typical: TypicalImage | undefined; rates: Partial<Record<'read' | 'decode' | 'crop', number>> }> {
  const { indices, stored } = await readSamples(source);
  if (stored.length === 0) return { typical: undefined, rates: {} };
  task.say('timing: read');
  const read = await rate(options, workers, indices.length, (i) => source.read(indices[i] as number));
  task.say('timing: decode');
  const decode = await rate(options, workers, stored.length, (i) => decodeRgb(stored[i] as StoredImage));
  task.say('timing: crop');
  // As many as are likely to be in memory at once anyway.
  const decoded = await Promise.all(stored.slice(0, 32).map(decodeRgb));
  const crop = await rate(options, 1, decoded.length, (i) => {
    const image = decoded[i] as RgbImage;
    views.forEach((view, v) => {
      const box = drawView(view, image.height, image.width, randomStream(0, 0, i, v)).crop;
      resampleBox(image, box, { height: view.size, width: view.size }, view.crop.interpolation);
    });
  });
  const middle = decoded
    .map(({ height, width }, i) => ({ height, width, bytes: (stored[i] as Uint8Array).length ?? height * width * 3 }))
    .toSorted((a, b) => a.height * a.width - b.height * b.width)[decoded.length >> 1];
  return { typical: middle, rates: { read, decode, crop } };
}
