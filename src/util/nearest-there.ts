import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './system-error.ts';

/** What there is of a path: itself, or the nearest folder (or what stands for one) above it. */
export async function nearestThere(path: string): Promise<{ readonly at: string; readonly found: Stats }> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return { at, found: await stat(at) };
    } catch (error) {
      const code = systemCode(error);
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(at) === at) throw error;
    }
  }
}
