import { setImmediate } from 'node:timers/promises';
import { type EvaluationTransform, keepsImages, transformImage } from '../pixels/evaluation-transform.ts';
import { type SkippedImage, trackBadImages } from '../sources/bad-images.ts';
import { createThreadPool, type ThreadPool } from '../threads/thread-pool.ts';
import type { Images, LoadedImages } from './loaded-images.ts';
import { resizeRange } from './resize-range.ts';
import type { Resized, ResizeJob } from './resize-thread.ts';
import type { StreamOptions } from './streaming.ts';

/** Images as an evaluation sees them. */
export interface EvaluationImages {
  /** uint8 [indices.length, size, size, 3]. */
  readonly data: Uint8Array;
  /** Which images of the source they are: all in order, without bad ones. */
  readonly indices: ArrayLike<number>;
}

/** How images are made ready for an evaluation. */
export interface EvaluationOptions extends StreamOptions {
  readonly transform: EvaluationTransform;
  /** Images at once; only the last ones may be fewer, so that batches are the same however images are held. */
  readonly chunk: number;
  readonly signal?: AbortSignal | undefined;
}

/** Where images that are streamed begin. */
export interface StreamStart {
  /** The first image. */
  readonly index: number;
  /** Bad images before it, which count among those that are allowed. */
  readonly bad: readonly SkippedImage[];
}

const THREAD = new URL('../../../dist/data/loading/resize-thread.js', import.meta.url);

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

async function rowsOf(images: Images, from: number, to: number): Promise<Uint8Array> {
  const stride = images.height * images.width * 3;
  return images.data?.subarray(from * stride, to * stride) ?? images.gather(range(from, to));
}

async function* loadedChunks(
  { images, indices }: LoadedImages,
  { transform, chunk, signal }: EvaluationOptions,
): AsyncGenerator<EvaluationImages> {
  const { count, height, width } = images;
  const [stride, outStride] = [height * width * 3, transform.size ** 2 * 3];
  for (let from = 0; from < count; from += chunk) {
    const to = Math.min(count, from + chunk);
    const rows = await rowsOf(images, from, to);
    const chosen = indices.subarray(from, to);
    if (keepsImages(transform, images)) {
      yield { data: rows, indices: chosen };
      continue;
    }
    const data = new Uint8Array((to - from) * outStride);
    for (let row = 0; row < to - from; row++) {
      // Ctrl-C and progress go on meanwhile.
      if (row % 64 === 0) await setImmediate();
      signal?.throwIfAborted();
      const image = { data: rows.subarray(row * stride, (row + 1) * stride), height, width };
      transformImage(image, transform, data.subarray(row * outStride, (row + 1) * outStride));
    }
    yield { data, indices: chosen };
  }
}

/**
 * {@link evaluationImages} that are streamed in any case, from one of them on: the same chunks as from the first one,
 * where it comes behind the last image of a chunk.
 */
export async function* streamEvaluationImages(
  options: EvaluationOptions,
  start: StreamStart = { index: 0, bad: [] },
): AsyncGenerator<EvaluationImages> {
  const threads = createThreadPool<ResizeJob, readonly Resized[]>(THREAD, undefined, options.concurrency ?? 8);
  try {
    yield* decodedChunks(options, threads, start);
  } finally {
    await threads.close();
  }
}

async function* decodedChunks(
  options: EvaluationOptions,
  threads: ThreadPool<ResizeJob, readonly Resized[]>,
  start: StreamStart,
): AsyncGenerator<EvaluationImages> {
  const { source, transform, chunk, signal } = options;
  const bad = trackBadImages(source, options.maxBadShare, options.onBad, start.bad);
  const stride = transform.size ** 2 * 3;
  let next = start.index;
  while (next < source.count) {
    const data = new Uint8Array(Math.min(chunk, source.count - next) * stride);
    const indices: number[] = [];
    // What bad images leave empty is filled with the images after them.
    while (next < source.count && indices.length < data.length / stride) {
      const begin = indices.length;
      const end = Math.min(source.count, next + data.length / stride - begin);
      const place = data.subarray(begin * stride);
      const isGood = await resizeRange({ source, threads, target: transform, bad, signal }, next, end, place);
      for (const [row, good] of isGood.entries()) {
        if (!good) continue;
        place.copyWithin((indices.length - begin) * stride, row * stride, (row + 1) * stride);
        indices.push(next + row);
      }
      next = end;
    }
    if (indices.length > 0) yield { data: data.subarray(0, indices.length * stride), indices };
  }
}

/**
 * All images of a source in order, transformed for an evaluation, some at a time: to the bit the same ones whether they
 * are loaded or streamed. Bad images are left out. What a chunk holds must not be changed.
 *
 * @throws UserError when too many images are bad; the signal's reason.
 */
export function evaluationImages(
  loaded: LoadedImages | undefined,
  options: EvaluationOptions,
): AsyncGenerator<EvaluationImages> {
  return loaded === undefined ? streamEvaluationImages(options) : loadedChunks(loaded, options);
}
