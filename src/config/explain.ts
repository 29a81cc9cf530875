import type { z } from 'zod';
import { shorten } from '../util/shorten.ts';
import { type Path, showPath } from './path.ts';
import { allPaths, everySchemaAt, keysAt, member, namedValues } from './schema-walk.ts';
import { foreignSetting, nearest, nearestValue } from './suggest.ts';

/** One thing that is wrong with a configuration. */
export interface Problem {
  readonly path: Path;
  /** Whether the key or the value is to blame. */
  readonly at: 'key' | 'value';
  /**
   * What was expected and what was got, as one writes it in the file or after `--set`; made when it is told, since
   * there may be thousands.
   */
  message(isOption: boolean): string;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list',
  tuple: 'a list',
};

function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'object' && !Array.isArray(value)) return 'a mapping';
  return shorten(JSON.stringify(value), 60);
}

function choices(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length > 1 ? `one of ${shown.join(', ')}` : (shown[0] ?? 'nothing');
}

function guess(got: unknown, values: readonly unknown[]): string {
  const near = nearestValue(got, values.map(String));
  return near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const small = issue.code === 'too_small';
  const limit = small ? issue.minimum : issue.maximum;
  if (issue.origin === 'string') return 'text that is not empty';
  if (issue.origin === 'array') return `a list of ${small ? 'at least' : 'at most'} ${limit}`;
  if (issue.inclusive) return `${small ? 'at least' : 'at most'} ${limit}`;
  return small ? `more than ${limit}` : `less than ${limit}`;
}

/** What was expected, in words; custom messages of the schemas say it themselves. */
function expected(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('expected ')) return issue.message;
  if (issue.code === 'invalid_type') return `expected ${KINDS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'too_small' || issue.code === 'too_big') return `expected ${bound(issue)}`;
  if (issue.code === 'invalid_value') return `expected ${choices(issue.values)}`;
  return `expected another value (${issue.message})`;
}

/** The setting that a word of another tool stands for at the top, or the one inside its section: `optim: {lr: 0.1}`. */
function foreignPart(schema: z.ZodType, settings: unknown, key: string): string | undefined {
  const path = foreignSetting(key)?.split('.');
  const inside = member(settings, key);
  if (typeof inside !== 'object' || inside === null) return path && showPath(path);
  const sibling = nearest(key, keysAt(schema, [], settings));
  const section = sibling === undefined ? (path?.slice(0, -1) ?? []) : [sibling];
  const [first = '', ...others] = Object.keys(inside);
  const part = others.length === 0 ? nearest(first, keysAt(schema, section, settings)) : undefined;
  return section.length === 0 ? undefined : showPath(part === undefined ? section : [...section, part]);
}

/** The name that text means in place of a mapping with one: `backbone: resnet50`. */
function guessName(schema: z.ZodType, path: Path, got: unknown, isOption: boolean): string {
  if (typeof got !== 'string') return '';
  const names = everySchemaAt(schema, [...path.map(String), 'name']).flatMap(namedValues);
  const near = nearestValue(got, names);
  if (near === undefined) return `; the names are ${names.join(', ')}`;
  return `; did you mean ${isOption ? `${showPath(path)}.name=${near}` : `{name: ${near}}`}?`;
}

function tellUnknownKey(schema: z.ZodType, settings: unknown, parent: Path, key: string): string {
  const siblings = keysAt(schema, parent, settings);
  const sibling = nearest(key, siblings);
  const paths = allPaths(schema);
  const elsewhere = nearest(key, [...new Set(paths.map((path) => path.at(-1) ?? ''))]);
  const other = paths.find((path) => path.at(-1) === elsewhere);
  const foreign = parent.length === 0 ? foreignPart(schema, settings, key) : undefined;
  const meant = foreign ?? sibling ?? (other && showPath(other));
  if (meant === showPath([...parent, key])) {
    const advice = `it belongs to another ${showPath([...parent, 'name'])}`;
    return `expected a known setting, got ${JSON.stringify(key)}; ${advice}`;
  }
  const section = parent.length === 0 ? 'the settings are' : `the settings of ${showPath(parent)} are`;
  const advice = meant === undefined ? `${section} ${siblings.join(', ')}` : `did you mean "${meant}"?`;
  return `expected a known setting, got ${JSON.stringify(key)}; ${advice}`;
}

/** The problems behind one zod issue; several for several unknown keys or a union of mappings. */
export function explain(issue: z.core.$ZodIssue, schema: z.ZodType, settings: unknown): Problem[] {
  const path = issue.path as Path;
  // A refinement may judge a default, which the settings do not hold.
  const judged = issue.code === 'custom' ? member(issue.params, 'got') : undefined;
  const got = judged ?? path.reduce<unknown>((parent, key) => member(parent, key), settings);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: 'key',
      message: () => tellUnknownKey(schema, settings, path, key),
    }));
  }
  if (issue.code === 'invalid_union') {
    const tags =
      'options' in issue && Array.isArray(issue.options) ? issue.options.filter((tag) => tag !== undefined) : undefined;
    if (tags) {
      const message = (): string => `expected ${choices(tags)}, got ${show(got)}${guess(got, tags)}`;
      return [{ path, at: 'value', message }];
    }
    const inside = issue.errors.find(
      (errors) =>
        show(got) === 'a mapping' &&
        errors.every((error) => error.path.length > 0 || error.code === 'unrecognized_keys'),
    );
    if (inside)
      return inside.flatMap((error) =>
        explain({ ...error, path: [...path, ...error.path] } as z.core.$ZodIssue, schema, settings),
      );
  }
  const near = (isOption: boolean): string => {
    if (issue.code === 'invalid_value') return guess(got, issue.values);
    return issue.message.startsWith('expected a mapping with `name`') ? guessName(schema, path, got, isOption) : '';
  };
  return [{ path, at: 'value', message: (isOption) => `${expected(issue)}, got ${show(got)}${near(isOption)}` }];
}
