import { forEachNumber } from '../../util/for-each-number.ts';
import { spreadEvenly } from '../../util/spread-evenly.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import type { StoredImage } from '../pixels/stored-image.ts';
import type { SkippedImage } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';
import { createThreadPool } from '../threads/thread-pool.ts';
import { parcel } from '../threads/worker-thread.ts';
import { type ChannelStatistics, createChannelSums } from './channel-statistics.ts';
import { type ImageFacts, TRAITS, type Trait } from './image-facts.ts';

/** Everything measured about a split's images; arrays have one entry for each image looked at. */
export interface SourceFacts {
  /** The images that were looked at: all, or an even sample. */
  readonly indices: Uint32Array;
  /** Pixels, upright; 0 where an image is bad. */
  readonly heights: Uint32Array;
  readonly widths: Uint32Array;
  /** Bytes as stored. */
  readonly bytes: Float64Array;
  /** Different colours, counted up to one more than `MOST_COLOURS`; 0 where an image is bad. */
  readonly colours: Uint8Array;
  /** 16-bit images of which hardly a value needs more than 14 bits, and the bits that the largest needs. */
  readonly dark: { readonly images: number; readonly bits: number };
  /** Two numbers an image, equal for equal pixels; NaN where it is bad. */
  readonly keys: Float64Array;
  readonly encodings: Readonly<Record<string, number>>;
  readonly traits: Readonly<Record<Trait, number>>;
  readonly channels: ChannelStatistics | undefined;
  readonly bad: readonly SkippedImage[];
}

/** High byte of a 16-bit value of 14 bits: a quarter of the range. */
const DARK = 63;

const THREAD = new URL('../../../dist/data/inspect/facts-thread.js', import.meta.url);

export interface InspectOptions {
  /** Look at so many images, spread evenly; all when absent. */
  readonly sample?: number | undefined;
  /** Images decoded at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Decodes the images of a split and gathers what they are, holding a few at a time; some 40 bytes an image are kept.
 *
 * Bad images are listed, however many; errors that concern the whole source are thrown, as is the signal's reason.
 */
export async function inspectSource(source: ImageSource, options: InspectOptions): Promise<SourceFacts> {
  const { sample, concurrency, signal, onProgress } = options;
  const indices = spreadEvenly(source.count, sample ?? source.count);
  const total = indices.length;
  const [heights, widths] = [new Uint32Array(total), new Uint32Array(total)];
  const bytes = new Float64Array(total);
  const colours = new Uint8Array(total);
  const dark = { images: 0, bits: 0 };
  const keys = new Float64Array(2 * total).fill(Number.NaN);
  const encodings: Record<string, number> = {};
  const traits = Object.fromEntries(TRAITS.map((trait) => [trait, 0])) as Record<Trait, number>;
  const channels = createChannelSums();
  const bad: SkippedImage[] = [];

  const threads = createThreadPool<StoredImage, ImageFacts>(THREAD, undefined, concurrency);
  const readFacts = async (index: number): Promise<ImageFacts> => threads.call(parcel(await source.read(index)));
  const look = async (row: number): Promise<void> => {
    const index = indices[row] as number;
    try {
      const facts = await readFacts(index);
      heights[row] = facts.height;
      widths[row] = facts.width;
      bytes[row] = facts.bytes;
      colours[row] = facts.colours;
      if (facts.brightest <= DARK) {
        dark.images++;
        dark.bits = Math.max(dark.bits, 8 + Math.ceil(Math.log2(facts.brightest + 1)));
      }
      keys.set(facts.key, 2 * row);
      encodings[facts.encoding] = (encodings[facts.encoding] ?? 0) + 1;
      for (const trait of facts.traits) traits[trait]++;
      channels.add(facts.pixels);
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
      bad.push({ index, name: source.name(index), reason: error.message });
    }
  };

  let done = 0;
  try {
    await forEachNumber(0, total, threads.concurrency, signal, async (row) => {
      await look(row);
      onProgress?.(++done, total);
    });
  } finally {
    await threads.close();
  }
  signal.throwIfAborted();
  bad.sort((a, b) => a.index - b.index);
  const sums = { channels: channels.statistics(), dark };
  return { indices, heights, widths, bytes, colours, keys, encodings, traits, ...sums, bad };
}
