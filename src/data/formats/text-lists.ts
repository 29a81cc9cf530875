import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellWord } from '../../util/shell-word.ts';
import { isPathColumn } from '../files/list-columns.ts';
import { extensionOf, isImagePath } from '../files/paths.ts';
import { readTextHead } from './text-head.ts';

/** The share of lines that must be laid out alike: some may lack a label. */
const MOST = 0.8;

const DELIMITERS = ['\t', ',', ';', '|'];

/** What makes a list of a file's lines. */
interface Listing {
  /** Names of the columns for a first line; undefined where there is one that serves. */
  readonly names?: readonly string[] | undefined;
  /** Whether the first line names columns otherwise, and is left out. */
  readonly isHeaded?: boolean | undefined;
  /** What sed does to each line; nothing where its fields are separated already. */
  readonly changes: readonly string[];
  /** What separates the fields then. */
  readonly delimiter: string;
}

/** A way in which the fields of lines may be separated. */
interface Layout {
  readonly fields: (line: string) => string[];
  readonly changes: readonly string[];
  readonly delimiter: string;
}

const TRIM = 's/^[[:space:]]+|[[:space:]]+$//g';

const escaped = (delimiter: string): string => (delimiter === '\t' ? String.raw`\t` : delimiter);

const separated = (delimiter: string): Layout => ({
  fields: (line) => line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1')),
  changes: [],
  delimiter,
});

/** The ways in which white space may separate fields, the strictest first; commas or tabs are to take its place. */
function spaced(delimiter: string): readonly [Layout, ...Layout[]] {
  const to = escaped(delimiter);
  const split = (pattern: RegExp) => (line: string) => pattern.exec(line)?.slice(1) ?? [line];
  return [
    { fields: (line) => line.split(/\s+/), changes: [TRIM, `s/[[:space:]]+/${to}/g`], delimiter },
    { fields: split(/^(\S+)\s+(.*)$/), changes: [TRIM, `s/[[:space:]]+/${to}/`], delimiter },
    {
      fields: split(/^(.*\S)\s+(\S+)$/),
      changes: [TRIM, String.raw`s/[[:space:]]+([^[:space:]]+)$/${to}\1/`],
      delimiter,
    },
  ];
}

/** Whether whole numbers go up by one. */
const isCount = (values: readonly string[]): boolean =>
  values.every((value, i) => /^\d+$/.test(value) && (i === 0 || Number(value) === Number(values[i - 1]) + 1));

/** Names of columns: the path, a number that counts, another path, and the label or several values. */
function nameColumns(rows: readonly (readonly string[])[], width: number, path: number): string[] {
  const isLabel = Array.from({ length: width }, (_, i) => {
    const values = rows.map((cells) => cells[i] ?? '');
    return i !== path && !(i === 0 && isCount(values)) && !values.some(isImagePath);
  });
  const labels = isLabel.filter((is) => is).length;
  return isLabel.map((is, i) => {
    if (i === path) return 'path';
    if (!is) return i === 0 ? 'id' : `other${i + 1}`;
    return labels === 1 ? 'label' : `value${isLabel.slice(0, i + 1).filter((before) => before).length}`;
  });
}

