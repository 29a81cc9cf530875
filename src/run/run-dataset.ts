import type { RunConfig } from '../config/run-config.ts';
import { type Dataset, openDataset } from '../data/source.ts';

/**
 * Opens a configuration's images without decoding any.
 *
 * @throws UserError where there are none, or none that fit the settings.
 */
export function openRunDataset({ data }: RunConfig): Promise<Dataset> {
  const { path, train, test, classes, fraction, subsetPerClass, labelField, memoryBudget } = data;
  const subset = { classes, fraction, subset: subsetPerClass };
  return openDataset(path, { train, test, ...subset, labelField, archiveBytes: memoryBudget });
}
