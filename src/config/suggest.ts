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

/** What people write for a setting that is off, or on, and the values that mean it. */
const SWITCHES: readonly (readonly [written: RegExp, values: readonly string[]])[] = [
  [/^(no|false|never|none|off|n|0|disabled?)$/i, ['off', 'none', 'never']],
  [/^(yes|true|always|on|y|1|enabled?)$/i, ['on', 'all', 'always']],
];

/** The value that a misspelt one most likely means: `no` is `off`, not `on`, which looks like it. */
export function nearestValue(got: unknown, values: readonly string[]): string | undefined {
  const text = String(got);
  const meant = SWITCHES.find(([written]) => written.test(text))?.[1].find((value) => values.includes(value));
  return meant ?? (typeof got === 'string' ? nearest(got, values) : undefined);
}
