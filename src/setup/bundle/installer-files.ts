import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PACKAGE_ROOT } from './bundle-contents.ts';
import { resolvePackage } from './package-files.ts';

/** The module that installs; compiled, so that any Node runs it. */
const ENTRY = 'dist/setup/bundle/installer.js';

/** Packages that it may import, which have no dependencies, and what Node loads by their names. */
const PACKAGES: Readonly<Record<string, string>> = { 'modern-tar': 'dist/web/index.js' };

/**
 * The files of the stand-alone installer, by their paths below the package's folder: the module that installs a bundle
 * and all that it imports, with a package.json that calls them ES modules.
 */
export async function installerFiles(root = PACKAGE_ROOT): Promise<[path: string, content: Buffer][]> {
  const found = new Map<string, Buffer>([['package.json', Buffer.from('{ "type": "module" }\n')]]);
  const waiting = [ENTRY];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (found.has(path)) continue;
    const content = await readFile(placeOf(root, path));
    found.set(path, content);
    if (!/\.m?js$/.test(path)) continue;
    for (const target of importsOf(content.toString('utf8'))) waiting.push(...pathsOf(path, target));
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

function placeOf(root: string, path: string): string {
  const [, name, rest = ''] = /^node_modules\/([^/]+)\/(.*)$/.exec(path) ?? [];
  return name === undefined ? join(root, path) : join(resolvePackage(root, name) ?? root, rest);
}

/** What a compiled module imports. */
function importsOf(text: string): string[] {
  const statements = text.matchAll(/^(?:import|(?:import|export)\b[^'";()=]*\bfrom)\s*['"]([^'"]+)['"]/gm);
  const calls = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g);
  return [...statements, ...calls].map(([, target = '']) => target);
}

function pathsOf(importer: string, target: string): string[] {
  if (target.startsWith('node:')) return [];
  if (target.startsWith('.')) return [join(dirname(importer), target)];
  const main = PACKAGES[target];
  if (main === undefined) throw new Error(`${importer} imports ${target}, which the installer can't have`);
  return [main, 'package.json', 'LICENSE'].map((file) => `node_modules/${target}/${file}`);
}
