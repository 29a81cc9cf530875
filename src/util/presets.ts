import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../configs/', import.meta.url);

/** The folder of the presets that come with the tool. */
export const PRESET_FOLDER = fileURLToPath(FOLDER);

/** The names of all presets, without `.yaml`, in alphabetical order. */
export function presetNames(): string[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
  return files.map((name) => name.slice(0, -'.yaml'.length)).sort();
}

/** The file of the preset of that name, with or without `.yaml`; undefined where there is none, and for paths. */
export function presetFile(name: string): string | undefined {
  if (!/^[\w.-]+$/.test(name)) return undefined;
  const path = fileURLToPath(new URL(`${name.replace(/\.yaml$/, '')}.yaml`, FOLDER));
  return existsSync(path) ? path : undefined;
}
