import sharp from 'sharp';
import type { Box, RgbImage } from '../pixels/resample.ts';
import { markSheet } from '../pixels/sheet-mark.ts';
import { type Canvas, type Colour, createCanvas, enlarge, fill, type Mask, outline, place, stamp } from './canvas.ts';
import { fitInside, scaleBox } from './geometry.ts';
import {
  type Columns,
  FRAME,
  innerWidth,
  layColumns,
  layoutSheet,
  MARGIN,
  type Placement,
  type Point,
} from './sheet-layout.ts';
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

/** A sheet's pixels, and where its parts are. */
export interface DrawnSheet {
  readonly image: RgbImage;
  readonly placement: Placement;
}

const BACKGROUND: Colour = [255, 255, 255];
const INK: Colour = [24, 28, 36];
const MUTED: Colour = [92, 99, 112];
const RULE: Colour = [222, 226, 232];
/**
 * Okabe and Ito's colours, which people with any colour vision tell apart, those first that stand out on photographs.
 */
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

type Line = readonly [text: string, style: TextStyle, colour: Colour];

/** Lines of text under each other. */
interface Block {
  readonly lines: readonly { readonly mask: Mask; readonly colour: Colour }[];
  readonly height: number;
}

async function setBlock(lines: readonly Line[], width: number): Promise<Block> {
  const set = await Promise.all(
    lines.map(async ([text, style, colour]) => ({ mask: await setText(text, style, width), colour })),
  );
  return { lines: set, height: set.reduce((sum, { mask }) => sum + mask.height, 0) };
}

function drawBlock(canvas: Canvas, { lines }: Block, { top, left }: Point): void {
  let y = top;
  for (const { mask, colour } of lines) {
    stamp(canvas, mask, y, left, colour);
    y += mask.height;
  }
}

/** A band's images and texts at the size in which they are drawn. */
interface PreparedBand {
  readonly columns: Columns;
  readonly head: Block;
  readonly titles: readonly Block[];
  readonly rows: readonly PreparedRow[];
}

interface PreparedRow {
  readonly row: SheetRow;
  readonly original: RgbImage;
  readonly views: readonly RgbImage[];
  readonly notes: readonly Block[];
}

async function prepareRow(row: SheetRow, { factor, widths, original }: Columns): Promise<PreparedRow> {
  const own = row.notes.map((text, i): Line => (i === 0 ? [text, HEAD, INK] : [text, NOTE, MUTED]));
  const notes = [own, ...row.views.map((view) => view.notes.map((text): Line => [text, NOTE, MUTED]))];
  return {
    row,
    original: fitInside(row.original, original),
    views: row.views.map(({ image }) => enlarge(image, factor)),
    notes: await Promise.all(notes.map((lines, column) => setBlock(lines, widths[column] as number))),
  };
}

async function prepareBand(band: SheetBand, columns: Columns, width: number): Promise<PreparedBand> {
  const head: Line[] = [[band.title, TITLE, INK], ...band.notes.map((text): Line => [text, NOTE, MUTED])];
  const titles = band.columns.map((text, i) => setBlock([[text, HEAD, INK]], columns.widths[i] as number));
  return {
    columns,
    head: await setBlock(head, width),
    titles: await Promise.all(titles),
    rows: await Promise.all(band.rows.map((row) => prepareRow(row, columns))),
  };
}

const colourOf = (view: number): Colour => COLOURS[view % COLOURS.length] as Colour;

/** Crops on the original, each in the colour of its view between light lines, which show on dark places. */
function drawCrops(canvas: Canvas, { original, row }: PreparedRow, corner: Point): void {
  const scale = { y: original.height / row.original.height, x: original.width / row.original.width };
  for (const [view, { crop }] of [...row.views.entries()].reverse()) {
    const box = scaleBox(crop, scale, corner);
    const around = { top: box.top - 1, left: box.left - 1, height: box.height + 2, width: box.width + 2 };
    outline(canvas, around, 4, BACKGROUND);
    outline(canvas, box, 2, colourOf(view));
  }
}

function drawRow(canvas: Canvas, prepared: PreparedRow, tiles: readonly Point[], notes: readonly Point[]): void {
  const [corner, ...corners] = tiles as [Point, ...Point[]];
  place(canvas, prepared.original, corner.top, corner.left);
  drawCrops(canvas, prepared, corner);
  for (const [view, image] of prepared.views.entries()) {
    const { top, left } = corners[view] as Point;
    const box = { top, left, height: image.height + 2 * FRAME, width: image.width + 2 * FRAME };
    outline(canvas, box, FRAME, colourOf(view));
    place(canvas, image, top + FRAME, left + FRAME);
  }
  for (const [column, block] of prepared.notes.entries()) drawBlock(canvas, block, notes[column] as Point);
}

/** Draws a contact sheet. */
export async function drawSheet({ bands, footer }: Sheet): Promise<DrawnSheet> {
  const columns = bands.map(({ rows }) =>
    layColumns({ rows: rows.map(({ original, views }) => ({ original, views: views.map(({ image }) => image) })) }),
  );
  const width = innerWidth(columns);
  const prepared = await Promise.all(bands.map((band, i) => prepareBand(band, columns[i] as Columns, width)));
  const foot = await setBlock([[footer, NOTE, MUTED]], width);
  const measured = prepared.map(({ columns, head, titles, rows }) => ({
    columns,
    head: head.height,
    titles: titles.map(({ height }) => height),
    rows: rows.map(({ original, views, notes }) => ({
      tiles: [Math.max(original.height, columns.original.height), ...views.map(({ height }) => height + 2 * FRAME)],
      notes: notes.map(({ height }) => height),
    })),
  }));
  const placement = layoutSheet(measured, foot.height);
  const canvas = createCanvas(placement.height, placement.width, BACKGROUND);
  for (const [i, { head, titles, rows }] of prepared.entries()) {
    const placed = placement.bands[i] as Placement['bands'][number];
    drawBlock(canvas, head, placed.head);
    for (const [column, block] of titles.entries()) drawBlock(canvas, block, placed.titles[column] as Point);
    for (const [r, row] of rows.entries()) {
      const { tiles, notes } = placed.rows[r] as (typeof placed.rows)[number];
      drawRow(canvas, row, tiles, notes);
    }
    fill(canvas, { ...placed.rule, height: 1, width: placement.width - 2 * MARGIN }, RULE);
  }
  drawBlock(canvas, foot, placement.footer);
  return { image: canvas, placement };
}

/** Pictures that a sheet can be, by the ending of a file's name. */
export const SHEET_ENDINGS = { '.png': 'png', '.jpg': 'jpeg', '.jpeg': 'jpeg', '.webp': 'webp' } as const;

/** A sheet as a picture of a kind; PNG and JPEG have the mark by which sheets are told from images. */
export async function encodeSheet(
  { data, height, width }: RgbImage,
  kind: (typeof SHEET_ENDINGS)[keyof typeof SHEET_ENDINGS] = 'png',
): Promise<Uint8Array> {
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  if (kind === 'webp') return picture.webp({ quality: 90 }).toBuffer();
  const encoded =
    kind === 'png'
      ? picture.png({ compressionLevel: 9, adaptiveFiltering: true })
      : // Text is blurred where colours have half the resolution.
        picture.jpeg({ quality: 90, chromaSubsampling: '4:4:4' });
  return markSheet(await encoded.toBuffer());
}
