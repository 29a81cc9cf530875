import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { SourceFile } from '../../../src/setup/bundle/bundle-contents.ts';
import { type Bundle, formatBundle } from '../../../src/setup/bundle/bundle-manifest.ts';
import { type BundleInstall, installBundle } from '../../../src/setup/bundle/install-bundle.ts';
import { writeArchive } from '../../../src/setup/bundle/write-archive.ts';
import { describeMachine } from '../../../src/setup/platform.ts';
import { TENSORFLOW_VERSION } from '../../../src/util/tensorflow-folder.ts';

/** A new folder, removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cl-bundle-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Bytes that no compressor makes smaller. */
function bytes(size: number, seed: string): Buffer {
  return createHash('shake256', { outputLength: size }).update(seed).digest();
}

export const LIBRARY = `tensorflow-${TENSORFLOW_VERSION}-cpu`;

/** Two libraries that are none, and the manifest that set-up would have written for them. */
function library(): Record<string, Buffer> {
  const files = {
    'tensorflow/libtensorflow_cc.so.2': bytes(300_000, 'a'),
    'tensorflow/libtensorflow_framework.so.2': bytes(90_000, 'b'),
  };
  const listed = Object.entries(files).map(([path, content]) => {
    return { path, size: content.length, sha256: createHash('sha256').update(content).digest('hex') };
  });
  const wheels = [{ name: 'tensorflow_cpu-2.21.0-manylinux_2_27_x86_64.whl', sha256: '' }];
  const manifest = { version: TENSORFLOW_VERSION, variant: 'cpu', wheels, files: listed };
  return { ...files, 'manifest.json': Buffer.from(JSON.stringify(manifest)) };
}

/** The files of the tool in a fake bundle: of the kinds that archives get wrong. */
export const TOOL_FILES: Readonly<Record<string, Buffer>> = {
  'package.json': Buffer.from('{}'),
  [`node_modules/${'long-name/'.repeat(12)}index.js`]: Buffer.from('long'),
  [`dist/${'n'.repeat(140)}.js`]: Buffer.from('longer than a field'),
  'dist/Größe – 大.js': Buffer.from('not ASCII'),
  'dist/empty.js': Buffer.alloc(0),
  'dist/of-a-block.js': Buffer.alloc(512, 'x'),
  'bin/cl-train.js': Buffer.from('#!/usr/bin/env node\n'),
};

/** What goes into the archive of a fake bundle. */
export function fakeSources(tool: Readonly<Record<string, Buffer>> = TOOL_FILES): SourceFile[] {
  const source = (path: string, from: Buffer): SourceFile => {
    return { path, from, size: from.length, executable: path.includes('/bin/') };
  };
  return [
    ...Object.entries(tool).map(([path, content]) => source(`cl-train/${path}`, content)),
    ...Object.entries(library()).map(([path, content]) => source(`${LIBRARY}/${path}`, content)),
  ];
}

/** The parts of a fake bundle, and its description. */
export interface FakeBundle {
  readonly folder: string;
  readonly bundle: Bundle;
}

/** Writes a bundle of a few small files in ten parts, as `cl-doctor --bundle` would. */
export async function makeFakeBundle(sources = fakeSources()): Promise<FakeBundle> {
  const folder = join(temporaryFolder(), 'bundle');
  mkdirSync(folder);
  const archive = await writeArchive(sources, { folder, partBytes: 40_000, onProgress() {} });
  const bundle: Bundle = {
    version: '1.2.3',
    tensorflow: { version: TENSORFLOW_VERSION, variant: 'cpu' },
    platform: process.platform,
    architecture: process.arch,
    installer: [],
    leftOut: [],
    ...archive,
  };
  describe(folder, bundle);
  return { folder, bundle };
}

/** Writes the description of a bundle, whatever it says. */
export function describe(folder: string, bundle: object): void {
  writeFileSync(join(folder, 'bundle.json'), formatBundle(bundle as Bundle));
}

/** A place to install into, with what was said meanwhile. */
export function place() {
  const root = temporaryFolder();
  const said: string[] = [];
  const tool = join(root, 'tool');
  const tensorflow = join(root, 'cache/cl-train', LIBRARY);
  const install = (from: string, options: Partial<BundleInstall> = {}) =>
    installBundle({
      from,
      tool,
      environment: { XDG_CACHE_HOME: join(root, 'cache') },
      progress: { say: (line) => void said.push(line), begin() {}, advance() {}, end() {} },
      machine: { ...describeMachine(), avx: true, glibc: '2.36' },
      ...options,
    });
  return { root, said, tool, tensorflow, install };
}
