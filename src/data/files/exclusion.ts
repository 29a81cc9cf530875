import picomatch from 'picomatch';
import { UserError } from '../../util/errors.ts';
import { formatPlural } from '../../util/format-count.ts';

/** Which paths the user leaves out. */
export interface Exclusion {
  /** Whether there is no pattern, so that nothing need be asked. */
  readonly isEmpty: boolean;
  /** Whether a path is left out; it is counted where it is. */
  excludes(path: string): boolean;
  /** How many there were, for people; none where there is no pattern. */
  notes(): string[];
  /**
   * Checks that every pattern met something.
   *
   * @throws UserError (exit code 2) for one that did not: what it was to leave out would be trained on.
   */
  assertUsed(where: string): void;
}

/** How a pattern is read: as a shell's, but for `!` and `+(...)`, so that names may begin with them. */
const STYLE = { dot: true, noextglob: true, nonegate: true } as const;

/**
 * A pattern as a test of paths. What is itself a path of a file or a folder is one, whatever brackets and braces it
 * holds; that of a folder leaves out all that lies in it.
 */
function matcherOf(pattern: string): (path: string) => boolean {
  const plain = pattern.replace(/^\.\//, '').replace(/\/+$/, '');
  const matches = picomatch(plain, STYLE);
  return (path) => path === plain || path.startsWith(`${plain}/`) || matches(path);
}

/** What `data.exclude` leaves out of paths below the place that the user named. */
export function createExclusion(patterns: readonly string[] = []): Exclusion {
  const rules = patterns.map((pattern) => ({ pattern, matches: matcherOf(pattern), isUsed: false }));
  let count = 0;
  let example = '';
  return {
    isEmpty: rules.length === 0,
    excludes(path) {
      const met = rules.filter(({ matches }) => matches(path));
      for (const rule of met) rule.isUsed = true;
      if (met.length === 0) return false;
      if (count++ === 0) example = path;
      return true;
    },
    notes() {
      return count === 0 ? [] : [`excluded by data.exclude: ${formatPlural(count, 'file')}, such as ${example}`];
    },
    assertUsed(where) {
      const unused = rules.filter(({ isUsed }) => !isUsed).map(({ pattern }) => `"${pattern}"`);
      if (unused.length === 0) return;
      throw new UserError(
        `expected paths of files in data.exclude, got ${unused.join(', ')}, which match none in ${where}`,
        {
          hint: 'Patterns are of whole paths below that place: annotations/**, **/*_mask.png. Leave out what is not needed.',
          exitCode: 2,
        },
      );
    },
  };
}

/** The paths by which a tree's files are found. */
interface Paths {
  readonly images: readonly string[];
  readonly others: readonly string[];
}

/** A tree without what is left out. */
export function excludeFrom<Tree extends Paths>(tree: Tree, exclusion: Exclusion | undefined): Tree {
  if (exclusion === undefined || exclusion.isEmpty) return tree;
  const isKept = (path: string): boolean => !exclusion.excludes(path);
  return { ...tree, images: tree.images.filter(isKept), others: tree.others.filter(isKept) };
}
