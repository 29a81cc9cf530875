/** A segment of a JPEG. */
export interface JpegSegment {
  readonly marker: number;
  /** What follows its length; empty for markers without a segment, and cut short where the file is. */
  readonly content: Uint8Array;
}

/** The marker with which pixels begin. */
export const START_OF_SCAN = 0xda;

/** Fill bytes, TEM, restarts, and the start of the image. */
function standsAlone(marker: number): boolean {
  return marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

/** The segments of a JPEG in their order, up to its first scan (included), or to what is no marker. */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  for (let at = 2; at + 4 <= bytes.length; ) {
    const [begin, marker = 0, high = 0, low = 0] = bytes.subarray(at, at + 4);
    if (begin !== 0xff) return;
    if (standsAlone(marker)) {
      yield { marker, content: bytes.subarray(at, at) };
      // Of two fill bytes the second begins the next marker.
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const end = at + 2 + ((high << 8) | low);
    yield { marker, content: bytes.subarray(at + 4, Math.max(at + 4, end)) };
    if (marker === START_OF_SCAN) return;
    at = end;
  }
}
