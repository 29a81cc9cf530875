import { existsSync } from 'node:fs';
import { drawSheet, encodeSheet } from '../../data/sheet/contact-sheet.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { firstImages } from './preview-images.ts';
import { LEGEND, previewBand } from './preview-sheet.ts';
import { type PreviewSource, previewViews } from './preview-views.ts';

/** What the sheet of a run shows: both views of so many images. */
const SHOWN = { count: 4, views: 2, epoch: 0 };

/** What the sheet is, for the report. */
export const SHEET_CAPTION = 'The first images of the first epoch and their views, as training made them.';

interface RunSheetOptions {
  readonly title: string;
  readonly path: string;
  /** Hears that the sheet is drawn, which takes seconds. */
  readonly onStatus: (status: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Writes the contact sheet of a run, unless it is there, and returns what was in the way: a run is not to fail for it.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function writeRunSheet(
  from: PreviewSource,
  { title, path, onStatus, signal }: RunSheetOptions,
): Promise<string | undefined> {
  if (existsSync(path)) return undefined;
  onStatus('drawing the views of the first images');
  try {
    const { images } = await firstImages(from.images, { ...SHOWN, seed: from.seed, signal });
    const views = await previewViews(from, images, { ...SHOWN, signal });
    const { image } = await drawSheet({ bands: [previewBand(title, from, images, views)], footer: LEGEND });
    await writeFileAtomic(path, await encodeSheet(image));
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return `no picture of the views: ${error instanceof Error ? error.message : String(error)}`;
  }
}
