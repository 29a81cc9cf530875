import pLimit from 'p-limit';
import { jpegSegments } from './jpeg-segments.ts';

/** Pixels above which an image counts as large: 50 MB of RGB. */
const LARGE = 2 ** 24;

/** Markers among those of frames (SOF0 to SOF15) that are none: DHT, JPG and DAC. */
const NO_FRAMES = [0xc4, 0xc8, 0xcc];

/** The pixels that a JPEG claims in its frame header; 0 without one. */
function jpegPixels(jpeg: Uint8Array): number {
  for (const { marker, content } of jpegSegments(jpeg)) {
    if (marker < 0xc0 || marker > 0xcf || NO_FRAMES.includes(marker)) continue;
    const [, heightHigh = 0, heightLow = 0, widthHigh = 0, widthLow = 0] = content;
    return ((heightHigh << 8) | heightLow) * ((widthHigh << 8) | widthLow);
  }
  return 0;
}

/** The pixels of a WebP's canvas, or of its only frame. */
function webpPixels(webp: DataView): number {
  const kind = webp.getUint8(15);
  const three = (at: number): number => webp.getUint16(at, true) + webp.getUint8(at + 2) * 2 ** 16;
  if (kind === 0x58) return (three(24) + 1) * (three(27) + 1);
  if (kind === 0x20) return (webp.getUint16(26, true) & 0x3fff) * (webp.getUint16(28, true) & 0x3fff);
  const bits = webp.getUint32(21, true);
  return ((bits & 0x3fff) + 1) * (((bits >>> 14) & 0x3fff) + 1);
}

/** The pixels that the header of a JPEG, PNG or WebP claims; 0 where it can't be told. Takes microseconds. */
export function claimedPixels(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 30) return 0;
  if (bytes[0] === 0xff) return jpegPixels(bytes);
  if (bytes[0] === 0x89) return view.getUint32(16) * view.getUint32(20);
  return bytes[0] === 0x52 ? webpPixels(view) : 0;
}

const oneByOne = pLimit(1);

/**
 * Does what needs an image's pixels; in each thread large images take turns, so that however many are decoded at once,
 * their pixels don't fill the memory.
 */
export function withRoom<Result>(image: unknown, use: () => Promise<Result>): Promise<Result> {
  const isLarge = image instanceof Uint8Array && claimedPixels(image) > LARGE;
  return isLarge ? oneByOne(use) : use();
}
