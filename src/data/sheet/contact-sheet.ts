import sharp from 'sharp';
import type { Box, RgbImage } from '../resample.ts';
import { type Canvas, type Colour, createCanvas, enlarge, fill, type Mask, outline, place, stamp } from './canvas.ts';
import { fitInside, scaleBox } from './geometry.ts';
import { setText, type TextStyle } from './text.ts';

/** One view of an image as training sees it, in colours that can be shown. */
export interface SheetView {
  readonly image: RgbImage;
  /** The part of the original that it shows, in the original's pixels. */
  readonly crop: Box;
  /** What was drawn, a line each. */
  readonly notes: readonly string[];
}

/** One image and its views. */
export interface SheetRow {
  readonly original: RgbImage;
  /** Whose image it is: class, name, size. */
  readonly notes: readonly string[];
  readonly views: readonly SheetView[];
}

/** Images with their views under one heading. */
export interface SheetBand {
  readonly title: string;
  readonly notes: readonly string[];
  /** Over the original and over each view. */
  readonly columns: readonly string[];
  readonly rows: readonly SheetRow[];
}

export interface Sheet {
  readonly bands: readonly SheetBand[];
  /** What is said below. */
  readonly footer: string;
}

const BACKGROUND: Colour = [255, 255, 255];
const INK: Colour = [24, 28, 36];
const MUTED: Colour = [92, 99, 112];
const RULE: Colour = [222, 226, 232];
/** Okabe and Ito's colours, which people with any colour vision tell apart, those first that stand out on photographs. */
const COLOURS: readonly Colour[] = [
  [230, 159, 0],
  [0, 114, 178],
  [0, 158, 115],
  [204, 121, 167],
  [213, 94, 0],
  [86, 180, 233],
  [240, 228, 66],
];

const TITLE: TextStyle = { size: 19, weight: 'medium' };
const HEAD: TextStyle = { size: 12, weight: 'medium' };
const NOTE: TextStyle = { size: 11, weight: 'regular' };
/** Pixels around everything, between tiles, and of a view's frame. */
const MARGIN = 24;
const GAP = 14;
const FRAME = 3;
/** Small tiles are enlarged to about this side; their notes need the width. */
const TILE = 128;

/** A block of text with the place it takes. */
interface Note {
  readonly masks: readonly { readonly mask: Mask; readonly colour: Colour }[];
  readonly height: number;
}

async function noteOf(
  lines: readonly (readonly [text: string, style: TextStyle, colour: Colour])[],
  width: number,
): Promise<Note> {
  const masks = await Promise.all(
    lines.map(async ([text, style, colour]) => ({ mask: await setText(text, style, width), colour })),
  );
  return { masks, height: masks.reduce((sum, { mask }) => sum + mask.height + (mask.height > 0 ? 5 : 0), 0) };
}

function drawNote(canvas: Canvas, { masks }: Note, top: number, left: number): void {
  let y = top;
  for (const { mask, colour } of masks) {
    stamp(canvas, mask, y, left, colour);
    y += mask.height + (mask.height > 0 ? 5 : 0);
  }
}

/** A row ready to be drawn: tiles with their notes. */
interface LaidRow {
  readonly original: RgbImage;
  readonly views: readonly RgbImage[];
  readonly notes: readonly Note[];
  readonly height: number;
  readonly noteHeight: number;
  readonly row: SheetRow;
}

interface LaidBand {
  readonly head: Note;
  readonly columnHeads: readonly Note[];
  readonly widths: readonly number[];
  readonly rows: readonly LaidRow[];
  readonly height: number;
  readonly width: number;
}

const colourOf = (view: number): Colour => COLOURS[view % COLOURS.length] as Colour;

/** How often the pixels of a view are repeated, so that the largest side comes near `TILE`. */
export function tileFactor(side: number): number {
  return Math.max(1, Math.round(TILE / side));
}

async function layRow(row: SheetRow, factor: number, widths: readonly number[]): Promise<LaidRow> {
  const views = row.views.map(({ image }) => enlarge(image, factor));
  const height = Math.max(...views.map((view) => view.height)) + 2 * FRAME;
  const original = fitInside(row.original, { height, width: widths[0] as number });
  const lines = [row.notes, ...row.views.map(({ notes }) => notes)];
  const notes = await Promise.all(
    lines.map((texts, column) =>
      noteOf(
        texts.map((text, line) => [
          text,
          column === 0 && line === 0 ? HEAD : NOTE,
          column === 0 && line === 0 ? INK : MUTED,
        ]),
        widths[column] as number,
      ),
    ),
  );
  return { original, views, notes, height, noteHeight: Math.max(...notes.map((note) => note.height)), row };
}

/** Room for an original that is wider than high. */
const WIDEST_ORIGINAL = 1.5;

