import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foreignSetting, nearest, nearestValue } from '../config/suggest.ts';
import { nearestName, plainWord } from '../util/nearest-name.ts';
import { PRESET_FOLDER } from '../util/presets.ts';

/** A part of the JSON Schema of configurations. */
interface Part {
  readonly properties?: Readonly<Record<string, Part>> | undefined;
  readonly oneOf?: readonly Part[] | undefined;
  readonly anyOf?: readonly Part[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
}

/** Values that a flag of another tool stands for. */
const FLAGS: Readonly<Record<string, string>> = { amp: 'bfloat16', bf16: 'bfloat16', fp16: 'float16', half: 'float16' };

/** The settings below a part of the schema, each with the names that it may have as its value. */
function settingsOf(part: Part, path: readonly string[] = []): (readonly [path: string, names: readonly string[]])[] {
  const members = [...(part.oneOf ?? []), ...(part.anyOf ?? [])];
  const inside = Object.entries(part.properties ?? {}).flatMap(([key, child]) => settingsOf(child, [...path, key]));
  const names = [...(part.enum ?? []), part.const].filter((name) => typeof name === 'string');
  const isLeaf = part.properties === undefined && members.every(({ properties }) => properties === undefined);
  const own = isLeaf ? [[path.join('.'), names] as const] : [];
  return [...own, ...inside, ...members.flatMap((member) => settingsOf(member, path))];
}

/** All settings, those nearest to the top first, with their names. */
function allSettings(): ReadonlyMap<string, readonly string[]> {
  // Not from the schema of zod, which would cost every start of a program 50 ms for a mistake that is made once.
  const schema = JSON.parse(readFileSync(join(PRESET_FOLDER, 'schema.json'), 'utf8')) as Part;
  const found = new Map<string, readonly string[]>();
  for (const [path, names] of settingsOf(schema)) found.set(path, [...(found.get(path) ?? []), ...names]);
  const depth = (path: string): number => path.split('.').length;
  return new Map([...found].sort(([a], [b]) => depth(a) - depth(b)));
}

/** The setting that a dotted name means: itself, or the nearest one; undefined where none is near. */
export function settingPath(path: string): string | undefined {
  const known = [...allSettings().keys()];
  const isSection = known.some((each) => each.startsWith(`${path}.`));
  return isSection || known.includes(path) ? path : nearestName(path, known);
}

/**
 * `KEY=VALUE` of the setting that an option of another tool (`--weight-decay 0.1`) means: one of that name or, unless
 * `isExact`, one that looks like it. VALUE stands as it is where there is no value; undefined where nothing is meant.
 */
export function settingOf(word: string, value: string | undefined, isExact: boolean): string | undefined {
  const settings = allSettings();
  const keys = new Map<string, string>();
  for (const path of settings.keys()) {
    const key = path.split('.').at(-1) as string;
    if (!keys.has(key)) keys.set(key, path);
  }
  const names = [...keys.keys()];
  const same = names.find((name) => plainWord(name) === plainWord(word));
  const path = foreignSetting(word) ?? keys.get(same ?? (isExact ? '' : (nearest(word, names) ?? '')));
  if (path === undefined) return undefined;
  const given = FLAGS[plainWord(word)] ?? value;
  return `${path}=${given === undefined ? 'VALUE' : (nearestValue(given, settings.get(path) ?? []) ?? given)}`;
}
