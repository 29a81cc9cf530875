import { shellWord } from '../../util/shell-word.ts';

const setting = (key: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`--set ${shellWord(`${key}=${names.join('+')}`)}`];

/** The settings that take these folders for training and for tests. */
export function splitSettings(trains: readonly string[], tests: readonly string[]): string {
  return [...setting('data.train', trains), ...setting('data.test', tests)].join(' ');
}

/** The setting that leaves folders below `base` out. */
export function excludeSetting(base: string, folders: readonly string[]): string {
  const patterns = JSON.stringify(folders.map((name) => `${base}${name}/**`));
  return `--set ${shellWord(`data.exclude=${patterns}`)}`;
}
