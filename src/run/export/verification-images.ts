import { decodeRgb } from '../../data/pixels/decode.ts';
import { DecodeProblem } from '../../data/pixels/decode-problem.ts';
import { type EvaluationTransform, transformImage } from '../../data/pixels/evaluation-transform.ts';
import type { StoredImage } from '../../data/pixels/stored-image.ts';
import type { ImageSource } from '../../data/sources/image-source.ts';
import { type HostTensor, uint8 } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import { randomStream } from '../../util/rng.ts';
import { spreadEvenly } from '../../util/spread-evenly.ts';
import type { ExportData } from './open-data.ts';

/** Images of a verification pair. */
export const VERIFICATION_IMAGES = 8;

/** Of the patterns that stand in for images. */
const PATTERN_SEED = 8;

/** Images that are tried in place of a bad one. */
const TRIES = 16;

/** The images that an export is verified on. */
export interface VerificationImages {
  /** uint8 [8, size, size, 3], resized and cropped. */
  readonly images: HostTensor;
  /** The split that they are of; undefined for patterns, which stand in where the data can't be opened. */
  readonly split: 'test' | 'training' | undefined;
  /** Their numbers in the split, from 0. */
  readonly indices: readonly number[];
}

/** An image as it is stored; a UserError where its source can't be read any more. */
async function readStored(source: ImageSource, index: number): Promise<StoredImage> {
  try {
    return await source.read(index);
  } catch (error) {
    // What ends a wait for a disk is no error.
    if (!(error instanceof Error) || error instanceof DecodeProblem) throw error;
    throw new UserError(error.message, { cause: error });
  }
}

/** An image, or the first good one after it. */
async function readGood(source: ImageSource, from: number, transform: EvaluationTransform) {
  for (let tried = 0; tried < Math.min(TRIES, source.count); tried++) {
    const index = (from + tried) % source.count;
    try {
      return { index, pixels: transformImage(await decodeRgb(await readStored(source, index)), transform) };
    } catch (error) {
      if (!(error instanceof DecodeProblem)) throw error;
    }
  }
  return undefined;
}

async function chooseOf(source: ImageSource, transform: EvaluationTransform) {
  const chosen = [];
  // Of fewer than eight images some are taken again.
  const starts =
    source.count < VERIFICATION_IMAGES
      ? Array.from({ length: VERIFICATION_IMAGES }, (_, i) => i % source.count)
      : undefined;
  for (const from of starts ?? spreadEvenly(source.count, VERIFICATION_IMAGES)) {
    const good = await readGood(source, from, transform);
    if (good === undefined) return undefined;
    chosen.push(good);
  }
  return chosen;
}

/** A pattern: stripes of three directions and widths in three colours, and noise; a function of its number alone. */
function patternOf(number: number, size: number): Uint8Array {
  const random = randomStream(PATTERN_SEED, number);
  const waves = [0, 1, 2].map(() => ({
    x: 6 * random.uniform() - 3,
    y: 6 * random.uniform() - 3,
    phase: 2 * Math.PI * random.uniform(),
  }));
  const out = new Uint8Array(size * size * 3);
  for (let at = 0; at < out.length; at++) {
    const { x, y, phase } = waves[at % 3] as (typeof waves)[number];
    const [row, column] = [Math.floor(at / 3 / size), Math.floor(at / 3) % size];
    const wave = Math.sin((2 * Math.PI * (x * column + y * row)) / size + phase);
    out[at] = Math.min(255, Math.max(0, Math.round(127.5 + 90 * wave + 40 * (random.uniform() - 0.5))));
  }
  return out;
}

/**
 * Chooses eight images at even distances from the test images, or else from the training images; a bad one is replaced
 * by the next. Where there is no data, or where it can't be read any more, which `warn` hears, eight patterns are made.
 */
export async function chooseVerificationImages(
  data: ExportData | undefined,
  transform: EvaluationTransform,
  warn: (message: string) => void,
): Promise<VerificationImages> {
  const { size } = transform;
  const stack = (pixels: readonly Uint8Array[]): HostTensor =>
    uint8(Buffer.concat(pixels), [VERIFICATION_IMAGES, size, size, 3]);
  for (const [split, source] of [['test', data?.test] as const, ['training', data?.train] as const]) {
    if (source === undefined || source.count === 0) continue;
    const chosen = await chooseOf(source, transform).catch((error: Error) => {
      if (!(error instanceof UserError)) throw error;
      warn(`no ${split} image can be read for the verification (${error.message}): others stand in`);
      return undefined;
    });
    if (chosen === undefined) continue;
    return { images: stack(chosen.map(({ pixels }) => pixels)), split, indices: chosen.map(({ index }) => index) };
  }
  const numbers = Array.from({ length: VERIFICATION_IMAGES }, (_, i) => i);
  return { images: stack(numbers.map((i) => patternOf(i, size))), split: undefined, indices: numbers };
}
