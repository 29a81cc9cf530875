import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { explainDamagedPackage } from '../../util/machine.ts';

/** What of a package.json says which other packages it needs. */
interface PackageManifest {
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
  readonly optionalDependencies?: Readonly<Record<string, string>> | undefined;
}

/** A package, and where it goes: a folder relative to that of the tool, such as `node_modules/a/node_modules/b`. */
interface PlacedPackage {
  /** Its real folder here. */
  readonly folder: string;
  readonly place: string;
}

/**
 * The packages that the one in a folder needs to run, as Node resolves them here: its dependencies, those of its
 * optional dependencies that are installed, and theirs. Where they go is as flat as npm would have it.
 *
 * @throws UserError naming a package that is missing.
 */
export function placePackages(root: string): PlacedPackage[] {
  const placed = new Map<string, string>();
  const waiting: PlacedPackage[] = [{ folder: root, place: '' }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const [name, folder] of neededBy(next.folder)) {
      const seen = placesAbove(next.place, name).find((place) => placed.has(place));
      if (seen !== undefined && placed.get(seen) === folder) continue;
      const place = join(seen === undefined ? '' : next.place, 'node_modules', name);
      placed.set(place, folder);
      waiting.push({ folder, place });
    }
  }
  return [...placed].map(([place, folder]) => ({ folder, place })).sort((a, b) => (a.place < b.place ? -1 : 1));
}

/** Where Node looks for a package that one at `place` asks for, nearest first. */
function placesAbove(place: string, name: string): string[] {
  const above = place.split('/node_modules/');
  const folders =
    place === '' ? [''] : [...above.map((_, i) => above.slice(0, above.length - i).join('/node_modules/')), ''];
  return folders.map((folder) => join(folder, 'node_modules', name));
}

function neededBy(folder: string): [name: string, folder: string][] {
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as PackageManifest;
  const optional = Object.keys(optionalDependencies ?? {});
  return [...new Set([...Object.keys(dependencies ?? {}), ...optional])].sort().flatMap((name) => {
    const found = resolvePackage(folder, name);
    if (found !== undefined) return [[name, found] as [string, string]];
    if (optional.includes(name)) return [];
    const { message, hint } = explainDamagedPackage(name, 'it is missing');
    throw new UserError(message, { hint });
  });
}

/** The real folder of a package as Node resolves its name from a folder; undefined where it is not installed. */
export function resolvePackage(folder: string, name: string): string | undefined {
  const place = join(folder, 'node_modules', name);
  if (existsSync(join(place, 'package.json'))) return realpathSync(place);
  const above = dirname(folder);
  return above === folder ? undefined : resolvePackage(above, name);
}

/** Whether a file of a package is left out: nothing reads maps of sources but debuggers, and they are a third. */
const isLeftOut = (name: string): boolean => name.endsWith('.map');

/** The files below a folder, relative to it and sorted, without packages inside it and links. */
export function filesBelow(folder: string, below = ''): string[] {
  const entries = readdirSync(join(folder, below), { withFileTypes: true });
  const files = entries.flatMap((entry) => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(folder, path);
    return entry.isFile() && !isLeftOut(entry.name) ? [path] : [];
  });
  return files.sort();
}
