import { isAbsolute } from 'node:path';
import { imageCacheFolder } from '../../data/cache/cache-files.ts';
import { type Dataset, openDataset } from '../../data/dataset/dataset.ts';
import { createImageRetry, retryReads } from '../../data/loading/retry-reads.ts';
import { warn } from '../../util/notices.ts';
import type { Retry } from '../../util/retry.ts';
import type { RunData } from './run-data.ts';

/** Seconds of reading an archive's headers from which its index is kept. */
const WORTH_SECONDS = 1;

/** Images whose reads wait for a disk that is away for a while. */
export interface RunDataset extends Dataset {
  /** What its reads are tried again by. */
  readonly retry: Retry;
  /** Says by another function from now on that images can't be read for now, and when they can again. */
  tellOutages(say: (message: string) => void): void;
}

/**
 * Opens the images that settings name, without decoding any.
 *
 * Opening and reading wait for what may come back, for `data.retryMinutes`; the signal ends the wait.
 *
 * @throws UserError where there are none, or none that fit the settings; the signal's reason.
 */
export async function openRunDataset(data: RunData, signal?: AbortSignal): Promise<RunDataset> {
  const { path, train, test, classes, fraction, subsetPerClass, memoryBudget } = data;
  const { labels, labelField, pathField, exclude, holdout } = data;
  const indexCache = data.cache === 'off' ? undefined : { folder: imageCacheFolder(), worthSeconds: WORTH_SECONDS };
  const subset = { classes, fraction, subset: subsetPerClass };
  const reading = { labels, labelField, pathField, exclude, archiveBytes: memoryBudget, indexCache };
  let say = warn;
  const retry = await createImageRetry(test !== undefined && isAbsolute(test) ? [path, test] : [path], {
    limitSeconds: 60 * data.retryMinutes,
    signal,
    say: (message) => say(message),
  });
  const dataset = await retry(() => openDataset(path, { train, test, holdout, ...subset, ...reading }));
  return {
    ...dataset,
    train: retryReads(dataset.train, retry),
    test: dataset.test && retryReads(dataset.test, retry),
    retry,
    tellOutages(by) {
      say = by;
    },
  };
}
