import type { Interpolation } from '../../config/view-settings.ts';
import { innerLoops } from './inner-loops.ts';
import { layAxis, type Outputs, type Stretch, writeAxis } from './resample-axis.ts';
import type { Box, RgbImage } from './rgb-image.ts';

/** Bytes of pixels that are handed to the inner loops at once. */
const STRIP_BYTES = 4 * 2 ** 20;
/** The inner loops work on 16 bytes at once, and so reach beyond the ends of what they read and write. */
const SLACK_BYTES = 16;
/** Where the module's own memory ends. */
const START = 1024;

const aligned = (offset: number): number => Math.ceil(offset / 16) * 16;

/** Lines of pixels that go through the inner loops at once: at least one of them. */
const stripOf = (lines: number, lineBytes: number): number =>
  Math.max(1, Math.min(lines, Math.floor(STRIP_BYTES / lineBytes)));

/** What the two passes of a resize need to know. */
export interface Passes {
  readonly image: RgbImage;
  /** The whole pixels that the crop touches. */
  readonly pixels: Box;
  /** The crop in these pixels. */
  readonly across: Stretch;
  readonly down: Stretch;
  /** What is wanted of the resized crop. */
  readonly columns: Outputs;
  readonly rows: Outputs;
  readonly interpolation: Interpolation;
  /** uint8 [rows.count, columns.count, 3], to be written. */
  readonly out: Uint8Array;
}

/** Puts the pixels of a box row by row into `out` from an offset on. */
export function copyRows(image: RgbImage, box: Box, out: Uint8Array, offset: number): void {
  const lineBytes = box.width * 3;
  for (let y = 0; y < box.height; y++) {
    const start = ((box.top + y) * image.width + box.left) * 3;
    out.set(image.data.subarray(start, start + lineBytes), offset + y * lineBytes);
  }
}

/** Resizes the rows, then the columns of what came out; strips are of whole rows. */
export function widthThenHeight({ image, pixels, across, down, columns, rows, interpolation, out }: Passes): void {
  const x = layAxis(START, across, columns, interpolation);
  const y = layAxis(x.end, down, rows, interpolation);
  const [lineBytes, stride] = [pixels.width * 3, columns.count * 3];
  const strip = stripOf(pixels.height, lineBytes);
  const source = aligned(y.end);
  const narrowed = aligned(source + strip * lineBytes + SLACK_BYTES);
  const result = aligned(narrowed + pixels.height * stride + SLACK_BYTES);
  const { memory, resampleRows, resampleColumns } = innerLoops(result + out.length + SLACK_BYTES);
  const bytes = new Uint8Array(memory.buffer);
  writeAxis(memory.buffer, x, across, columns, interpolation, 3);
  const [first, end] = writeAxis(memory.buffer, y, down, rows, interpolation, 1);
  for (let top = first; top < end; top += strip) {
    const height = Math.min(strip, end - top);
    copyRows(image, { ...pixels, top: pixels.top + top, height }, bytes, source);
    const to = narrowed + top * stride;
    resampleRows(source, lineBytes, height, to, columns.count, x.first, x.counts, x.weights, x.taps);
  }
  resampleColumns(narrowed, stride, result, rows.count, y.first, y.counts, y.weights, y.taps);
  out.set(bytes.subarray(result, result + out.length));
}

/** Resizes the columns, then the rows of what came out; strips are of whole columns. */
export function heightThenWidth({ image, pixels, across, down, columns, rows, interpolation, out }: Passes): void {
  const x = layAxis(START, across, columns, interpolation);
  const y = layAxis(x.end, down, rows, interpolation);
  const stride = pixels.width * 3;
  const strip = stripOf(pixels.width, pixels.height * 3);
  const source = aligned(y.end);
  const lowered = aligned(source + strip * pixels.height * 3 + SLACK_BYTES);
  const joined = aligned(lowered + strip * rows.count * 3 + SLACK_BYTES);
  const result = aligned(joined + rows.count * stride + SLACK_BYTES);
  const { memory, resampleRows, resampleColumns } = innerLoops(result + out.length + SLACK_BYTES);
  const bytes = new Uint8Array(memory.buffer);
  const [first, end] = writeAxis(memory.buffer, x, across, columns, interpolation, 3);
  const [, height] = writeAxis(memory.buffer, y, down, rows, interpolation, 1);
  for (let left = first; left < end; left += strip) {
    const width = Math.min(strip, end - left);
    copyRows(image, { top: pixels.top, left: pixels.left + left, height, width }, bytes, source);
    resampleColumns(source, width * 3, lowered, rows.count, y.first, y.counts, y.weights, y.taps);
    for (let row = 0; row < rows.count; row++) {
      const from = lowered + row * width * 3;
      bytes.copyWithin(joined + row * stride + left * 3, from, from + width * 3);
    }
  }
  resampleRows(joined, stride, rows.count, result, columns.count, x.first, x.counts, x.weights, x.taps);
  out.set(bytes.subarray(result, result + out.length));
}
