import { createHash } from 'node:crypto';
import { stat } from 'node:fs';
import { promisify } from 'node:util';
import { spreadEvenly } from '../../util/spread-evenly.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import type { ImageSource } from '../sources/image-source.ts';

/** What tells an image from others, without its place on the disk and its times. */
export interface ImageRecord {
  /** Below the data set's folder or file. */
  readonly name: string;
  /** Bytes of its file; undefined for one of many in an archive or array. */
  readonly bytes?: number | undefined;
  /** Of its content, 16 hexadecimal digits; undefined where it was not read. */
  readonly hash?: string | undefined;
}

/** The images of a source in order, and how many of their contents were read. */
export interface ImageRecords {
  readonly count: number;
  readonly read: number;
  record(index: number): ImageRecord;
}

export interface RecordOptions {
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of all files up to which every content is read (default 256 MiB: a second). */
  readonly wholeBytes?: number | undefined;
  /** Contents that are read of more, spread evenly (default 1024). */
  readonly samples?: number | undefined;
}

/** Files that are looked at, or read, side by side. */
const CONCURRENCY = 16;

// The promises of node:fs/promises cost a third more, which a million files feel.
const inspect = promisify(stat);

/**
 * Records names, sizes and contents of a source's images: of all contents where the files are small together, else of
 * some, since reading a large data set takes as long as an epoch. Sizes of a million files take about 20 seconds.
 *
 * @throws the signal's reason; what reading throws where the whole source fails.
 */
export async function recordImages(source: ImageSource, options: RecordOptions = {}): Promise<ImageRecords> {
  const { onProgress, signal, wholeBytes = 256 * 2 ** 20, samples = 1024 } = options;
  const { count } = source;
  const origins = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const origin = source.origin(index);
    if (!origins.has(origin)) origins.set(origin, origins.size);
  }
  const sizes = new Float64Array(origins.size);
  const paths = [...origins.keys()];
  await sideBySide(paths.length, signal, async (i) => {
    sizes[i] = await inspect(paths[i] as string).then(
      ({ size }) => size,
      () => Number.NaN,
    );
    onProgress?.(i, paths.length);
  });
  const isWhole = sizes.reduce((sum, size) => sum + (size || 0), 0) <= wholeBytes;
  const chosen = spreadEvenly(count, isWhole ? count : samples);
  const hashes = new Map<number, string>();
  await sideBySide(chosen.length, signal, async (i) => {
    const index = chosen[i] as number;
    hashes.set(index, await hashOf(source, index));
  });
  const isFileEach = origins.size === count;
  return {
    count,
    read: chosen.length,
    record(index) {
      const size = isFileEach ? sizes[index] : undefined;
      return {
        name: source.name(index),
        bytes: size === undefined || Number.isNaN(size) ? undefined : size,
        hash: hashes.get(index),
      };
    },
  };
}

async function hashOf(source: ImageSource, index: number): Promise<string> {
  const hash = createHash('sha256');
  try {
    const stored = await source.read(index);
    if (!(stored instanceof Uint8Array)) hash.update(`${stored.height} ${stored.width} `);
    hash.update(stored instanceof Uint8Array ? stored : stored.data);
  } catch (error) {
    if (!(error instanceof DecodeProblem)) throw error;
    hash.update(`unreadable: ${error.message}`);
  }
  return hash.digest('hex').slice(0, 16);
}

async function sideBySide(
  count: number,
  signal: AbortSignal | undefined,
  work: (i: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      signal?.throwIfAborted();
      await work(next++);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
