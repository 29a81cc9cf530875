import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearestName } from '../../util/nearest-name.ts';

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
