import { statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';

/**
 * Warns where outputs are written among the images; nothing where they lie elsewhere.
 *
 * @param what is written, for people: "the run folder".
 */
export function outputWarnings(what: string, output: string, dataPath: string): string[] {
  const inside = relative(resolve(dataPath), resolve(output));
  const isInside = inside !== '..' && !inside.startsWith(`..${sep}`);
  if (!isInside || !statSync(dataPath, { throwIfNoEntry: false })?.isDirectory()) return [];
  return [
    `${what} ${output} lies inside the images (${dataPath}): it is left out here, but other tools take its pictures for images; --output puts it elsewhere`,
  ];
}
