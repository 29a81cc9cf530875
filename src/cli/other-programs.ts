/** What a word stands for that is no command of the program it was given to. */
const COMMANDS: Readonly<Record<string, string>> = {
  knn: 'cl-eval knn',
  'linear-probe': 'cl-eval linear-probe',
  eval: 'cl-eval knn',
  evaluate: 'cl-eval knn',
  test: 'cl-eval knn',
  embed: 'cl-embed',
  export: 'cl-export',
  inspect: 'cl-data inspect',
  preview: 'cl-data preview',
  pack: 'cl-data pack',
  bench: 'cl-data bench',
  doctor: 'cl-doctor',
  resume: 'cl-train --resume',
  list: 'cl-train --list',
  presets: 'cl-train --list',
  version: 'cl-train --version',
};

/** What commands are called by those who do not know our names for them. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  'linear-probe': ['linear', 'probe', 'lp', 'linprobe', 'linear_probe', 'logreg'],
  knn: ['nn', 'neighbours', 'neighbors', 'nearest', 'k-nn'],
  inspect: ['check', 'info', 'stats', 'look', 'ls', 'list', 'validate', 'describe'],
  preview: ['show', 'view', 'views', 'visualize', 'augment', 'plot', 'sheet'],
  pack: ['shard', 'shards', 'prepare', 'convert', 'webdataset', 'resize', 'tar'],
  bench: ['benchmark', 'speed', 'time', 'profile'],
  checkpoint: ['ckpt', 'checkpoints', 'verify'],
};

/** The command among `names` that a word is another name of. */
export function synonymOf(word: string, names: readonly string[]): string | undefined {
  return names.find((name) => SYNONYMS[name]?.includes(word.toLowerCase()));
}

/** The program, with its command, that a word stands for in place of `program`; undefined where it stands for none. */
export function otherProgram(word: string, program: string): string | undefined {
  const found = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  return found === program ? undefined : found;
}