/** Lines that are paths, maybe below a heading. */
function listPaths(lines: readonly string[]): Listing | undefined {
  const isHeaded = lines.length > 1 && !isImagePath(lines[0] as string);
  if (!(isHeaded ? lines.slice(1) : lines).every(isImagePath)) return undefined;
  const isQuoted = lines.some((line) => /[,;\t|"]/.test(line));
  const changes = isQuoted ? [TRIM, 's/"/""/g', 's/.*/"&"/'] : [];
  return { names: ['path'], isHeaded, changes, delimiter: ',' };
}

/** What makes a list of lines of fields, of which one is a path, and how well it fits. */
interface Fitting {
  readonly listing: Listing;
  /** The share of lines with a path, and as many more as lead to files. */
  readonly fit: number;
}

const wordsOf = (line: string): string[] => line.split(/[\s,;|"]+/);

function fitFields(
  lines: readonly string[],
  { fields, changes, delimiter }: Layout,
  folder: string,
): Fitting | undefined {
  const rows = lines.map(fields);
  const width = Math.max(...rows.slice(0, 2).map(({ length }) => length));
  const shareOf = (some: readonly unknown[], all: readonly unknown[]): number => some.length / all.length;
  if (
    width < 2 ||
    shareOf(
      rows.filter(({ length }) => length === width),
      rows,
    ) < MOST
  )
    return undefined;
  const [first = []] = rows;
  const isHeaded = rows.length > 1 && !wordsOf(lines[0] as string).some(isImagePath);
  const others = isHeaded ? rows.slice(1) : rows;
  const pathsIn = (i: number): string[] => others.map((row) => row[i] ?? '').filter(isImagePath);
  const path = Array.from({ length: width }, (_, i) => i).findIndex((i) => shareOf(pathsIn(i), others) >= MOST);
  // Without paths, what is separated as a list is one: reading it says what is amiss.
  const isReady = (isHeaded && first.some(isPathColumn)) || (path === -1 && changes.length === 0);
  if (path === -1 && !isReady) return undefined;
  const found = pathsIn(path).filter((name) => existsSync(join(folder, name)));
  const names = isReady ? undefined : nameColumns(others, width, path);
  const listing: Listing = { changes, delimiter, ...(names !== undefined && { names, isHeaded }) };
  return { listing, fit: shareOf([...pathsIn(path), ...found], others) };
}

/** A name of an image without its extension, as in lists of PASCAL VOC: `000012`, `2008_000002`, `cats/12`. */
const isBareName = (text: string): boolean =>
  /^[\w./\\-]+$/.test(text) && /\d/.test(text) && /[^\d.-]|^\d{4,}$/.test(text);

/** Lines of names without extensions, alone or with numbers. */
function listNames(lines: readonly string[]): Listing | undefined {
  const [{ fields, changes, delimiter }] = spaced(',');
  const rows = lines.map(fields);
  const [{ length: width } = { length: 0 }] = rows;
  const isNamed = ([name = '', ...values]: readonly string[]): boolean =>
    values.length === width - 1 && isBareName(name) && values.every((value) => /^-?\d+(\.\d+)?$/.test(value));
  if (rows.length < 2 || !rows.every(isNamed) || new Set(rows.map(([name]) => name)).size < rows.length)
    return undefined;
  return { names: nameColumns(rows, width, 0), changes, delimiter };
}

function findListing(lines: readonly string[], folder: string): Listing | undefined {
  // What ends as an image may begin with a number or a label, unless a line can't, or is a file as it stands.
  const isPath = (line: string): boolean =>
    isImagePath(line) && (/^[^\s,;|]+$/.test(line) || existsSync(join(folder, line)));
  const paths = listPaths(lines);
  if (paths !== undefined && lines.some(isPath)) return paths;
  for (const delimiter of DELIMITERS) {
    const fitting = fitFields(lines, separated(delimiter), folder);
    if (fitting !== undefined) return fitting.listing;
  }
  const spacing = spaced(lines.some((line) => /[,;"]/.test(line)) ? '\t' : ',');
  const fittings = spacing.flatMap((layout) => fitFields(lines, layout, folder) ?? []);
  const [best] = fittings.sort((a, b) => b.fit - a.fit);
  if (best !== undefined) return best.listing;
  return paths ?? listNames(lines);
}

/**
 * What makes a list of a text file's lines: a command; in words where they are none of images.
 *
 * Several lines are looked at, so that comments, a heading and lines without a label do no harm.
 */
export function textHint(path: string): string {
  const { rows, filters, tidying } = readTextHead(path);
  const lines = rows.map(({ text }) => text);
  const listing = lines.length === 0 ? undefined : findListing(lines, dirname(path));
  if (listing === undefined) {
    return 'Name a folder of images, or write a list (path,label in the first line of a .csv file).';
  }
  const { names, isHeaded, changes, delimiter } = listing;
  const [file, list] = [path, `${path.slice(0, path.length - extensionOf(path).length)}.csv`].map(shellWord);
  const heading = [
    ...(names === undefined ? [] : [`1i ${names.join(escaped(delimiter))}`]),
    ...(isHeaded ? [`${rows[0]?.line}d`] : []),
  ];
  const script = [...heading, ...tidying, ...changes];
  if (script.length + filters.length === 0) return `Name it .csv: cp ${file} ${list}`;
  const sed = script.length === 0 ? [] : [`sed -E ${script.map((text) => `-e ${shellWord(text)}`).join(' ')}`];
  const [first = '', ...pipes] = [...filters, ...sed];
  const command = [`${first}${first.startsWith('tr ') ? ' <' : ''} ${file}`, ...pipes].join(' | ');
  const values = names?.filter((name) => name.startsWith('value')) ?? [];
  const choice =
    values.length === 0 ? '' : ` (--set data.labelField=${values[0]} chooses one of ${values.length} values)`;
  return `Make it a list${choice}: ${command} > ${list}`;
}
