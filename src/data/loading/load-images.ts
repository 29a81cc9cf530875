import { formatBytes } from '../../util/format-bytes.ts';
import { type CacheEntry, CacheProblem, type ImageCache, openCacheEntry } from '../cache/image-cache.ts';
import { DamagedPixels, type PixelFile } from '../cache/pixel-file.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { type BadImages, trackBadImages } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { type DecodeOptions, decodePieces, decodeRange, OddSize } from './decode-range.ts';
import { inFile, inMemory, inPlace, type LoadedImages, type LoadedSource } from './loaded-images.ts';
import { chooseStorage, describeStorage, exceeds } from './storage.ts';

export interface LoadOptions {
  /** Largest size of decoded pixels in memory in bytes. */
  readonly budgetBytes: number;
  /** Where decoded images are kept for the next run, or when they exceed the budget; not at all without it. */
  readonly cache?: ImageCache | undefined;
  /** Images decoded at once (default 8). */
  readonly concurrency?: number | undefined;
  /** Share of bad images from which loading fails (default 0.05; one bad image never fails it alone). */
  readonly maxBadShare?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Says why images are to be streamed. */
  readonly onDeclined?: ((reason: string) => void) | undefined;
  /** Ends the loading with its reason. */
  readonly signal?: AbortSignal | undefined;
}

function allocate(bytes: number): Uint8Array | undefined {
  try {
    return new Uint8Array(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Makes a whole source ready to be taken row by row, or returns undefined where its images vary in size or are too
 * many: then the caller streams them.
 *
 * Pixels that fit the budget are decoded into memory. Beyond it they are decoded into a file of the cache, or, where
 * the format is of raw pixels, read in place. What an earlier run left in the cache is taken from there. Sizes are
 * taken from the headers of up to 64 images before any memory is; an image of another size that turns up later ends the
 * loading. Bad images are left out and listed.
 *
 * @throws UserError when more than `maxBadShare` of the images are bad; the signal's reason.
 */
export async function loadImages(source: ImageSource, options: LoadOptions): Promise<LoadedImages | undefined> {
  const { budgetBytes, concurrency = 8, signal } = options;
  const decline = (reason: string): undefined => {
    options.onDeclined?.(reason);
    return undefined;
  };
  // Raw pixels are read as fast from where they are as from a cache.
  const cache = source.size === undefined ? options.cache : undefined;
  const entry = cache && openCacheEntry(source, cache);
  const found = await entry?.find();
  const choice = await chooseStorage(source, options, found);
  if (choice.kind === 'streamed') return decline(choice.reason);
  const { kind, size, bytes } = choice;
  if (kind === 'in place') {
    return inPlace({ source, size, skipped: [], storage: describeStorage(choice, options) }, concurrency);
  }
  const data = kind === 'memory' ? allocate(bytes) : undefined;
  if (kind === 'memory' && data === undefined) {
    await found?.close();
    return decline(`${formatBytes(bytes)} could not be allocated`);
  }
  const bad = trackBadImages(source, options.maxBadShare);
  const loadedSource: LoadedSoFar = (file) => ({
    source,
    size,
    skipped: bad.list(),
    storage: describeStorage(choice, options, file),
  });
  if (entry !== undefined && found !== undefined) {
    const loaded = await fromCache(loadedSource, { entry, file: found, data, bad });
    if (loaded !== undefined) return loaded;
  }
  await entry?.prepare();
  let done = 0;
  const onDone = (): void => options.onProgress?.(++done, source.count);
  const decoding: DecodeOptions = { size, concurrency, bad, signal, onDone };
  try {
    if (data === undefined) return await intoFile(loadedSource, entry as CacheEntry, decoding);
    const begun = performance.now();
    await decodeRange(source, 0, source.count, data, decoding);
    const seconds = (performance.now() - begun) / 1000;
    const kept = entry && cache && seconds >= cache.worthSeconds && (await keep(data, entry, loadedSource(), cache));
    const loaded = loadedSource();
    return inMemory(kept ? { ...loaded, storage: `${loaded.storage}, ${kept}` } : loaded, data);
  } catch (error) {
    if (error instanceof OddSize) return decline(error.message);
    if (error instanceof CacheProblem) {
      cache?.onNote(`images are streamed, because no cache file can be written: ${error.message}`);
      return decline(`${exceeds(bytes, budgetBytes)} and no cache file can be written: ${error.message}`);
    }
    throw error;
  }
}

/** What is known of the images so far; `file` is where they were found, if they were. */
type LoadedSoFar = (file?: PixelFile) => LoadedSource;

/** Takes images out of a file of the cache: into memory where there is room for them. Undefined where it is damaged. */
async function fromCache(
  loadedSource: LoadedSoFar,
  parts: { entry: CacheEntry; file: PixelFile; data: Uint8Array | undefined; bad: BadImages },
): Promise<LoadedImages | undefined> {
  const { entry, file, data, bad } = parts;
  let isUsed = false;
  try {
    for (const { index, reason } of file.bad) bad.note(index, new DecodeProblem(reason));
    const loaded = loadedSource(file);
    isUsed = data === undefined;
    if (data === undefined) return inFile(loaded, file, entry);
    await file.read(
      Array.from({ length: file.count }, (_, place) => place),
      data,
    );
    return inMemory(loaded, data);
  } catch (error) {
    if (!(error instanceof DamagedPixels)) throw error;
    await entry.discard({ path: file.path, problem: error.message });
    return undefined;
  } finally {
    if (!isUsed) await file.close();
  }
}

/** Decodes images into a file of the cache. @throws CacheProblem where it can't be written. */
async function intoFile(loadedSource: LoadedSoFar, entry: CacheEntry, decoding: DecodeOptions): Promise<LoadedImages> {
  const { source, size } = loadedSource();
  const whole = { count: source.count, ...size };
  const obstacle = await entry.obstacle(whole);
  if (obstacle !== undefined) throw new CacheProblem(obstacle);
  const file = await entry.write(whole, decodePieces(source, decoding), decoding.bad.list);
  return inFile(loadedSource(file), file, entry);
}

/** Bytes of pixels that are written at once. */
const PIECE = 16 * 2 ** 20;

/** Writes images that are in memory for the next run, and says so; where that fails, this run goes on without. */
async function keep(
  data: Uint8Array,
  entry: CacheEntry,
  { source, size, skipped }: LoadedSource,
  cache: ImageCache,
): Promise<string | undefined> {
  const whole = { count: source.count, ...size };
  const stride = size.height * size.width * 3;
  const length = Math.max(1, Math.floor(PIECE / stride)) * stride;
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < data.length; from += length) yield data.subarray(from, from + length);
  };
  try {
    const obstacle = await entry.obstacle(whole);
    if (obstacle !== undefined) throw new CacheProblem(obstacle);
    const file = await entry.write(whole, pieces(), () => skipped);
    await file.close();
    return `kept in a cache file for the next run (${formatBytes(file.bytes)})`;
  } catch (error) {
    if (!(error instanceof CacheProblem)) throw error;
    cache.onNote(`decoded images are not kept for the next run (${error.message}); data.cache=off leaves it at that`);
    return undefined;
  }
}
