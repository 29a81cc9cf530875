import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The file itself or, for a bare name (with or without .yaml) that is no file here, the preset of that name. */
export function fileOrPreset(path: string): string {
  if (existsSync(path) || basename(path) !== path) return path;
  const presets = [path, `${path}.yaml`].map((name) =>
    fileURLToPath(new URL(`../../configs/${name}`, import.meta.url)),
  );
  return presets.find((preset) => /\.yaml$/.test(preset) && existsSync(preset)) ?? path;
}
