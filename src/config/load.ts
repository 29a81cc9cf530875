import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { boundText } from '../util/bound-text.ts';
import { UserError } from '../util/errors.ts';
import { formatCount } from '../util/format-count.ts';
import type { Assignment } from './assignment.ts';
import { resolveDataPath, resolveTestPath, resolveWeightsPath } from './data-path.ts';
import { explain, type Problem } from './explain.ts';
import { fitWarmup } from './fit-warmup.ts';
import { applyOverrides, type Override, overrideOf, parseOverride } from './overrides.ts';
import { type Path, showPath } from './path.ts';
import { withRecipe } from './recipe-overlay.ts';
import type { RunConfig } from './run-config.ts';
import { RunSchema } from './schema/run.ts';
import { schemasAt } from './schema-walk.ts';
import { rememberPlaces } from './setting-place.ts';
import { nearest } from './suggest.ts';
import { dropOldChoices } from './switch-choice.ts';
import { parseYaml, readYaml, type YamlFile } from './yaml-file.ts';

function isSection(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodObject || schema instanceof z.ZodDiscriminatedUnion;
}

/** Sections left empty (`views:` and nothing under it) as empty mappings, at any depth. */
function fillEmptySections(value: unknown, path: Path): unknown {
  if (value === null) return schemasAt(RunSchema, path, {}).some(isSection) ? {} : null;
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value as object).map(([key, inner]) => [key, fillEmptySections(inner, [...path, key])]),
  );
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
}

/** Other configurations near a path that does not exist. */
function siblings(path: string): string[] {
  const folder = dirname(path);
  return existsSync(folder) ? readdirSync(folder).filter((name) => ['.yaml', '.yml'].includes(extname(name))) : [];
}

function open(path: string): YamlFile {
  if (existsSync(path) && statSync(path).isFile()) return readYaml(path);
  const isFolder = existsSync(path);
  const others = siblings(isFolder ? join(path, 'x') : path);
  const near = nearest(basename(path), others) ?? others.find((name) => name.startsWith(`${basename(path)}.`));
  const folder = isFolder ? path : dirname(path);
  const hint =
    near !== undefined
      ? `did you mean ${join(folder, near)}?`
      : others.length > 0
        ? `in ${folder}: ${others.sort().slice(0, 10).join(', ')}`
        : undefined;
  throw new UserError(
    `--config: expected a YAML file, got ${isFolder ? `the folder ${path}` : `${path}, which does not exist`}`,
    { exitCode: 2, hint },
  );
}

/** Problems that are told, and the bytes that they may take together; the others are counted. */
const [MOST_PROBLEMS, MOST_TOLD] = [25, 2600];

/** Bytes that a problem's text may take. */
const MOST_BYTES = 600;

/** A problem's text, and what orders it. */
interface Placed {
  readonly order: number;
  readonly text: () => string;
}

/** The option that a setting was given by; undefined where it is the file's. */
function optionOf(path: Path, file: YamlFile, overrides: readonly Override[]): string | undefined {
  const override = overrideOf(path, overrides, file.value);
  return override && `${override.label}${path.length > override.path.length ? ` ${showPath(path)}` : ''}`;
}

/** A problem with its place in front, and its line in the file to sort by; options of the command line come last. */
function place(problem: Problem, file: YamlFile, name: string, overrides: readonly Override[]): Placed {
  const option = optionOf(problem.path, file, overrides);
  if (option) return { order: Number.POSITIVE_INFINITY, text: () => `${option}: ${problem.message(true)}` };
  const { line, column } = file.position(problem.path, problem.at);
  const [key = ''] = problem.path;
  const isAnchored = problem.at === 'key' && problem.path.length === 1 && file.anchored.includes(String(key));
  const advice = isAnchored ? `; a part that only holds anchors is named "x-${key}"` : '';
  const where = `${name}:${line}:${column} ${showPath(problem.path)}`;
  return { order: line, text: () => `${where}: ${problem.message(false)}${advice}` };
}

