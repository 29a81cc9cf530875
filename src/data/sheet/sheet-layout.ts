import type { ImageSize } from '../pixels/image-size.ts';

/** The upper left corner of something. */
export interface Point {
  readonly top: number;
  readonly left: number;
}

/** Pixels around everything, between tiles, below tiles, titles and rows, and of the frame around a view. */
export const MARGIN = 24;
const GAP = 14;
const NOTE_GAP = 6;
const TITLE_GAP = 5;
const ROW_GAP = 18;
export const FRAME = 3;
/** Small tiles are enlarged to about this side, and no column is narrower: notes need the width. */
const TILE = 128;
/** Width by height up to which an original is shown as high as the views. */
const WIDEST_ORIGINAL = 1.5;
const NARROWEST_SHEET = 480;

/** Sizes of a band's images in their own pixels. */
export interface BandImages {
  readonly rows: readonly { readonly original: ImageSize; readonly views: readonly ImageSize[] }[];
}

/** Columns of a band: the original's, then each view's. */
export interface Columns {
  /** How often each pixel of a view is repeated, in both directions. */
  readonly factor: number;
  readonly widths: readonly number[];
  /** Room for an original. */
  readonly original: ImageSize;
}

/** Columns that hold a band's images; views keep their sizes relative to each other. */
export function layColumns({ rows }: BandImages): Columns {
  const sides = rows.flatMap(({ views }) => views.map(({ height, width }) => Math.max(height, width)));
  const largest = Math.max(1, ...sides);
  const factor = Math.max(1, Math.round(TILE / largest));
  const height = largest * factor + 2 * FRAME;
  const ratios = rows.map(({ original }) => Math.min(WIDEST_ORIGINAL, original.width / original.height));
  const width = Math.ceil(Math.max(TILE, height * Math.max(0, ...ratios)));
  const count = Math.max(0, ...rows.map(({ views }) => views.length));
  const views = Array.from({ length: count }, (_, view) =>
    Math.max(TILE, ...rows.map((row) => (row.views[view]?.width ?? 0) * factor + 2 * FRAME)),
  );
  return { factor, widths: [width, ...views], original: { height, width } };
}

/** The width of columns with the gaps between them. */
export function widthOf({ widths }: Columns): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
}

/** The width that bands have between the margins. */
export function innerWidth(bands: readonly Columns[]): number {
  return Math.max(NARROWEST_SHEET, ...bands.map(widthOf));
}

/** Heights of what is drawn, frames included; the first of each list is the original's. */
export interface MeasuredRow {
  readonly tiles: readonly number[];
  readonly notes: readonly number[];
}

export interface MeasuredBand {
  readonly columns: Columns;
  readonly head: number;
  readonly titles: readonly number[];
  readonly rows: readonly MeasuredRow[];
}

export interface PlacedBand {
  readonly head: Point;
  readonly titles: readonly Point[];
  readonly rows: readonly { readonly tiles: readonly Point[]; readonly notes: readonly Point[] }[];
  /** The line below. */
  readonly rule: Point;
}

/** Where everything of a sheet goes. */
export interface Placement extends ImageSize {
  readonly bands: readonly PlacedBand[];
  readonly footer: Point;
}

function placeBand({ columns, head, titles, rows }: MeasuredBand, top: number): PlacedBand {
  const lefts = columns.widths.map(
    (_, i) => MARGIN + columns.widths.slice(0, i).reduce((sum, width) => sum + width + GAP, 0),
  );
  const at = (column: number, y: number): Point => ({ top: y, left: lefts[column] as number });
  const titleTop = top + head + GAP;
  let y = titleTop + Math.max(0, ...titles) + TITLE_GAP;
  const placed = rows.map(({ tiles, notes }) => {
    const start = y;
    const tops = tiles.map((height) => start + height + NOTE_GAP);
    y = Math.max(...tops.map((noteTop, i) => noteTop + (notes[i] ?? 0))) + ROW_GAP;
    return { tiles: tiles.map((_, i) => at(i, start)), notes: notes.map((_, i) => at(i, tops[i] as number)) };
  });
  return {
    head: { top, left: MARGIN },
    titles: titles.map((_, i) => at(i, titleTop)),
    rows: placed,
    rule: { top: y, left: MARGIN },
  };
}

/** Puts bands below each other, and the footer below them. */
export function layoutSheet(bands: readonly MeasuredBand[], footer: number): Placement {
  let y = MARGIN;
  const placed = bands.map((band) => {
    const result = placeBand(band, y);
    y = result.rule.top + MARGIN;
    return result;
  });
  return {
    height: y + footer + MARGIN,
    width: innerWidth(bands.map(({ columns }) => columns)) + 2 * MARGIN,
    bands: placed,
    footer: { top: y, left: MARGIN },
  };
}
