import { splitOf } from '../sources/splits.ts';

/** What a file's path says of the data set that it is a part of. */
export interface PartName {
  readonly path: string;
  /** As `splitOf` has it. */
  readonly split: string;
  /**
   * What is left of the path without split and numbers: equal for the parts of one data set, such as `full/` of
   * `full/train-00000-of-00002.parquet`.
   */
  readonly set: string;
  /** Which part it is of how many, where the name says so. */
  readonly number?: number | undefined;
  readonly of?: number | undefined;
}

export const SERIES = /(\d+)[-_]of[-_](\d+)/i;

/** Words of file names that number parts, or that writers put into every name. */
const NOISE = /^(\d+|[a-z]|part|shard|chunk|file|data|c\d{3}|snappy|gz|zstd)$/;

/** The fingerprint of a write, which tells neither splits nor data sets apart: `a09b74b3ef9c3b56`. */
const isFingerprint = (word: string): boolean => /^[0-9a-f]{8,}$/.test(word) && /\d/.test(word);

export const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** The words of a name, but for those that say the split: another's are part of the data set's name. */
function wordsOf(name: string, split: string): string[] {
  const words = name
    .toLowerCase()
    .replace(UUID, '')
    .split(/[^\p{L}\p{N}]+/u);
  return words.filter((word) => word !== '' && (splitOf(word) === '' || splitOf(word) !== split));
}

/** Whether a word of a file's name may be of the data set's; numbers and what writers add are not. */
export const namesSet = (word: string): boolean => !NOISE.test(word) && !isFingerprint(word);

/** Takes a path apart; a folder `name=value`, as partitioned tables have them, is no part of the data set's name. */
export function partName(path: string): PartName {
  const folders = path.split('/');
  const file = folders.pop() as string;
  const stem = file.replace(/(\.tar)?\.[a-z]+$/i, '');
  const [, number, of] = SERIES.exec(stem) ?? [];
  const split = splitOf([...folders, stem].join('/'));
  const kept = folders.filter((folder) => !folder.includes('=')).map((folder) => wordsOf(folder, split).join('-'));
  const set =
    [...kept.filter((folder) => folder !== ''), ''].join('/') +
    wordsOf(stem.replace(SERIES, ''), split).filter(namesSet).join('-');
  const isPart = number !== undefined && of !== undefined;
  return { path, split, set, ...(isPart && { number: Number(number), of: Number(of) }) };
}