function fail(problems: readonly Placed[]): never {
  const ordered = problems.toSorted((a, b) => (a.order === b.order ? 0 : a.order - b.order));
  const lines: string[] = [];
  let bytes = 0;
  for (const { text } of ordered.slice(0, MOST_PROBLEMS)) {
    const line = boundText(text(), MOST_BYTES);
    bytes += Buffer.byteLength(line);
    if (bytes > MOST_TOLD) break;
    lines.push(line);
  }
  const rest = ordered.length - lines.length;
  const more = rest === 0 ? [] : [`... and ${formatCount(rest)} more`];
  const all = [`${formatCount(ordered.length)} settings are wrong`, ...lines, ...more].join('\n  ');
  throw new UserError(ordered.length === 1 ? (lines[0] as string) : all, {
    exitCode: 2,
    hint: 'every setting, its bounds and its meaning: cl-train --print-schema',
  });
}

/** The paths of images and weights made absolute, so that the resolved configuration means the same from anywhere. */
function withPaths(
  config: z.output<typeof RunSchema>,
  file: string,
  overrides: readonly Override[],
): z.output<typeof RunSchema> {
  const folder = (...key: readonly string[]): string | undefined =>
    overrideOf(key, overrides, {}) ? undefined : dirname(file);
  const path = resolveDataPath(config.data.path, folder('data', 'path'));
  const { test: given } = config.data;
  const test = given === undefined ? {} : { test: resolveTestPath(given, folder('data', 'test'), path) };
  const init = config.init === undefined ? {} : { init: resolveWeightsPath(config.init, folder('init')) };
  return { ...config, ...init, data: { ...config.data, path, ...test } };
}

/**
 * Reads a run's configuration: defaults, then the recipe that it names, then the file, then the assignments of the
 * command line.
 *
 * @param onNote is told of settings of the file that no longer apply since an assignment chooses another optimizer,
 *   method, backbone or decay, which lacks them, or fewer epochs than the warm-up takes: they are dropped, or fitted.
 *   Without it they are mistakes, as in the file itself.
 * @throws UserError with every problem at once, each as `file:line:column key: expected ..., got ...` (an assignment's
 * begins with its option instead), exit code 2.
 */
export function loadConfig(
  path: string,
  assignments: readonly Assignment[] = [],
  onNote?: ((note: string) => void) | undefined,
): RunConfig {
  return resolveConfig(open(path), path, assignments, onNote);
}

/** The configuration of a file that says nothing but what has no default: for programs that need its images alone. */
const BARE = 'method: {name: simclr}';

/**
 * A configuration without a file: defaults, then the assignments, of which one must name `data.path`.
 *
 * @throws UserError as `loadConfig` does.
 */
export function bareConfig(assignments: readonly Assignment[]): RunConfig {
  return resolveConfig(parseYaml(BARE, 'defaults'), 'defaults', assignments);
}

function resolveConfig(
  file: YamlFile,
  path: string,
  assignments: readonly Assignment[],
  onNote?: ((note: string) => void) | undefined,
): RunConfig {
  const base = { output: `runs/${basename(path, extname(path))}`, data: {}, ...file.value };
  const named = assignments
    .filter(({ key }) => key.endsWith('.name'))
    .map((assignment) => parseOverride(assignment, RunSchema, base));
  const tagged = applyOverrides(base, named);
  const overrides = assignments.map((assignment) => parseOverride(assignment, RunSchema, tagged));
  const unchanged = { settings: base, notes: [] };
  const switched = onNote ? dropOldChoices(base, tagged, named) : unchanged;
  const fitting = onNote ? fitWarmup(switched.settings, overrides) : switched;
  const notes = fitting === switched ? switched.notes : [...switched.notes, ...fitting.notes];
  const settings = withRecipe(fillEmptySections(applyOverrides(fitting.settings, overrides), []));
  const parsed = RunSchema.safeParse(settings);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => explain(issue, RunSchema, settings));
    fail(problems.map((problem) => place(problem, file, path, overrides)));
  }
  for (const note of notes) onNote?.(note);
  return rememberPlaces(freeze(withPaths(parsed.data, path, overrides)) as RunConfig, (key) => {
    const { line, column } = file.position(key, 'value');
    return optionOf(key, file, overrides) ?? `${path}:${line}:${column} ${showPath(key)}`;
  });
}
