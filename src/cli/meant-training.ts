import { existsSync } from 'node:fs';
import { nearestName } from '../util/nearest-name.ts';
import { presetNames } from '../util/presets.ts';
import { shellWord } from '../util/shell-word.ts';
import { meantAssignment, meantOption, type OptionNames } from './meant-option.ts';
import { isExperiment, LIST_HINT, missingMethod } from './preset-path.ts';

const METHOD = /^(?:method|ssl-?method|algorithm|algo|loss)$/i;

/** A word of a command line with the value that belongs to it. */
interface Given {
  readonly key: string;
  readonly value: string | undefined;
}

/** What was typed: `--key value`, `--key=value` and `key=value` as pairs, and other words. */
function readTyped(typed: readonly string[], names: OptionNames): { given: Given[]; words: string[] } {
  const given: Given[] = [];
  const words: string[] = [];
  for (let i = 0; i < typed.length; i++) {
    const word = typed[i] as string;
    const [, key, value] = /^-*([a-z][\w.-]*)=(.*)$/is.exec(word) ?? [];
    if (key !== undefined) given.push({ key, value });
    else if (!word.startsWith('-')) words.push(word);
    else {
      const name = word.replace(/^-+/, '');
      const next = typed[i + 1];
      const takes = names.get(name) !== false && next !== undefined && !next.startsWith('-');
      given.push({ key: name, value: takes ? next : undefined });
      if (takes) i++;
    }
  }
  return { given, words };
}

/** The option that a pair stands for, as it is written here; undefined where none does. */
function written({ key, value }: Given, names: OptionNames): string | undefined {
  if (key === 'set') return value && `--set ${shellWord(value)}`;
  if (names.has(key)) return value === undefined ? `--${key}` : `--${key} ${shellWord(value)}`;
  return value === undefined ? meantOption(key, value, names) : meantAssignment(key, value, names);
}

/**
 * What to type for a training whose preset was left out, the method given as an option instead (`--method simclr`), as
 * other tools have it; undefined where a preset or a file is named, or what was typed can't be read.
 */
export function meantTraining(typed: readonly string[], names: OptionNames): string | undefined {
  if (typed.some((word) => /^(?:-[cr]|--(?:config|resume|list|print-.*))(?:=|$)/.test(word))) return undefined;
  const { given, words } = readTyped(typed, names);
  const method = given.find(({ key }) => METHOD.test(key))?.value;
  const others = given.filter(({ key }) => !METHOD.test(key));
  // A preset, be it behind a flag of another tool, says that none was left out.
  if ([...words, ...others.map(({ value }) => value ?? '')].some(isExperiment)) return undefined;
  const options = others.map((each) => written(each, names));
  if (options.some((option) => option?.startsWith('--config'))) return undefined;
  const paths = words.filter((word) => existsSync(word));
  const isKnown = words.every(
    (word) => paths.includes(word) || /^(?:pre)?train(?:ing)?$|^(?:fit|run|start)$/.test(word),
  );
  if (!isKnown || options.some((option) => option === undefined)) return undefined;
  const missing = method === undefined ? undefined : missingMethod(method);
  if (missing !== undefined) return missing;
  const isData = (option: string | undefined): boolean => option?.startsWith('--data ') === true;
  const data = options.find(isData)?.slice('--data '.length) ?? (paths[0] && shellWord(paths[0])) ?? 'FOLDER';
  const preset = method === undefined ? undefined : nearestName(method, presetNames());
  const line = ['cl-train', preset ?? 'simclr-imagenet100', data, ...options.filter((option) => !isData(option))].join(
    ' ',
  );
  return preset === undefined ? `a preset comes first, for example ${line}; ${LIST_HINT}` : `did you mean ${line}?`;
}
