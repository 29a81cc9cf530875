import { compareStrings, sortPaths } from '../../util/sort-paths.ts';
import { classFolderWarnings } from './class-folder-warnings.ts';
import { toOneForm } from './class-names.ts';
import { alignLabels } from './labels.ts';

/** Images of one split and the classes that their folders name. */
export interface ClassFolders {
  /** Full paths in the listing, in torchvision's order. */
  readonly paths: readonly string[];
  /** Class index of each path, or undefined without class folders. */
  readonly labels: Int32Array | undefined;
  readonly classes: readonly string[];
  /** Why there are no classes although there are folders. */
  readonly unlabelled?: string | undefined;
  /** What to mind about the classes, for people. */
  readonly warnings?: readonly string[] | undefined;
  /** Which rule applied, for people. */
  readonly kind: string;
}

/** The first folder of a path below `prefix`, or undefined for a file that lies directly there. */
export function topFolder(path: string, prefix: string): string | undefined {
  const slash = path.indexOf('/', prefix.length);
  return slash === -1 ? undefined : path.slice(prefix.length, slash);
}

/** Goes down while everything lies in one folder, such as the one an archive wraps its files in. */
export function unwrap(paths: readonly string[], prefix: string, keep: (folder: string) => boolean): string {
  const only = paths[0] === undefined ? undefined : topFolder(paths[0], prefix);
  if (only === undefined || keep(only)) return prefix;
  const inner = `${prefix}${only}/`;
  return paths.every((path) => path.startsWith(inner)) ? unwrap(paths, inner, keep) : prefix;
}

/**
 * Reads the classes out of the paths below `prefix`.
 *
 * The first folder is the class when all images lie in two or more folders, or, for a test split, in at least one
 * folder that is a training class; names in both Unicode forms (NFC, NFD) are one. Otherwise, also where some images
 * lie beside folders, there are no labels: they are never guessed.
 *
 * @param known the training split's classes, which a test split's indices must follow.
 * @throws UserError where a test split has a class that training lacks.
 */
export function readClassFolders(
  paths: readonly string[],
  prefix: string,
  known: readonly string[] = [],
): ClassFolders {
  const knownClasses = new Set(known.map(toOneForm));
  const isKnown = (folder: string): boolean => knownClasses.has(toOneForm(folder));
  const base = unwrap(paths, prefix, isKnown);
  const sorted = sortPaths(paths.map((path) => path.slice(base.length))).map((path) => base + path);
  const tops = new Set<string>();
  let loose = 0;
  for (const path of sorted) {
    const top = topFolder(path, base);
    if (top === undefined) loose++;
    else tops.add(top);
  }
  if (loose === 0 && (tops.size >= 2 || [...tops].some(isKnown))) {
    const folders = [...tops].sort(compareStrings);
    const classes = [...new Set(folders.map(toOneForm))].sort(compareStrings);
    const numbers = new Map(classes.map((name, index) => [name, index]));
    const indices = new Map(folders.map((folder) => [folder, numbers.get(toOneForm(folder))]));
    const labels = Int32Array.from(sorted, (path) => indices.get(topFolder(path, base) ?? '') as number);
    const found = alignLabels({ labels, classes }, known, (index) => sorted[index] as string);
    return { paths: sorted, kind: 'class folders', ...found, warnings: classFolderWarnings(sorted, base, folders) };
  }
  const example = sorted.find((path) => topFolder(path, base) === undefined);
  const unlabelled = loose > 0 && tops.size > 0 ? `some lie beside folders, such as ${example}` : undefined;
  return {
    paths: sorted,
    kind: unlabelled === undefined ? 'flat' : 'files',
    labels: undefined,
    classes: [],
    unlabelled,
  };
}
