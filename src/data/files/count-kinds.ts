import { formatCount, formatPlural } from '../../util/format-count.ts';
import { extensionOf } from './paths.ts';

/** Extensions that are named in a count of files; the others are counted together. */
const MOST_KINDS = 5;

/** How many files there are of each extension, the most frequent first: "3 .txt, 1 without suffix". */
export function countKinds(paths: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(extensionOf(path), (counts.get(extensionOf(path)) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]);
  const named = most.slice(0, MOST_KINDS).map(([extension, n]) => `${formatCount(n)} ${extension || 'without suffix'}`);
  const others = most.slice(MOST_KINDS).reduce((sum, [, n]) => sum + n, 0);
  return [...named, ...(others > 0 ? [formatPlural(others, 'other')] : [])].join(', ');
}
