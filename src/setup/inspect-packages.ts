import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Finding, fine } from './finding.ts';

const PACKAGES = ['@tensorflow/tfjs', '@tensorflow/tfjs-node-gpu', 'koffi', 'sharp'];

/** The npm packages whose versions matter most for speed and results. */
export function inspectPackages(): Finding {
  const versions = PACKAGES.map((name) => [name, versionOf(name)] as const);
  const missing = versions.filter(([, version]) => version === undefined);
  if (missing.length === 0) return fine('Packages', versions.map(([name, version]) => `${name} ${version}`).join(', '));
  return {
    name: 'Packages',
    status: 'broken',
    found: `missing: ${missing.map(([name]) => name).join(', ')}`,
    hint: 'Run `npm ci --ignore-scripts` in the clone, or install this package again.',
  };
}

/** Read from the package's folder: not every package exports its package.json. */
function versionOf(name: string): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const manifest = folders.map((folder) => join(folder, name, 'package.json')).find((path) => existsSync(path));
  if (manifest === undefined) return undefined;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string | undefined }).version;
}
