import { nearestName, plainWord } from '../util/nearest-name.ts';

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

/** What other tools call settings that have another name here, or lie in a section. */
const FOREIGN: Readonly<Record<string, string>> = {
  ...{ arch: 'backbone.name', model: 'backbone.name', backbone: 'backbone.name', encoder: 'backbone.name' },
  ...{ network: 'backbone.name', modelname: 'backbone.name', method: 'method.name', loss: 'method.name' },
  ...{ optimizer: 'optimizer.name', optim: 'optimizer.name', opt: 'optimizer.name' },
  ...{ scheduler: 'schedule.decay.name', lrscheduler: 'schedule.decay.name', decay: 'schedule.decay.name' },
  ...{ imagesize: 'views.size', imgsize: 'views.size', imsize: 'views.size', size: 'views.size' },
  ...{ resolution: 'views.size', cropsize: 'views.size', inputsize: 'views.size', transform: 'views.recipe' },
  ...{ augmentation: 'views.recipe', augment: 'views.recipe', knnk: 'evaluate.knn.k', amp: 'precision' },
  ...{ fp16: 'precision', bf16: 'precision', half: 'precision', gradientaccumulation: 'schedule.accumulate' },
};

/** The path of the setting that a word of another tool stands for; undefined where it stands for none. */
export function foreignSetting(word: string): string | undefined {
  return Object.hasOwn(FOREIGN, plainWord(word)) ? FOREIGN[plainWord(word)] : undefined;
}

/** The key that a misspelt or foreign word most likely means, if one is near enough. */
export function nearest(word: string, keys: readonly string[]): string | undefined {
  const synonym = SYNONYMS[plainWord(word)];
  if (synonym !== undefined && keys.includes(synonym)) return synonym;
  return nearestName(word, keys);
}

/** What people write for a setting that is off, or on, and the values that mean it. */
const SWITCHES: readonly (readonly [written: RegExp, values: readonly string[]])[] = [
  [/^(no|false|never|none|off|n|0|disabled?)$/i, ['off', 'none', 'never']],
  [/^(yes|true|always|on|y|1|enabled?)$/i, ['on', 'all', 'always']],
];

/** Values by the names of PyTorch and Lightning. */
const VALUES: Readonly<Record<string, string>> = {
  ...{ cuda: 'gpu', cuda0: 'gpu', nvidia: 'gpu' },
  ...{ bf16: 'bfloat16', bf16mixed: 'bfloat16', bf16true: 'bfloat16' },
  ...{ 16: 'float16', fp16: 'float16', '16mixed': 'float16', '16true': 'float16', half: 'float16', amp: 'float16' },
  ...{ 32: 'float32', fp32: 'float32', '32true': 'float32', full: 'float32' },
  ...{ pytorch: 'torchvision', torch: 'torchvision', tensorflow: 'savedmodel', keras: 'savedmodel' },
  ...{ tensorflowjs: 'tfjs', browser: 'tfjs', web: 'tfjs' },
};

/**
 * The value that a misspelt or foreign one most likely means: `no` is `off`, not `on`, which looks like it, and
 * `torchvision/resnet50` is `resnet50`.
 */
export function nearestValue(got: unknown, values: readonly string[]): string | undefined {
  const text = String(got).replace(/^(?:torchvision|timm|tv)\//, '');
  const foreign = VALUES[plainWord(text)];
  if (foreign !== undefined && values.includes(foreign)) return foreign;
  const meant = SWITCHES.find(([written]) => written.test(text))?.[1].find((value) => values.includes(value));
  return meant ?? (typeof got === 'string' ? nearest(text, values) : undefined);
}
