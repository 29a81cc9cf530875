import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunConfig } from '../../config/run-config.ts';
import { drawSheet, encodePng, type SheetBand } from '../../data/sheet/contact-sheet.ts';
import { describeSource } from '../../data/sources/describe-source.ts';
import { printable } from '../../report/printable.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { checkEnvironment } from '../environment.ts';
import { openRunDataset } from '../run-dataset.ts';
import { firstImages, previewSet } from './preview-images.ts';
import { LEGEND, previewBand } from './preview-sheet.ts';
import { previewViews } from './preview-views.ts';

/** Views under one heading: a configuration, whose images and seed are those of all others of a sheet. */
export interface PreviewPart {
  readonly title: string;
  readonly config: RunConfig;
}

export interface PreviewCommandOptions {
  readonly images: number;
  /** Large views of each image. */
  readonly views: number;
  readonly epoch: number;
  /** The PNG file. */
  readonly output: string;
  readonly overwrite: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/**
 * `cl-data preview`: writes a contact sheet of the first training images of an epoch and the views that training makes of them.
 *
 * @throws UserError for what a user can mend.
 */
export async function preview(
  parts: readonly [PreviewPart, ...PreviewPart[]],
  options: PreviewCommandOptions,
): Promise<void> {
  const { output, overwrite, quiet, signal } = options;
  if (!overwrite && existsSync(output)) {
    throw new UserError(`--output: expected a new file, got ${output}, which exists`, {
      hint: 'Choose another with --output FILE, or replace it with --overwrite.',
      exitCode: 2,
    });
  }
  if (!existsSync(dirname(output))) {
    throw new UserError(`--output: expected a file in a folder that exists, got ${output}`, { exitCode: 2 });
  }
  const [{ config }] = parts;
  checkEnvironment(config);
  const task = createTaskProgress(process.stderr, { quiet });
  const dataset = await openRunDataset(config);
  try {
    task.say(`opened ${printable(describeSource(dataset.train))}`);
    const chosen = await firstImages(config, dataset.train, { count: options.images, epoch: options.epoch, signal });
    const bands: SheetBand[] = [];
    for (const [i, part] of parts.entries()) {
      task.count('making views', i, parts.length);
      const set = await previewSet(part.config, dataset.train, chosen);
      const views = await previewViews(part.config, set, chosen, options);
      bands.push(previewBand(part.title, part.config, dataset.train, chosen, views));
    }
    task.stop();
    const { image } = await drawSheet({ bands, footer: LEGEND });
    await writeFileAtomic(output, await encodePng(image));
    process.stdout.write(`${printable(output)}: ${image.width} x ${image.height} pixels\n`);
  } finally {
    task.stop();
    await dataset.close();
  }
}
