import type { DataConfig } from '../../config/run-config.ts';
import type { Dataset } from '../../data/dataset/dataset.ts';
import type { PackSplit } from '../../data/pack/pack-shards.ts';
import { splitOf } from '../../data/sources/splits.ts';
import { UserError } from '../../util/errors.ts';
import { shellWord } from '../../util/shell-word.ts';
import { openRunDataset } from '../images/open-run-dataset.ts';

/** The splits of images that are to be packed. */
export interface PackedSplits {
  /** What was found, for people. */
  readonly description: string;
  readonly splits: readonly PackSplit[];
  close(): Promise<void>;
}

/** The names under which shards are found again say their split: others would be taken for training images. */
function assertName(name: string): void {
  if (name !== '' && splitOf(`${name}-000000.tar`) === name) return;
  throw new UserError(`--split: expected train, test, val, unlabeled or the like, got "${name}"`, {
    hint: `To pack it as the training images: --split train --set ${shellWord(`data.train=${name || 'NAME'}`)}`,
    exitCode: 2,
  });
}

/**
 * Opens the images that are to be packed: of `train` and `test` what the settings say they are, of other names the
 * split itself. Without names: training images, and test images where there are any.
 *
 * @throws UserError where a split is missing.
 */
export async function openPackedSplits(data: DataConfig, names: readonly string[] | undefined): Promise<PackedSplits> {
  for (const name of names ?? []) assertName(name);
  const opened: Dataset[] = [];
  const open = async (test: string | undefined): Promise<Dataset> => {
    const dataset = await openRunDataset(test === undefined ? data : { ...data, test });
    opened.push(dataset);
    return dataset;
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((dataset) => dataset.close()));
  };
  try {
    const main = await open(undefined);
    const splits: PackSplit[] = [];
    for (const name of new Set(names ?? ['train', ...(main.test === undefined ? [] : ['test'])])) {
      const source = name === 'train' ? main.train : name === 'test' ? main.test : (await open(name)).test;
      if (source === undefined) {
        throw new UserError(`--split: expected ${name} images, got none (${main.description})`, { exitCode: 2 });
      }
      splits.push({ name, source });
    }
    return { description: main.description, splits, close };
  } catch (error) {
    await close();
    throw error;
  }
}
