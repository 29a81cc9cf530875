import { formatCount, formatPlural } from '../../../util/format-count.ts';
import type { CheckedRun, CheckedSettings, SettingProblems } from './checked-run.ts';

/** The share of an epoch that may be left over without a word. */
const MOST = 0.1;

/** Batches of at least so many images are changed by whole multiples of so many. */
const [LARGE, MULTIPLE] = [64, 8];

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** The largest batch up to the present one that leaves little over, and the one that leaves least. */
function betterBatches({ method, schedule }: CheckedSettings, imageCount: number): number[] {
  const { batchSize, accumulate } = schedule;
  const groups = 'batchNormGroups' in method ? method.batchNormGroups : 1;
  const unit = batchSize >= LARGE ? MULTIPLE : 1;
  const sizes = Array.from({ length: batchSize - Math.ceil(batchSize / 2) }, (_, i) => batchSize - 1 - i);
  const left = (size: number): number => imageCount % (size * accumulate);
  const fine = sizes.filter(
    (size) =>
      size % unit === 0 && size % groups === 0 && size >= 2 * groups && size >= 2 && left(size) < MOST * imageCount,
  );
  const [largest] = fine;
  if (largest === undefined) return [];
  const least = fine.reduce((best, size) => (left(size) < left(best) ? size : best), largest);
  return [...new Set([largest, least])];
}

/** An incomplete last step is dropped: a large share of each epoch, where there are few images for the batch. */
export function checkLeftOver({ config, imageCount, steps }: CheckedRun): SettingProblems {
  const { imagesPerStep, perEpoch } = steps;
  const left = imageCount - perEpoch * imagesPerStep;
  if (left < MOST * imageCount) return { errors: [], warnings: [] };
  const share = (size: number): string => percent((imageCount % (size * config.schedule.accumulate)) / imageCount);
  const better = betterBatches(config, imageCount).map((size) => `--batch-size ${size} leaves ${share(size)}`);
  if (better.length === 0) return { errors: [], warnings: [] };
  const of = `${formatCount(left)} of ${formatPlural(imageCount, 'image')} (${percent(left / imageCount)})`;
  return {
    errors: [],
    warnings: [`schedule.batchSize: ${of} are left over in each epoch, others each time; ${better.join(', ')}`],
  };
}
