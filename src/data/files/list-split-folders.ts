import { type CodedValues, createValueCoder } from '../../util/coded-values.ts';
import { formatCount } from '../../util/format-count.ts';
import { readSplitName, type SplitName, TESTS, TRAIN } from '../sources/splits.ts';
import { eachText, type Texts } from './packed-texts.ts';

/** The splits in which the images of a list lie by the names of their folders. */
export interface SplitFolders {
  /** One for each path. */
  readonly splits: CodedValues<string>;
  /** What is trained on although folders say otherwise, and the settings that divide; for people. */
  readonly warning: string;
}

/** Folders that a warning names. */
const MOST = 5;

/**
 * The splits that folders say, such as `train/cat/0.jpg` and `val/cat/0.jpg`; undefined where not all images lie in
 * such folders at one depth, of at least a training and a test split.
 *
 * @param paths with forward slashes.
 */
export function readSplitFolders(paths: Texts): SplitFolders | undefined {
  const depth = paths.length === 0 ? 0 : paths.at(0).split('/').length;
  const known = new Map<string, SplitName | undefined>();
  const read = (name: string): SplitName | undefined => {
    if (!known.has(name)) known.set(name, readSplitName(name));
    return known.get(name);
  };
  for (let i = 0; i < depth - 1; i++) {
    const found = splitsAt(paths, i, read);
    if (found !== undefined) return found;
  }
  return undefined;
}

function splitsAt(
  paths: Texts,
  depth: number,
  read: (name: string) => SplitName | undefined,
): SplitFolders | undefined {
  const coder = createValueCoder<string>();
  const counts = new Map<string, number>();
  let rest: string | undefined;
  for (const path of eachText(paths)) {
    const parts = path.split('/', depth + 2);
    const name = parts[depth] as string;
    const found = parts.length < depth + 2 ? undefined : read(name);
    rest ??= found?.rest;
    if (found === undefined || found.rest !== rest) return undefined;
    coder.add(found.split);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const splits = coder.done();
  const there = new Set(splits.distinct);
  const test = TESTS.find((name) => there.has(name));
  if (!there.has(TRAIN) || test === undefined) return undefined;
  const named = [...counts].slice(0, MOST).map(([name, count]) => `${name}: ${formatCount(count)}`);
  const listed = `${named.join(', ')}${counts.size > MOST ? ', ...' : ''}`;
  return {
    splits,
    warning: `all ${formatCount(paths.length)} images are trained on, and their paths name splits (${listed}): to divide the list, --set data.train=${TRAIN} --set data.test=${test}`,
  };
}
