import { nearestName } from '../util/nearest-name.ts';

/** What people coming from PyTorch write for the names used here. */
const SYNONYMS: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  wd: 'weightDecay',
  bs: 'batchSize',
  batch: 'batchSize',
  tau: 'temperature',
  arch: 'backbone',
  model: 'backbone',
  encoder: 'backbone',
  augmentations: 'views',
  transforms: 'views',
  grayscale: 'grey',
  gray: 'grey',
  warmup: 'warmupEpochs',
  dtype: 'precision',
  eps: 'epsilon',
  gradclip: 'clipGradientNorm',
  clipgradnorm: 'clipGradientNorm',
  maxgradnorm: 'clipGradientNorm',
  accumulategradbatches: 'accumulate',
  accumiter: 'accumulate',
};

/** The key that a misspelt or foreign word most likely means, if one is near enough. */
export function nearest(word: string, keys: readonly string[]): string | undefined {
  const synonym = SYNONYMS[word.toLowerCase().replace(/[^a-z0-9]/g, '')];
  if (synonym !== undefined && keys.includes(synonym)) return synonym;
  return nearestName(word, keys);
}
