import type { CropTarget } from '../pixels/crops.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import type { StoredImage } from '../pixels/stored-image.ts';
import type { BadImages } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { parcel } from '../threads/worker-thread.ts';
import type { Resized, ResizeJob } from './resize-thread.ts';

/** Images that are resized, and by whom. */
export interface Resizing {
  readonly source: ImageSource;
  readonly threads: ThreadPool<ResizeJob, readonly Resized[]>;
  readonly target: CropTarget;
  readonly bad: BadImages;
  readonly signal: AbortSignal | undefined;
}

/** Small images travel to a thread together: the way there and back costs as much as decoding one. */
const TOGETHER = { images: 8, bytes: 2 ** 16 };

const bytesOf = (stored: StoredImage): number => (stored instanceof Uint8Array ? stored : stored.data).byteLength;

/**
 * Reads the images of a range, and has threads transform them for an evaluation into `out`, uint8 [to - from, size,
 * size, 3]. After the first failure or an abort the rest are not begun.
 *
 * @returns for each image whether it is good; what `out` holds at others is undefined.
 * @throws a UserError for too many bad images, or the signal's reason.
 */
export async function resizeRange(
  { source, threads, target: { size, interpolation }, bad, signal }: Resizing,
  from: number,
  to: number,
  out: Uint8Array,
): Promise<boolean[]> {
  const stride = size ** 2 * 3;
  const isGood = new Array<boolean>(to - from).fill(false);
  const failures: unknown[] = [];
  let next = from;
  const mayGoOn = (): boolean => next < to && failures.length === 0;

  const readSome = async (): Promise<{ indices: number[]; stored: StoredImage[] }> => {
    const [indices, stored]: [number[], StoredImage[]] = [[], []];
    for (let bytes = 0; mayGoOn() && stored.length < TOGETHER.images && bytes < TOGETHER.bytes; ) {
      signal?.throwIfAborted();
      const index = next++;
      try {
        const image = parcel(await source.read(index));
        indices.push(index);
        stored.push(image);
        bytes += bytesOf(image);
      } catch (error) {
        bad.note(index, error);
      }
    }
    return { indices, stored };
  };

  const work = async (): Promise<void> => {
    try {
      while (mayGoOn()) {
        const { indices, stored } = await readSome();
        const resized = stored.length === 0 ? [] : await threads.call({ stored, size, interpolation });
        for (const [i, image] of resized.entries()) {
          const index = indices[i] as number;
          if (image instanceof Uint8Array) {
            out.set(image, (index - from) * stride);
            isGood[index - from] = true;
          } else bad.note(index, new DecodeProblem(image.problem));
        }
      }
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads.concurrency, to - from) }, work));
  if (failures.length > 0) throw failures[0];
  return isGood;
}
