import { join } from 'node:path';
import { createRateProgress } from '../../report/rate-progress.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import { note, tell, warn } from '../../util/notices.ts';
import { writeText } from '../../util/write-text.ts';
import { ownerOf } from '../encoder/open-encoder.ts';
import { liesInside } from '../folder/output-inside.ts';
import { withOutput } from '../folder/output-lock.ts';
import { decodingOf } from '../images/decoding.ts';
import { givenData } from '../images/given-data.ts';
import { type OpenedSplits, openSplits } from '../images/open-splits.ts';
import { runData } from '../images/run-data.ts';
import {
  badPath,
  checkOutput,
  checkRoom,
  makePartialFolder,
  removeEmptyPartialFolder,
  removePartialFolder,
} from './check-output.ts';
import { claimPartial, identityOf } from './embed-identity.ts';
import { embedSplits, imagesIn } from './embed-splits.ts';
import { type EmbedResult, embedJson, embedText } from './embed-text.ts';
import { badRows, embeddedTable } from './embedded-table.ts';
import { type Embedder, type EmbedderOptions, openEmbedder } from './open-embedder.ts';
import { clearPartial, openPartial, type PartialFeatures } from './partial-features.ts';
import { writeTable } from './write-table.ts';

export interface EmbedOptions extends EmbedderOptions {
  /** The table; its ending says the format. */
  readonly output: string;
  readonly overwrite: boolean;
  /** Names of the splits; undefined: training images, and test images where there are any. */
  readonly splits: readonly string[] | undefined;
  readonly normalize: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** The file in the folder of an unfinished table that says who writes it. */
const LOCK = 'lock';

/** Bad images that are told one by one. */
const MOST_TOLD = 10;

/**
 * Writes the features of images into a table, or goes on where an earlier call was stopped, and prints what there is.
 *
 * @throws UserError for what a user can mend; the signal's reason when it is stopped.
 */
export async function embedImages(options: EmbedOptions): Promise<void> {
  const { output, json } = options;
  checkOutput(output, options.overwrite);
  const embedder = await openEmbedder(options);
  const { data, notes } = givenData(runData(embedder.config), options.assignments, ownerOf(options));
  for (const message of notes) note(message);
  if (liesInside(output, data.path)) {
    warn(`${output} lies inside the images (${data.path}): what reads them may take it for a part of them`);
  }
  const images = await openSplits(data, options.splits, options.signal);
  try {
    tell(images.description);
    for (const message of images.warnings) warn(message);
    const folder = await makePartialFolder(output);
    const own = withOutput(
      {
        ...{ output, lock: join(folder, LOCK), elsewhere: 'choose another name by --output' },
        ...{ onWatch: tell, signal: options.signal },
      },
      () => fillTable(folder, images, embedder, options),
    );
    const result = await own.catch(async (error: unknown) => {
      await removeEmptyPartialFolder(output);
      throw error;
    });
    await removePartialFolder(output);
    if (json) process.stdout.write(embedJson(result));
    else writeText(process.stdout, embedText(result));
  } finally {
    await images.close();
  }
}

async function fillTable(
  folder: string,
  images: OpenedSplits,
  embedder: Embedder,
  options: EmbedOptions,
): Promise<EmbedResult> {
  const { view, width, tensors, config } = embedder;
  const { output, features, normalize, quiet, signal } = options;
  const { splits } = images;
  const task = createTaskProgress(process.stderr, { quiet });
  const network = { backbone: config.backbone, precision: config.precision };
  const identity = await identityOf({ tensors, network, view, splits, features, normalize });
  await claimPartial(folder, identity, options.overwrite);
  const partial = await openPartial(folder, identity, width);
  try {
    const total = splits.reduce((sum, { source }) => sum + source.count, 0);
    const done = splits.reduce((sum, { name }) => sum + imagesIn(partial.chunks, name), 0);
    await checkRoom(output, { rows: total, done, width });
    const seconds = done < total ? await compute(partial, images, embedder, options, { total, done }) : 0;
    const table = embeddedTable(splits, partial, { width, hasSplits: true });
    const bad = badRows(splits, partial);
    task.say(`writing ${output}`);
    await writeTable(output, table, bad, signal);
    const notFinite = partial.chunks.reduce((sum, chunk) => sum + chunk.notFinite, 0);
    if (notFinite > 0) {
      warn(
        `${formatPlural(notFinite, 'row')} of ${formatCount(table.rows)} with values that are not finite: the encoder has diverged, or bfloat16 is too narrow for it (--set precision=float32)`,
      );
    }
    const rows = ({ name, source }: (typeof splits)[number]): number =>
      source.count - bad.filter(({ split }) => split === name).length;
    return {
      output,
      encoder: embedder.path,
      features,
      normalized: normalize,
      table,
      splits: Object.fromEntries(splits.map((split) => [split.name, rows(split)])),
      bad: bad.length,
      notFinite,
      computed: { images: total - done, seconds },
    };
  } finally {
    task.stop();
    await partial.close();
    // A command that failed before it had any features leaves nothing behind.
    if (partial.chunks.every(({ rows }) => rows === 0)) await clearPartial(folder);
  }
}

/** Computes the features that are missing, and returns how many seconds that took without loading TensorFlow. */
async function compute(
  partial: PartialFeatures,
  { splits, tellOutages }: OpenedSplits,
  { view, config, run }: Embedder,
  { output, quiet, normalize, signal }: EmbedOptions,
  { total, done: before }: { readonly total: number; readonly done: number },
): Promise<number> {
  if (before > 0) tell(`there already: ${formatCount(before)} of ${formatPlural(total, 'image')}`);
  const progress = createRateProgress(process.stderr, { quiet, noun: 'images', total, done: before });
  if (!quiet) tellOutages((message) => progress.note(`warning: ${message}`));
  let done = before;
  let bad = 0;
  try {
    return await run(async (embed) => {
      const begun = performance.now();
      await embedSplits(partial, {
        ...{ splits, view, embed, normalize, signal },
        decoding: decodingOf(config.data),
        onDone(images) {
          done += images;
          progress.update(done);
        },
        onBad({ name, reason }) {
          bad++;
          if (bad <= MOST_TOLD) progress.note(`warning: left out ${name}, which ${reason}`);
          if (bad === MOST_TOLD + 1) progress.note(`warning: more bad images are only listed in ${badPath(output)}`);
        },
      });
      return (performance.now() - begun) / 1000;
    });
  } catch (error) {
    if (signal.aborted && !quiet) {
      progress.note(
        `stopped with ${formatCount(done)} of ${formatPlural(total, 'image')} embedded; the same command goes on`,
      );
    }
    throw error;
  } finally {
    progress.stop();
  }
}
