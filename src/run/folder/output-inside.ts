import { statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';

/** Whether a path lies below a folder of images, or is it; no file holds another. */
export function liesInside(path: string, dataPath: string): boolean {
  const inside = relative(resolve(dataPath), resolve(path));
  const isBelow = inside !== '..' && !inside.startsWith(`..${sep}`);
  return isBelow && statSync(dataPath, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Warns where outputs are written among the images; nothing where they lie elsewhere.
 *
 * @param what is written, for people: "the run folder".
 */
export function outputWarnings(what: string, output: string, dataPath: string): string[] {
  if (!liesInside(output, dataPath)) return [];
  return [
    `${what} ${output} lies inside the images (${dataPath}): it is left out here, but other tools take its pictures for images; --output puts it elsewhere`,
  ];
}
