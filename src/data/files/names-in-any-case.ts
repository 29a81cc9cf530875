import { compareStrings } from '../../util/sort-paths.ts';

/** The path that is `wanted`, or else one that differs from it in case alone; undefined where there is none. */
export function findInAnyCase(paths: readonly string[], wanted: string): string | undefined {
  if (paths.includes(wanted)) return wanted;
  const lower = wanted.toLowerCase();
  return paths.find((path) => path.toLowerCase() === lower);
}

/** Paths in an order that does not depend on case; of those that differ in case alone the one with small letters. */
export function uniqueInAnyCase(paths: readonly string[]): string[] {
  const byName = new Map([...paths].sort(compareStrings).map((path) => [path.toLowerCase(), path]));
  return [...byName].sort(([a], [b]) => compareStrings(a, b)).map(([, path]) => path);
}
