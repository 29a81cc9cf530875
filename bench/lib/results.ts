import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join('bench', 'results');
const fileOf = (name: string, folder: string): string => join(folder, `${name}.json`);

/** What is kept of a bench; an empty record before its first results. */
export function readResults<Kept extends object>(name: string, folder = FOLDER): Partial<Kept> {
  const file = fileOf(name, folder);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Kept>) : {};
}

/** Writes what is kept of a bench, and returns the file's path. */
export function writeResults(name: string, content: object, folder = FOLDER): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(name, folder), `${JSON.stringify(content, undefined, 2)}\n`);
  return fileOf(name, folder);
}

/** Results with new ones in the place of those of the same key; the others stay as they were. */
export function renewResults<Result>(
  kept: readonly Result[],
  now: readonly Result[],
  keyOf: (result: Result) => string,
): Result[] {
  const renewed = new Set(now.map(keyOf));
  return [...kept.filter((each) => !renewed.has(keyOf(each))), ...now];
}

/** Puts parts of a bench in the place of their older results, at once; the others stay as they were. */
export function keepParts(name: string, parts: Readonly<Record<string, unknown>>): string {
  return writeResults(name, { bench: name, ...readResults(name), ...parts });
}
