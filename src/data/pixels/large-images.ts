import pLimit from 'p-limit';

/** Pixels above which an image counts as large: 50 MB of RGB. */
const LARGE = 2 ** 24;

/** The pixels that a JPEG claims in its frame header; 0 without one. */
function jpegPixels(jpeg: DataView): number {
  for (let at = 2; at + 9 <= jpeg.byteLength; ) {
    if (jpeg.getUint8(at) !== 0xff) return 0;
    const marker = jpeg.getUint8(at + 1);
    // Markers without a segment: fill bytes, restarts and the like.
    if (marker === 0xff) at += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return jpeg.getUint16(at + 5) * jpeg.getUint16(at + 7);
    } else at += 2 + jpeg.getUint16(at + 2);
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
  if (bytes[0] === 0xff) return jpegPixels(view);
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
