import type { ImageSource } from '../../data/sources/image-source.ts';
import { UserError } from '../../util/errors.ts';
import { openRunDataset, type RunDataset } from './open-run-dataset.ts';
import type { RunData } from './run-data.ts';

/** Splits that were opened, none of whose images is decoded. */
export interface OpenedSplits {
  /** What was found, for people. */
  readonly description: string;
  /** What to mind, for people. */
  readonly warnings: readonly string[];
  readonly splits: readonly { readonly name: string; readonly source: ImageSource }[];
  readonly tellOutages: RunDataset['tellOutages'];
  close(): Promise<void>;
}

/**
 * Opens splits of the images that settings name: of `train` and `test` what the settings say they are, of other names
 * the split itself. Without names: training images, and test images where there are any.
 *
 * @throws UserError where a split is missing; the signal's reason where it ends a wait for a disk that is away.
 */
export async function openSplits(
  data: RunData,
  names: readonly string[] | undefined,
  signal?: AbortSignal,
): Promise<OpenedSplits> {
  const opened: RunDataset[] = [];
  const open = async (test: string | undefined): Promise<RunDataset> => {
    const dataset = await openRunDataset(test === undefined ? data : { ...data, test, holdout: undefined }, signal);
    opened.push(dataset);
    return dataset;
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((dataset) => dataset.close()));
  };
  try {
    const main = await open(undefined);
    const splits: { name: string; source: ImageSource }[] = [];
    for (const name of new Set(names ?? ['train', ...(main.test === undefined ? [] : ['test'])])) {
      const source = name === 'train' ? main.train : name === 'test' ? main.test : (await open(name)).test;
      if (source === undefined) {
        throw new UserError(`--split: expected ${name} images, got none (${main.description})`, {
          hint: 'Leave --split out to take what there is.',
          exitCode: 2,
        });
      }
      splits.push({ name, source });
    }
    const tellOutages: OpenedSplits['tellOutages'] = (say) => {
      for (const dataset of opened) dataset.tellOutages(say);
    };
    return { description: main.description, warnings: main.warnings, splits, tellOutages, close };
  } catch (error) {
    await close();
    throw error;
  }
}
