import { existsSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import type { RunConfig } from '../../config/run-config.ts';
import { drawSheet, encodeSheet, SHEET_ENDINGS, type SheetBand } from '../../data/sheet/contact-sheet.ts';
import { describeSource } from '../../data/sources/describe-source.ts';
import { printable } from '../../report/printable.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { listNames } from '../../util/list-names.ts';
import { warn } from '../../util/notices.ts';
import { writeText } from '../../util/write-text.ts';
import { checkEnvironment } from '../assembly/environment.ts';
import { sessionOptions } from '../assembly/session-options.ts';
import { outputWarnings } from '../folder/output-inside.ts';
import { decodingOf } from '../images/decoding.ts';
import { openRunDataset } from '../images/open-run-dataset.ts';
import { runData } from '../images/run-data.ts';
import { trainingLayout } from '../images/run-images.ts';
import { trainingViews } from '../views/view-groups.ts';
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
  /** A file that ends in one of SHEET_ENDINGS. */
  readonly output: string;
  readonly overwrite: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** The kind of picture that a file's name says. @throws UserError (exit code 2) for another ending. */
function kindOf(output: string) {
  const ending = extname(output);
  const found = Object.entries(SHEET_ENDINGS).find(([known]) => known === ending.toLowerCase());
  if (found !== undefined) return found[1];
  throw new UserError(
    `--output: expected a file that ends in ${listNames(Object.keys(SHEET_ENDINGS), 9)}, got ${output}${ending === '' ? ', without an ending' : ''}`,
    { hint: 'The ending says the format: --output preview.png', exitCode: 2 },
  );
}

/**
 * `cl-data preview`: writes a contact sheet of the first training images of an epoch and the views that training makes
 * of them.
 *
 * @throws UserError for what a user can mend.
 */
export async function preview(
  parts: readonly [PreviewPart, ...PreviewPart[]],
  options: PreviewCommandOptions,
): Promise<void> {
  const { output, overwrite, quiet, signal } = options;
  const kind = kindOf(output);
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
  checkEnvironment(config.device);
  const task = createTaskProgress(process.stderr, { quiet });
  const dataset = await openRunDataset(runData(config), signal);
  try {
    const warnings = [...outputWarnings('the picture', output, config.data.path), ...dataset.warnings];
    for (const warning of warnings) warn(printable(warning));
    task.say(`opened ${printable(describeSource(dataset.train))}`);
    const { seed } = config;
    const unloaded = { source: dataset.train, loaded: undefined };
    const { images: chosen, passedOver } = await firstImages(unloaded, {
      seed,
      count: options.images,
      epoch: options.epoch,
      signal,
    });
    const bands: SheetBand[] = [];
    let isLoaded = false;
    for (const [i, part] of parts.entries()) {
      task.count('making views', i, parts.length);
      const images = await previewSet(part.config.data, dataset.train, chosen);
      isLoaded ||= images.loaded !== undefined;
      const session = sessionOptions(part.config);
      const views = trainingViews(part.config.views, trainingLayout({ train: images }), session);
      const from = { seed, images, views, session, decoding: decodingOf(part.config.data) };
      bands.push(previewBand(part.title, from, chosen, await previewViews(from, chosen, options)));
    }
    task.stop();
    const { image } = await drawSheet({ bands, footer: LEGEND });
    await writeFileAtomic(output, await encodeSheet(image, kind));
    for (const { name, reason } of isLoaded ? passedOver : []) warn(passedOverText(name, reason));
    writeText(process.stdout, `${printable(output)}: ${image.width} x ${image.height} pixels\n`);
  } finally {
    task.stop();
    await dataset.close();
  }
}

/** A run that loads its images knows the bad ones before it shuffles, which a preview does not. */
function passedOverText(name: string, reason: string): string {
  return `passed over ${printable(name)}, which ${printable(reason)}; a run that holds its images shuffles without it, and begins with others`;
}
