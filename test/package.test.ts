import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSources, ROOT } from './source-files.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const manifest = JSON.parse(read('package.json'));
const lock = JSON.parse(read('package-lock.json'));

/** What the package is built on, whatever else changes. */
const REQUIRED = ['@tensorflow/tfjs-node-gpu', 'commander', 'yaml', 'sharp', 'cli-progress', 'pino'];

/** Used by another package or by its files' location alone, never imported from src/. */
const NOT_IMPORTED: readonly string[] = ['@expo-google-fonts/inter', 'commander'];

describe('package.json', () => {
  it('depends on the libraries that the tool is built on', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(expect.arrayContaining(REQUIRED));
  });

  it('pins every version exactly', () => {
    const versions = Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('declares what src imports, and nothing that it does not', () => {
    const imported = parseSources('src').flatMap(({ imports }) =>
      imports.flatMap(({ target }) => {
        if (/^(src|setup)\/|^node:/.test(target)) return [];
        return [/^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target];
      }),
    );
    expect([...new Set([...imported, ...NOT_IMPORTED])].sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });

  it('names programs that exist, are executable and start with Node', () => {
    expect(Object.keys(manifest.bin)).toEqual(['cl-train', 'cl-eval', 'cl-embed', 'cl-export', 'cl-data', 'cl-doctor']);
    for (const path of Object.values<string>(manifest.bin)) {
      accessSync(join(ROOT, path), constants.X_OK);
      const text = read(path);
      expect(text.startsWith('#!/usr/bin/env node\n')).toBe(true);
      const source = /'\.\.\/dist\/(.+)\.js'/.exec(text)?.[1];
      expect(existsSync(join(ROOT, 'src', `${source}.ts`)), `${path} imports src/${source}.ts`).toBe(true);
    }
  });

  it('exports files that the compiler makes from sources that exist', () => {
    const targets = Object.values<string | Record<string, string>>(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    for (const target of [...targets, manifest.types]) {
      const source = target.replace(/^\.\/dist\/(.*?)(\.d\.ts|\.js)$/, './src/$1.ts');
      expect(existsSync(join(ROOT, source)), `${target} comes from ${source}`).toBe(true);
    }
  });

  it('runs scripts and publishes files that exist', () => {
    const scripts = Object.values<string>(manifest.scripts).flatMap((script) => script.match(/setup\/\S+/g) ?? []);
    const files = (manifest.files as string[]).filter((name) => name !== 'dist');
    expect([...scripts, ...files].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('supports the oldest Node that its dependencies run on', () => {
    expect(manifest.engines.node).toBe('>=20.19');
    const demanding = Object.entries<{ dev?: boolean; engines?: { node?: string } }>(lock.packages)
      .filter(([path, { dev, engines }]) => path !== '' && !dev && />=\s*2[1-9]/.test(engines?.node ?? ''))
      .filter(([, { engines }]) => !/\b20\b|>=\s*1\d/.test(engines?.node ?? ''));
    expect(demanding.map(([path, { engines }]) => `${path}: ${engines?.node}`)).toEqual([]);
  });
});

describe('package-lock.json', () => {
  it('agrees with package.json', () => {
    const root = lock.packages[''];
    expect(root.dependencies).toEqual(manifest.dependencies);
    expect(root.devDependencies).toEqual(manifest.devDependencies);
  });

  it('names no host, so that npm ci asks the registry of whoever runs it', () => {
    const entries = Object.entries<{ resolved?: string }>(lock.packages);
    expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    expect(read('.npmrc')).toContain('omit-lockfile-registry-resolved=true');
  });

  it('has a checksum for every package', () => {
    const entries = Object.entries<{ integrity?: string; link?: boolean; inBundle?: boolean }>(lock.packages);
    const bare = entries.filter(
      ([path, { integrity, inBundle }]) => path !== '' && !inBundle && !integrity?.startsWith('sha512-'),
    );
    expect(bare.map(([path]) => path)).toEqual([]);
  });
});

it('the compiled package exports what its sources do (once built)', (test) => {
  if (!existsSync(join(ROOT, 'dist/index.js'))) return test.skip('dist/ is not built');
  const script = `import('contrastive-learning-train').then((all) => process.stdout.write(Object.keys(all).join()))`;
  const names = execFileSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' });
  expect(names).toContain('runOnce');
});
