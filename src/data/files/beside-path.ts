import { posix } from 'node:path';

/** A name beside a file: `train.csv`, `here` becomes `train.here.csv`. */
export function besides(path: string, word: string): string {
  const { dir, name, ext } = posix.parse(path);
  return posix.join(dir, `${name}.${word}${ext}`);
}
