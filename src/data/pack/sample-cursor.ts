import { loadAhead } from '../../util/load-ahead.ts';
import { permutation, randomStream } from '../../util/rng.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import type { BadImages } from '../sources/bad-images.ts';
import type { ImageSource } from '../sources/image-source.ts';
import type { Packers } from './packers.ts';

/** Keeps the order of packed images apart from all other streams. */
const PACK_STREAM = 0xffff_fffc;

/** Images that may wait for a slow one before them, for each that is decoded. */
const AHEAD = 4;

/** The images of a split in the order in which they are packed; a function of its size and the seed. */
export function packOrder(count: number, seed: number | undefined): Uint32Array {
  return seed === undefined
    ? Uint32Array.from({ length: count }, (_, i) => i)
    : permutation(count, randomStream(seed, 0, 0, PACK_STREAM));
}

function* countUp(first: number, end: number): Generator<number> {
  for (let i = first; i < end; i++) yield i;
}

/** The next image in the order, as it goes into a tar archive; a bad one has no bytes. */
export interface PackedSample {
  readonly position: number;
  readonly index: number;
  readonly bytes: Uint8Array | undefined;
}

/** Hands over samples one by one, so that a shard can stop before one and the next begin with it. */
export interface SampleCursor {
  /** The next sample without taking it; undefined at the end. @throws UserError when too many images are bad. */
  peek(): Promise<PackedSample | undefined>;
  take(): void;
  /** Ends what is on the way. */
  close(): Promise<void>;
}

export interface SampleOptions {
  readonly source: ImageSource;
  readonly order: Uint32Array;
  /** The part of the order: from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
  readonly bad: BadImages;
  readonly packers: Packers;
  readonly signal: AbortSignal;
}

/** Decodes, resizes and encodes images side by side and hands them over in order; few are held at a time. */
export function createSampleCursor(options: SampleOptions): SampleCursor {
  const { source, order, first, end, bad, packers, signal } = options;
  const prepare = async (index: number, wanted: AbortSignal): Promise<Uint8Array | DecodeProblem> => {
    try {
      return await packers.pack(source, index, wanted);
    } catch (error) {
      if (error instanceof DecodeProblem) return error;
      throw error;
    }
  };
  const samples = loadAhead({
    orders: countUp(first, end),
    load: (position, wanted) => prepare(order[position] as number, wanted),
    ahead: packers.concurrency * AHEAD,
    signal,
  });
  let next: PackedSample | undefined;
  const load = async (): Promise<PackedSample | undefined> => {
    const { done, value } = await samples.next();
    signal.throwIfAborted();
    if (done) return undefined;
    const [position, index] = [value.order, order[value.order] as number];
    if (value.result instanceof Uint8Array) return { position, index, bytes: value.result };
    bad.note(index, value.result);
    return { position, index, bytes: undefined };
  };
  return {
    async peek() {
      next ??= await load();
      return next;
    },
    take() {
      next = undefined;
    },
    async close() {
      await samples.return();
    },
  };
}
