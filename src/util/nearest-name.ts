import { distance } from 'fastest-levenshtein';

/** A word without capitals, dashes and other marks, by which names of other tools are compared. */
export const plainWord = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '');

const letters = (word: string): string => [...plainWord(word)].sort().join('');

/** How far a candidate is from what was typed: edits, but a beginning and swapped letters count as one. */
function strangeness(word: string, candidate: string): number {
  const [typed, known] = [plainWord(word), plainWord(candidate)];
  const isClose = (typed.length > 2 && known.startsWith(typed)) || letters(word) === letters(candidate);
  return typed === known ? 0 : isClose ? 1 : distance(typed, known);
}

/** The candidates that a misspelt word may mean, all as near, if any is near enough (about a third of its letters). */
export function nearestNames(word: string, candidates: readonly string[]): string[] {
  const limit = Math.max(1, Math.ceil(plainWord(word).length / 3));
  const ranked = candidates
    .map((candidate) => ({ candidate, far: strangeness(word, candidate) }))
    .filter(({ far, candidate }) => far <= limit && far < plainWord(candidate).length)
    .sort((a, b) => a.far - b.far);
  return ranked.filter(({ far }) => far === ranked[0]?.far).map(({ candidate }) => candidate);
}

/** The candidate that a misspelt word most likely means, if one is near enough. */
export function nearestName(word: string, candidates: readonly string[]): string | undefined {
  return nearestNames(word, candidates)[0];
}
