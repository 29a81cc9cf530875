import type { Box, RgbImage } from '../pixels/resample.ts';

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** Pixels that are drawn into: uint8 [height, width, 3]. */
export type Canvas = RgbImage;

/** How much of a colour covers each pixel: uint8 [height, width]. */
export interface Mask {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** Draws a box; what lies outside the canvas is left out. */
export function fill(canvas: Canvas, box: Box, colour: Colour): void {
  const [top, left] = [Math.max(0, box.top), Math.max(0, box.left)];
  const bottom = Math.min(canvas.height, box.top + box.height);
  const right = Math.min(canvas.width, box.left + box.width);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) canvas.data.set(colour, (y * canvas.width + x) * 3);
  }
}

/** An empty canvas of one colour. */
export function createCanvas(height: number, width: number, colour: Colour): Canvas {
  const canvas = { data: new Uint8Array(height * width * 3), height, width };
  fill(canvas, { top: 0, left: 0, height, width }, colour);
  return canvas;
}

/** Draws the edge of a box, `thickness` pixels wide, inside it. */
export function outline(canvas: Canvas, box: Box, thickness: number, colour: Colour): void {
  const { top, left, height, width } = box;
  const t = Math.min(thickness, height, width);
  fill(canvas, { top, left, height: t, width }, colour);
  fill(canvas, { top: top + height - t, left, height: t, width }, colour);
  fill(canvas, { top, left, height, width: t }, colour);
  fill(canvas, { top, left: left + width - t, height, width: t }, colour);
}

/** An image every pixel of which becomes a square of `factor` pixels. */
export function enlarge({ data, height, width }: RgbImage, factor: number): RgbImage {
  if (factor === 1) return { data, height, width };
  const out = new Uint8Array(height * factor * width * factor * 3);
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * 3;
      const to = (y * width * factor + x) * 3;
      for (let c = 0; c < 3; c++) out[to + c] = data[from + c] as number;
    }
  }
  return { data: out, height: height * factor, width: width * factor };
}

/** Copies an image to a place, where it must fit. */
export function place(canvas: Canvas, image: RgbImage, top: number, left: number): void {
  for (let y = 0; y < image.height; y++) {
    const line = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    canvas.data.set(line, ((top + y) * canvas.width + left) * 3);
  }
}

/** Lays a colour over a place as far as a mask covers it; what lies outside the canvas is left out. */
export function stamp(canvas: Canvas, mask: Mask, top: number, left: number, colour: Colour): void {
  for (let y = 0; y < Math.min(mask.height, canvas.height - top); y++) {
    for (let x = 0; x < Math.min(mask.width, canvas.width - left); x++) {
      const cover = (mask.data[y * mask.width + x] as number) / 255;
      if (cover === 0) continue;
      const at = ((top + y) * canvas.width + left + x) * 3;
      for (let c = 0; c < 3; c++) {
        const under = canvas.data[at + c] as number;
        canvas.data[at + c] = Math.round(under + cover * ((colour[c] as number) - under));
      }
    }
  }
}
