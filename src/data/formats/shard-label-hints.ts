import { formatPlural } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import { isLabelPath } from '../files/label-files.ts';
import { extensionOf } from '../files/paths.ts';
import { splitOf } from '../sources/splits.ts';
import { partName } from './part-name.ts';
import { type NamedShard, SHARD } from './shard-notes.ts';
import { keyOf } from './shard-samples.ts';

/** Folders that one command names. */
const MOST_FOLDERS = 4;

/** An ImageNet class, by its number in WordNet. */
const WORDNET = /^n\d{8}$/;

const nameIn = (shard: string, path: string): string => (shard === '' ? path : `${shard}/${path}`);

/** Files of shards that are neither images nor read for labels. */
export function findUnread(shards: readonly NamedShard[]): string[] {
  return shards.flatMap(([name, { others }]) =>
    others.filter((path) => !isLabelPath(path)).map((path) => nameIn(name, path)),
  );
}

/** Label files of which no image is in the same archive: `.cls`, or `.json` that names one of another archive. */
function findStrayLabels(shards: readonly NamedShard[]): string[] {
  const keys = new Set(shards.flatMap(([, { images }]) => images.map(keyOf)));
  return shards.flatMap(([name, { labels }]) =>
    [...(labels?.keys() ?? [])]
      .filter((path) => extensionOf(path) === '.cls' || keys.has(keyOf(path)))
      .map((path) => nameIn(name, path)),
  );
}

/** The first text file that may be an image's label or caption. */
function findTextLabel(shards: readonly NamedShard[]): string | undefined {
  for (const [name, { images, others }] of shards) {
    const keys = new Set(images.map(keyOf));
    const text = others.find((path) => extensionOf(path) === '.txt' && keys.has(keyOf(path)));
    if (text !== undefined) return nameIn(name, text);
  }
  return undefined;
}

/** Whether archives have names of their own in each split, as where each holds one class; numbers alone are none. */
function isClassEach(names: readonly string[]): boolean {
  if (names.length < 2) return false;
  const seen = new Set<string>();
  for (const path of names) {
    const { set, of } = partName(path.slice(path.lastIndexOf('/') + 1).replace(SHARD, '.tar'));
    const word = WORDNET.test(set) ? set : set.replace(/\d+/g, '');
    const key = `${splitOf(path)} ${word}`;
    if (word === '' || of !== undefined || seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

/** The command that unpacks each archive into a folder of its name; undefined where one can't. */
function unpackEach(paths: readonly string[]): string | undefined {
  const [extension, ...others] = new Set(paths.map((path) => SHARD.exec(path)?.[0] as string));
  const folders = [...new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))))];
  if (extension === undefined || others.length > 0 || folders.length > MOST_FOLDERS) return undefined;
  const target = `"\${f%${extension}}"`;
  const unpack = extension.toLowerCase() === '.zip' ? `unzip -q "$f" -d ${target}` : `tar -xf "$f" -C ${target}`;
  const globs = folders.map((folder) => `${shellWord(folder)}/*${extension}`);
  return `for f in ${globs.join(' ')}; do mkdir -p ${target} && ${unpack}; done`;
}

/**
 * Why images of shards without label files beside them have no labels, where something there may be some, and what to
 * do; undefined where nothing is.
 */
export function whyUnlabelled(shards: readonly NamedShard[], tree: FileTree): string | undefined {
  const strays = findStrayLabels(shards);
  if (strays.length > 0) {
    const files = formatPlural(strays.length, 'label file has', 'label files have');
    return `${files} no image of the same name in the same archive, such as ${strays[0]}: pack each beside its image`;
  }
  const text = findTextLabel(shards);
  if (text !== undefined) return `labels are read from .cls and .json files, not from ${text}`;
  const names = shards.flatMap(([name, { images }]) => (images.length > 0 ? [name] : []));
  if (tree.kind === 'archive' || !isClassEach(names)) return undefined;
  const command = unpackEach(names.map((name) => tree.diskPath(name) as string));
  const way =
    command === undefined ? 'unpack each into a folder of its name' : `unpack each into its folder: ${command}`;
  return `names of archives are no classes; if each holds one, ${way}`;
}
