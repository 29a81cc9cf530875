import { parse } from 'yaml';
import { UserError } from '../../util/errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { readText } from '../files/read-text.ts';
import { canonicalSplit } from '../sources/splits.ts';

/** A configuration of a data set that its README.md declares, as the Hugging Face hub reads it. */
export interface HubConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** The files of the tree that are its own, each with its split ('' where none is named). */
  readonly files: ReadonlyMap<string, string>;
  /** Files that it names one by one, and that the tree has not. */
  readonly missing: readonly string[];
}

/** Bytes; the declarations stand at the beginning of a page that people read. */
const LARGEST_README = 2 ** 20;

interface Pattern {
  readonly split: string;
  readonly glob: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** Texts, as paths from the page on. */
const textsOf = (value: unknown): string[] =>
  asList(value).flatMap((item) => (typeof item === 'string' ? [item.replace(/^\.\//, '')] : []));

function patternsOf(config: Readonly<Record<string, unknown>>): Pattern[] {
  const { data_files: files, data_dir: folder } = config;
  if (files === undefined) return textsOf(folder).map((name) => ({ split: '', glob: `${name}/**` }));
  return asList(files).flatMap((item) => {
    if (typeof item === 'string') return textsOf(item).map((glob) => ({ split: '', glob }));
    if (!isRecord(item)) return [];
    const split = typeof item['split'] === 'string' ? canonicalSplit(item['split']) : '';
    return textsOf(item['path']).map((glob) => ({ split, glob }));
  });
}

/** A pattern of the hub as an expression: `*` stops at a slash, `**` does not. */
function matcherOf(glob: string): RegExp {
  const pieces: readonly [from: RegExp, to: string][] = [
    [/^\*\*\//, '(?:.*/)?'],
    [/^\*\*/, '.*'],
    [/^\*/, '[^/]*'],
    [/^\?/, '[^/]'],
    [/^\[[\w-]+\]/, '$&'],
    [/^[\s\S]/, ''],
  ];
  let [rest, source] = [glob, ''];
  while (rest !== '') {
    const [from, to] = pieces.find(([start]) => start.test(rest)) as [RegExp, string];
    const [found] = from.exec(rest) as RegExpExecArray;
    source += to === '' ? found.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&') : to === '$&' ? found : to;
    rest = rest.slice(found.length);
  }
  return new RegExp(`^${source}$`);
}

/** Whether a pattern names one Parquet file. */
const isPlain = (glob: string): boolean => /^[^*?[\]]+\.parquet$/i.test(glob);

async function readFrontMatter(tree: FileTree, path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readText(tree, path, LARGEST_README);
  } catch (error) {
    // A page for people that can't be read declares nothing.
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const [, head] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text) ?? [];
  try {
    return head === undefined ? undefined : parse(head);
  } catch {
    // Nor does one that isn't YAML; `title: *my` has an alias of nothing, a ReferenceError.
    return undefined;
  }
}

/**
 * The configurations that README.md declares, beside or above all these files; none without such declarations.
 *
 * https://huggingface.co/docs/hub/datasets-manual-configuration
 */
export async function readHubConfigs(tree: FileTree, paths: readonly string[]): Promise<HubConfig[]> {
  const readmes = tree.others.filter((path) => /(^|\/)README\.md$/i.test(path));
  const baseOf = (path: string): string => path.slice(0, -'README.md'.length);
  const readme = readmes.find((path) => paths.every((other) => other.startsWith(baseOf(path))));
  if (readme === undefined) return [];
  const found = await readFrontMatter(tree, readme);
  const configs = isRecord(found) && Array.isArray(found['configs']) ? found['configs'].filter(isRecord) : [];
  const base = baseOf(readme);
  return configs.flatMap((config) => {
    const { config_name: name = 'default' } = config;
    const patterns = patternsOf(config).map((pattern) => ({ ...pattern, matcher: matcherOf(pattern.glob) }));
    const files = new Map<string, string>();
    for (const path of paths) {
      const own = patterns.find(({ matcher }) => matcher.test(path.slice(base.length)));
      if (own !== undefined) files.set(path, own.split);
    }
    const isDefault = config['default'] === true || name === 'default';
    const missing = patterns
      .filter(({ glob }) => isPlain(glob) && !paths.includes(base + glob))
      .map(({ glob }) => glob);
    return files.size === 0 ? [] : [{ name: String(name), isDefault, files, missing }];
  });
}
