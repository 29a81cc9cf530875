import type { RunConfig } from '../config/run-config.ts';
import { openRunDataset } from './run-dataset.ts';

/** What packing a configuration's images would do, for people. */
export async function planPack(config: RunConfig, splits: readonly string[] = ['train', 'test']): Promise<string> {
  const dataset = await openRunDataset(config);
  try {
    const counts = splits.map((split) => [split, split === 'test' ? dataset.test?.count : dataset.train.count]);
    return `${dataset.description}\n${counts.map(([split, count]) => `${split}: ${count ?? 0} images\n`).join('')}`;
  } finally {
    await dataset.close();
  }
}