async function layBand(band: SheetBand, sheetWidth: number): Promise<LaidBand> {
  const widths = columnWidths(band);
  const factor = bandFactor(band);
  const head = await noteOf(
    [[band.title, TITLE, INK], ...band.notes.map((text) => [text, NOTE, MUTED] as const)],
    sheetWidth,
  );
  const columnHeads = await Promise.all(
    band.columns.map((text, column) => noteOf([[text, HEAD, INK]], widths[column] as number)),
  );
  const rows = await Promise.all(band.rows.map((row) => layRow(row, factor, widths)));
  const headHeight = head.height + GAP + Math.max(...columnHeads.map(({ height }) => height)) + 4;
  const rowsHeight = rows.reduce((sum, { height, noteHeight }) => sum + height + 8 + noteHeight + GAP, 0);
  return { head, columnHeads, widths, rows, height: headHeight + rowsHeight, width: widthOf(widths) };
}

function bandFactor({ rows }: SheetBand): number {
  return tileFactor(Math.max(1, ...rows.flatMap(({ views }) => views.map(({ image }) => image.width))));
}

/** Widths of the columns in pixels: the original's, then each view's. */
function columnWidths(band: SheetBand): number[] {
  const factor = bandFactor(band);
  const views = band.columns
    .slice(1)
    .map((_, view) =>
      Math.max(TILE, ...band.rows.map(({ views }) => (views[view]?.image.width ?? 0) * factor + 2 * FRAME)),
    );
  const tallest = Math.max(
    1,
    ...band.rows.flatMap(({ views }) => views.map(({ image }) => image.height * factor + 2 * FRAME)),
  );
  const originals = band.rows.map(
    ({ original }) => Math.min(WIDEST_ORIGINAL, original.width / original.height) * tallest,
  );
  return [Math.ceil(Math.max(TILE, ...originals)), ...views];
}

const widthOf = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);

/** Crops on the original, each in the colour of its view, with a light line around it that shows on dark places. */
function drawCrops(canvas: Canvas, { original, row }: LaidRow, top: number, left: number): void {
  const scale = { y: original.height / row.original.height, x: original.width / row.original.width };
  for (const [view, { crop }] of [...row.views.entries()].reverse()) {
    const box = scaleBox(crop, scale, { top, left });
    outline(
      canvas,
      { top: box.top - 1, left: box.left - 1, height: box.height + 2, width: box.width + 2 },
      4,
      BACKGROUND,
    );
    outline(canvas, box, 2, colourOf(view));
  }
}

function drawRow(canvas: Canvas, laid: LaidRow, widths: readonly number[], top: number): number {
  const { original, views, notes, height, noteHeight } = laid;
  let left = MARGIN;
  place(canvas, original, top, left);
  drawCrops(canvas, laid, top, left);
  for (const [view, image] of views.entries()) {
    left += (widths[view] as number) + GAP;
    outline(
      canvas,
      { top, left, height: image.height + 2 * FRAME, width: image.width + 2 * FRAME },
      FRAME,
      colourOf(view),
    );
    place(canvas, image, top + FRAME, left + FRAME);
  }
  left = MARGIN;
  for (const [column, note] of notes.entries()) {
    drawNote(canvas, note, top + height + 8, left);
    left += (widths[column] as number) + GAP;
  }
  return top + height + 8 + noteHeight + GAP;
}

function drawBand(canvas: Canvas, { head, columnHeads, widths, rows }: LaidBand, top: number): number {
  drawNote(canvas, head, top, MARGIN);
  let y = top + head.height + GAP;
  let left = MARGIN;
  for (const [column, note] of columnHeads.entries()) {
    drawNote(canvas, note, y, left);
    left += (widths[column] as number) + GAP;
  }
  y += Math.max(...columnHeads.map(({ height }) => height)) + 4;
  for (const row of rows) y = drawRow(canvas, row, widths, y);
  return y;
}

/** Draws a contact sheet: uint8 [height, width, 3]. */
export async function drawSheet({ bands, footer }: Sheet): Promise<Canvas> {
  const inner = Math.max(480, ...bands.map((band) => widthOf(columnWidths(band))));
  const laid = await Promise.all(bands.map((band) => layBand(band, inner)));
  const foot = await noteOf([[footer, NOTE, MUTED]], inner);
  const height = laid.reduce((sum, band) => sum + band.height + MARGIN, 0) + MARGIN + foot.height + MARGIN;
  const canvas = createCanvas(height, inner + 2 * MARGIN, BACKGROUND);
  let y = MARGIN;
  for (const band of laid) {
    y = drawBand(canvas, band, y);
    fill(canvas, { top: y, left: MARGIN, height: 1, width: inner }, RULE);
    y += MARGIN;
  }
  drawNote(canvas, foot, y, MARGIN);
  return canvas;
}

/** Encodes pixels as PNG. */
export function encodePng({ data, height, width }: RgbImage): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
