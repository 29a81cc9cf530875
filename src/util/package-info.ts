import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The version in this package's package.json. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The versions of installed packages by name, without loading them; those that cannot be found are left out. */
export function installedVersions(names: readonly string[]): Record<string, string> {
  const folders = createRequire(import.meta.url).resolve.paths('x') ?? [];
  const found = names.flatMap((name) =>
    folders.slice(0, 4).flatMap((folder): [string, string][] => {
      try {
        const text = readFileSync(path.join(folder, name, 'package.json'), 'utf8');
        return [[name, (JSON.parse(text) as { version: string }).version]];
      } catch {
        return [];
      }
    }),
  );
  return Object.fromEntries(found.reverse());
}
