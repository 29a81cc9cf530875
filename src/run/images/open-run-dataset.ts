import type { DataConfig } from '../../config/run-config.ts';
import { imageCacheFolder } from '../../data/cache/cache-files.ts';
import { type Dataset, openDataset } from '../../data/dataset/dataset.ts';

/** Seconds of reading an archive's headers from which its index is kept. */
const WORTH_SECONDS = 1;

/**
 * Opens the images that settings name, without decoding any.
 *
 * @throws UserError where there are none, or none that fit the settings.
 */
export function openRunDataset(data: DataConfig): Promise<Dataset> {
  const { path, train, test, classes, fraction, subsetPerClass, memoryBudget } = data;
  const { labels, labelField, pathField, exclude } = data;
  const indexCache = data.cache === 'off' ? undefined : { folder: imageCacheFolder(), worthSeconds: WORTH_SECONDS };
  const subset = { classes, fraction, subset: subsetPerClass };
  const reading = { labels, labelField, pathField, exclude, archiveBytes: memoryBudget, indexCache };
  return openDataset(path, { train, test, ...subset, ...reading });
}
