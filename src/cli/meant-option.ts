import { nearestName, plainWord } from '../util/nearest-name.ts';
import { shellWord } from '../util/shell-word.ts';
import { settingOf, settingPath } from './setting-words.ts';

/** Options by the words of other tools, and of the other programs here; a program has some of ours. */
const FOREIGN: readonly (readonly [ours: readonly string[], theirs: readonly string[]])[] = [
  [
    ['init', 'weights'],
    ['init', 'weights', 'checkpoint', 'ckpt', 'pretrained', 'finetune'],
  ],
  [['config'], ['preset', 'cfg', 'configfile', 'yaml']],
  [['data'], ['dataset', 'datadir', 'dataroot', 'datapath', 'traindir', 'traindata', 'images', 'input', 'imagedir']],
  [['output'], ['out', 'o', 'outputdir', 'outdir', 'savedir', 'logdir', 'workdir', 'rundir', 'savepath']],
  [['batch-size'], ['bs', 'b', 'batch', 'batchsize', 'perdevicetrainbatchsize']],
  [['lr'], ['learningrate', 'baselr', 'rate']],
  [['workers'], ['numworkers', 'nworkers', 'j', 'jobs', 'threads']],
  [['epochs'], ['e', 'maxepochs', 'numepochs', 'nepochs', 'numtrainepochs']],
  [['seed'], ['randomseed', 'seedeverything']],
  [['overwrite'], ['force', 'f']],
  [['quiet'], ['silent']],
  [['verbose'], ['debug']],
  [['list'], ['listpresets', 'presets', 'listmodels', 'listmethods']],
];

/** Options that are flags elsewhere, or have another value here. */
const DEVICES: Readonly<Record<string, string>> = {
  ...{ gpu: 'gpu', gpus: 'gpu', cuda: 'gpu', devices: 'gpu', numgpus: 'gpu', ngpu: 'gpu', ngpus: 'gpu' },
  ...{ cpu: 'cpu', nocuda: 'cpu' },
};

/** A run's length in steps. */
const LENGTHS = [
  'steps',
  'maxsteps',
  'numsteps',
  'trainsteps',
  'totalsteps',
  'iterations',
  'iters',
  'maxiter',
  'maxiters',
];

const RUN_NAMES = ['name', 'experiment', 'expname', 'experimentname', 'runname', 'jobname'];

/** The names of a program's options, without dashes, and whether each takes a value. */
export type OptionNames = ReadonlyMap<string, boolean>;

/**
 * What to write in place of an option that a program with these options does not have, such as `--batch-size 64` for
 * `--batch_size 64`; undefined where nothing is near.
 */
export function meantOption(word: string, value: string | undefined, names: OptionNames): string | undefined {
  const plain = plainWord(word);
  const device = DEVICES[plain];
  if (device !== undefined && names.has('device')) return `--device ${device}`;
  if (RUN_NAMES.includes(plain) && names.has('output') && names.has('resume')) {
    return `--output ${shellWord(`runs/${value ?? 'NAME'}`)}`;
  }
  if (LENGTHS.includes(plain) && names.has('epochs')) return '--epochs N (lengths are in epochs)';
  if (plain === 'accelerator' && names.has('device')) return `--device ${DEVICES[plainWord(value ?? 'gpu')] ?? 'auto'}`;
  if (plain === 'format' && names.has('normalize')) return `--output ${shellWord(`features.${value ?? 'parquet'}`)}`;
  const written = (name: string): string =>
    value === undefined || names.get(name) === false ? `--${name}` : `--${name} ${shellWord(value)}`;
  const setting = (isExact: boolean): string | undefined => {
    const found = names.has('set') ? settingOf(word, value, isExact) : undefined;
    return found && `--set ${shellWord(found)}`;
  };
  const ours = FOREIGN.filter(([, words]) => words.includes(plain)).flatMap(([own]) => own);
  const option = ours.find((name) => names.has(name));
  if (option !== undefined) return written(option);
  // A setting of that very name comes before an option that looks like it: --size is no --seed.
  const exact = setting(true);
  if (exact !== undefined) return exact;
  const near = nearestName(word, [...names.keys()]);
  return near === undefined ? setting(false) : written(near);
}

/** The option that `KEY=VALUE` means; undefined where there is none. */
export function meantAssignment(key: string, value: string, names: OptionNames): string | undefined {
  if (!key.includes('.')) return meantOption(key, value, names);
  const path = names.has('set') ? settingPath(key) : undefined;
  return path && `--set ${shellWord(`${path}=${value}`)}`;
}
