import { opendir, stat } from 'node:fs/promises';
import { UserError } from '../../util/errors.ts';
import { createRetry, passingProblem, type Retry, type RetryOptions } from '../../util/retry.ts';
import { systemCode } from '../../util/system-error.ts';
import type { ImageSource } from '../sources/image-source.ts';
import type { LoadedImages } from './loaded-images.ts';

const MISSING = new Set(['ENOENT', 'ENOTDIR']);

/** Whether nothing is any more where images were: the folder or file is gone, or an empty mount point is left. */
async function isGone(root: string): Promise<boolean> {
  try {
    if (!(await stat(root)).isDirectory()) return false;
    // One entry, for there may be millions.
    const folder = await opendir(root);
    try {
      return (await folder.read()) === null;
    } finally {
      await folder.close();
    }
  } catch {
    return true;
  }
}

/**
 * Tries reads of images again that fail by what may pass: a network disk that is away, or a place of images that has
 * vanished as a whole. Images that vanish one by one are bad images, as always.
 *
 * @param roots what the images lie in; where one is gone, it may come back.
 * @returns a function that throws what the read throws, a UserError after the limit, and the signal's reason.
 */
export async function createImageRetry(roots: readonly string[], options: RetryOptions): Promise<Retry> {
  // A pattern of several files is no place that could be looked for.
  const gone = await Promise.all(roots.map(isGone));
  const places = roots.filter((_, i) => !gone[i]);
  const goneProblem = async (error: unknown): Promise<string | undefined> => {
    if (!MISSING.has(systemCode(error) ?? '')) return undefined;
    for (const place of places) if (await isGone(place)) return `nothing at ${place}`;
    return undefined;
  };
  return createRetry(
    {
      failing: "images can't be read",
      over: 'images can be read again',
      problemOf: async (error) => (await passingProblem(error)) ?? goneProblem(error),
      gaveUp: (problem, limit, cause) =>
        new UserError(`expected images that can be read, got ${problem} for ${limit}`, {
          hint: 'Not an image fails but the place where they lie. When it is back, go on; data.retryMinutes is how long to wait.',
          cause,
        }),
    },
    options,
  );
}

/** A source whose reads are tried again. */
export function retryReads(source: ImageSource, retry: Retry): ImageSource {
  return { ...source, read: (index) => retry(() => source.read(index)) };
}

/** Loaded images, of which what is not in memory is read again too. */
export function retryGathering(loaded: LoadedImages, retry: Retry): LoadedImages {
  const { images } = loaded;
  if (images.data !== undefined) return loaded;
  return { ...loaded, images: { ...images, gather: (rows) => retry(() => images.gather(rows)) } };
}
