import type { Override } from './overrides.ts';
import { type Path, showPath } from './path.ts';
import { RunSchema } from './schema/run.ts';
import { keysAt, member } from './schema-walk.ts';

type Section = Readonly<Record<string, unknown>>;

const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (settings: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => member(inner, key), settings);

/** The keys of a section that its old name has and its new one lacks, as paths below the section. */
function droppedKeys(section: Path, before: unknown, after: unknown, inner: Path = []): Path[] {
  const path = [...section, ...inner];
  const value = at(before, path);
  if (!isSection(value)) return [];
  const [old, now] = [keysAt(RunSchema, path, before), keysAt(RunSchema, path, after)];
  return Object.keys(value).flatMap((key) => {
    if (now.includes(key)) return droppedKeys(section, before, after, [...inner, key]);
    // What neither has is a mistake of the file, and is told as one.
    return old.includes(key) ? [[...inner, key]] : [];
  });
}

function without(value: unknown, [key, ...rest]: Path): unknown {
  if (!isSection(value) || key === undefined) return value;
  const others = Object.entries(value).filter(([name]) => name !== key);
  return Object.fromEntries(rest.length === 0 ? others : [...others, [key, without(value[key], rest)]]);
}

/** Settings with their values, mappings by their names alone. */
function list(keys: readonly Path[], section: unknown): string {
  const shown = keys.map((key) => {
    const value = at(section, key);
    return isSection(value) ? showPath(key) : `${showPath(key)} ${String(value)}`;
  });
  return shown.join(', ');
}

/** The settings of a file after a name (`optimizer.name`) was changed from outside, and what is to be said of it. */
export interface Switched {
  readonly settings: unknown;
  readonly notes: readonly string[];
}

/**
 * Drops from a file's settings those of the optimizer, method, backbone or decay that it names, where `named`, the
 * overrides of names, choose another that lacks them.
 *
 * @param file the settings as they are in the file.
 * @param tagged the same with the names in place.
 */
export function dropOldChoices(file: unknown, tagged: unknown, named: readonly Override[]): Switched {
  const notes: string[] = [];
  let settings = file;
  const last = new Map(named.map((override) => [showPath(override.path), override]));
  for (const { label, path, value } of last.values()) {
    const section = path.slice(0, -1);
    const [old, now] = [file, tagged].map((each) => keysAt(RunSchema, section, each).join());
    if (old === now) continue;
    const dropped = droppedKeys(section, file, tagged);
    const before = at(file, section);
    const kept = Object.keys(isSection(before) ? before : {})
      .filter((key) => key !== 'name' && !dropped.some(([first]) => first === key))
      .map((key) => [key]);
    const parts = [
      ...(dropped.length === 0 ? [] : [`dropped ${list(dropped, before)}, which it lacks`]),
      ...(kept.length === 0 ? [] : [`kept ${list(kept, before)}`]),
    ];
    if (parts.length > 0) notes.push(`${label}=${String(value)}: of the file's settings, ${parts.join('; ')}`);
    for (const key of dropped) settings = without(settings, [...section, ...key]);
  }
  return { settings, notes };
}
