import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JPEGDecoder } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import { isJpeg } from './content.ts';
import { jpegSegments, START_OF_SCAN } from './jpeg-segments.ts';
import type { RgbImage } from './rgb-image.ts';

/** Pixels from which sharp's SIMD is worth the half millisecond that its pipeline takes for an image of any size. */
const MOST_PIXELS = 96 ** 2;

/** Images after which others get a turn: Ctrl-C and progress would wait for the last one otherwise. */
const IMAGES_PER_TURN = 32;

/** What each failure leaves behind in the decoder's memory are some 200 bytes, so it is renewed from time to time. */
const FAILURES_PER_DECODER = 10_000;

let decoder: Promise<JPEGDecoder> | undefined;
let failures = 0;
let images = 0;

async function startDecoder(): Promise<JPEGDecoder> {
  const { default: load } = await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs');
  const library = await load();
  return new library.JPEGDecoder();
}

/** SOF0 and SOF2: baseline and progressive. */
const FRAMES = new Set([0xc0, 0xc2]);

/** DHT, DQT, DRI, JFIF, a colour profile (which is ignored) and COM. */
const HARMLESS = new Set([0xc4, 0xdb, 0xdd, 0xe0, 0xe2, 0xfe]);

/**
 * Whether a file is a small JPEG that says nothing that needs sharp: baseline or progressive, 8 bits, grey or three
 * components that are sampled as usual, no Exif (which may turn it) and no ink.
 */
export function isSmallJpeg(bytes: Uint8Array): boolean {
  if (!isJpeg(bytes)) return false;
  let frames = 0;
  for (const { marker, content } of jpegSegments(bytes)) {
    if (marker === START_OF_SCAN) return frames === 1;
    if (FRAMES.has(marker) && isPlainFrame(content)) frames += 1;
    else if (!HARMLESS.has(marker)) return false;
  }
  return false;
}

function isPlainFrame(frame: Uint8Array): boolean {
  const [precision, heightHigh = 0, heightLow = 0, widthHigh = 0, widthLow = 0, components = 0] = frame;
  const pixels = ((heightHigh << 8) | heightLow) * ((widthHigh << 8) | widthLow);
  if (precision !== 8 || pixels === 0 || pixels > MOST_PIXELS || frame.length !== 6 + 3 * components) return false;
  const samplings = Array.from({ length: components }, (_, i) => frame[7 + 3 * i]);
  if (components === 1) return samplings[0] === 0x11;
  const isUsual = [0x11, 0x21, 0x22].includes(samplings[0] ?? 0);
  return components === 3 && isUsual && samplings[1] === 0x11 && samplings[2] === 0x11;
}

/**
 * Decodes a JPEG for which {@link isSmallJpeg} holds, by libjpeg-turbo in WebAssembly, in a tenth of the time that
 * sharp needs: uint8 [height, width, 3]. Undefined where it is damaged in any way, which is for sharp to judge.
 *
 * The pixels of whole files are sharp's to the bit, since libvips decodes by libjpeg-turbo as well. Files damaged in a
 * way that nobody notices may differ, where coefficients are beyond what an encoder writes.
 */
export async function decodeSmallJpeg(bytes: Uint8Array): Promise<RgbImage | undefined> {
  decoder ??= startDecoder();
  const own = decoder;
  images += 1;
  if (images % IMAGES_PER_TURN === 0) await nextTurn();
  const open = await own;
  try {
    open.getEncodedBuffer(bytes.length).set(bytes);
    open.decode();
    const { width, height, componentCount } = open.getFrameInfo();
    const { buffer } = open.getDecodedBuffer();
    const data = new Uint8Array(buffer);
    return { data: componentCount === 1 ? repeatGrey(data) : data, height, width };
  } catch (error) {
    failures += 1;
    if (decoder === own && (typeof error !== 'number' || failures % FAILURES_PER_DECODER === 0)) decoder = undefined;
    return undefined;
  }
}

function repeatGrey(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length * 3);
  for (let i = 0; i < data.length; i++) out.fill(data[i] as number, 3 * i, 3 * i + 3);
  return out;
}
