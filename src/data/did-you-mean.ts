import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { distance } from 'fastest-levenshtein';

/** The candidate nearest to a misspelt name, or undefined when none is close. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3));
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate;
}

/** The existing path nearest to one that doesn't exist: its first missing part is compared with the names beside it. */
export function nearestPath(path: string): string | undefined {
  const parent = dirname(path);
  if (parent === path) return undefined;
  try {
    const near = nearestName(basename(path), readdirSync(parent));
    return near === undefined ? undefined : join(parent, near);
  } catch {
    return nearestPath(parent);
  }
}
