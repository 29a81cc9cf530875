import { existsSync } from 'node:fs';
import type { RunConfig } from '../config/run-config.ts';
import { drawSheet, encodePng } from '../data/sheet/contact-sheet.ts';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { firstImages } from './data/preview-images.ts';
import { LEGEND, previewBand } from './data/preview-sheet.ts';
import { previewViews } from './data/preview-views.ts';
import type { RunImages } from './images.ts';

/** What the sheet of a run shows: both views of so many images. */
const SHOWN = { count: 4, views: 2, epoch: 0 };

/** What the sheet is, for the report. */
export const SHEET_CAPTION = 'The first images of the first epoch and their views, as training made them.';

/**
 * Writes the contact sheet of a run, unless it is there, and returns what was in the way: a run is not to fail for it.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function writeRunSheet(
  config: RunConfig,
  images: RunImages,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (existsSync(path)) return undefined;
  try {
    const { source } = images.train;
    const chosen = await firstImages(config, source, { ...SHOWN, signal });
    const views = await previewViews(config, images, chosen, { ...SHOWN, signal });
    const title = `${config.method.name}, ${config.views.size} pixels`;
    const { image } = await drawSheet({
      bands: [previewBand(title, config, source, chosen, views)],
      footer: LEGEND,
    });
    await writeFileAtomic(path, await encodePng(image));
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return `no picture of the views: ${error instanceof Error ? error.message : String(error)}`;
  }
}
