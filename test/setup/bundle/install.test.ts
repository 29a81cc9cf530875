import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { expect, describe as group, it } from 'vitest';
import type { Bundle } from '../../../src/setup/bundle/bundle-manifest.ts';
import { describeInstalled, nextCommands } from '../../../src/setup/bundle/describe-installed.ts';
import { hashFile } from '../../../src/util/hash-file.ts';
import { readManifest } from '../../../src/util/tensorflow-folder.ts';
import { describe, fakeSources, LIBRARY, makeFakeBundle, place, TOOL_FILES, temporaryFolder } from './fake-bundle.ts';

/** All files below a folder, with their contents. */
function contents(folder: string): Record<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path)]));
}

const names = (folder: string): string[] => Object.keys(contents(folder)).sort();

group('an installation from a bundle', () => {
  it('puts the tool into its folder and TensorFlow into the cache folder, and adds nothing the second time', async () => {
    const { folder, bundle } = await makeFakeBundle();
    const { root, tool, tensorflow, install } = place();
    const { added } = await install(folder);
    expect(added).toBe(bundle.files.reduce((sum, { size }) => sum + size, 0));
    const { 'installed.json': record, ...installed } = contents(tool);
    expect(JSON.parse(String(record))).toMatchObject({ version: '1.2.3', complete: true });
    expect(installed).toEqual(TOOL_FILES);
    expect(statSync(join(tool, 'bin/cl-train.js')).mode & 0o777).toBe(0o755);
    expect(statSync(join(tool, 'package.json')).mode & 0o777).toBe(0o644);
    expect(readManifest(tensorflow)?.files).toHaveLength(2);
    expect(readdirSync(dirname(tensorflow))).toEqual([LIBRARY]);

    const times = () => Object.keys(contents(root)).map((path) => statSync(join(root, path)).mtimeMs);
    const before = times();
    expect((await install(folder)).added).toBe(0);
    expect(times()).toEqual(before);
  });

  it('installs TensorFlow alone where the tool is', async () => {
    const { folder } = await makeFakeBundle();
    const { root, tensorflow, install } = place();
    await install(folder, { tool: undefined });
    expect(readManifest(tensorflow)).toBeDefined();
    expect(readdirSync(root)).toEqual(['cache']);
  });

  it('goes on with what an installation that was killed has left', async () => {
    const { folder } = await makeFakeBundle();
    const { tool, tensorflow, install } = place();
    await install(folder);
    const [first = '', second = ''] = Object.keys(TOOL_FILES);
    rmSync(join(tool, first));
    truncateSync(join(tool, second), 2);
    chmodSync(join(tool, 'bin/cl-train.js'), 0o644);
    writeFileSync(join(tool, `${second}.unfinished`), 'lo');
    const staging = `${tensorflow}.from-bundle`;
    mkdirSync(join(staging, 'tensorflow'), { recursive: true });
    const [kept, cut] = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
    linkSync(join(tensorflow, kept), join(staging, kept));
    writeFileSync(join(staging, cut), readFileSync(join(tensorflow, cut)).subarray(0, 1000));
    writeFileSync(join(staging, 'of another bundle'), '');
    const { ino } = statSync(join(staging, kept));
    rmSync(tensorflow, { recursive: true });
    await install(folder);
    expect(statSync(join(tensorflow, kept)).ino).toBe(ino);
    expect(names(tensorflow)).toEqual(['manifest.json', kept, cut].sort());
    expect(readManifest(tensorflow)).toBeDefined();
    expect(names(tool)).toEqual([...Object.keys(TOOL_FILES), 'installed.json'].sort());
    expect(statSync(join(tool, 'bin/cl-train.js')).mode & 0o777).toBe(0o755);
  });

  it('is done once by two at the same time', async () => {
    const { folder } = await makeFakeBundle();
    const { install, said } = place();
    const both = await Promise.all([install(folder), install(folder)]);
    expect(both.map(({ added }) => added > 0).sort()).toEqual([false, true]);
    expect(said.join()).toMatch(/^Waiting for another set-up \(process \d+/);
  });

  it('repairs what changed, when told to verify', async () => {
    const { folder } = await makeFakeBundle();
    const { tensorflow, install, said } = place();
    await install(folder);
    const library = join(tensorflow, 'tensorflow/libtensorflow_cc.so.2');
    const content = readFileSync(library);
    writeFileSync(library, Buffer.concat([content.subarray(1), content.subarray(0, 1)]));
    expect((await install(folder)).added).toBe(0);
    expect((await install(folder, { verify: true })).added).toBeGreaterThan(300_000);
    expect(readFileSync(library)).toEqual(content);
    expect(said.join()).toContain('Installing again: tensorflow/libtensorflow_cc.so.2 changed');
  });

  it('says which builds of other releases take room beside it', async () => {
    const { folder } = await makeFakeBundle();
    const { tensorflow, install, said } = place();
    mkdirSync(join(dirname(tensorflow), 'tensorflow-2.20.0-cpu'), { recursive: true });
    mkdirSync(`${tensorflow.slice(0, -3)}gpu`);
    await install(folder);
    expect(said).toEqual([`${dirname(tensorflow)} also holds tensorflow-2.20.0-cpu, of other releases: unused.`]);
  });
});

group('parts that are missing or damaged', () => {
  it('are all named in one message, with what was expected and got, before anything is written', async () => {
    const { folder } = await makeFakeBundle();
    const { root, install, said } = place();
    for (const name of ['part-0002', 'part-0003', 'part-0007']) rmSync(join(folder, name));
    truncateSync(join(folder, 'part-0005'), 10);
    const sixth = readFileSync(join(folder, 'part-0006'));
    sixth.writeUInt8(sixth.readUInt8(7) ^ 1, 7);
    const expected = (await hashFile(join(folder, 'part-0006'))).slice(0, 16);
    writeFileSync(join(folder, 'part-0006'), sixth);
    const got = (await hashFile(join(folder, 'part-0006'))).slice(0, 16);
    appendFileSync(join(folder, 'part-0009'), 'x');
    writeFileSync(join(folder, 'part-0099'), '');
    await expect(install(folder)).rejects.toMatchObject({
      message: `6 of the 10 parts of the bundle in ${folder} can't be used; nothing was installed.
  missing: part-0002 to part-0003, part-0007
  damaged: part-0005, expected 40,000 bytes, got 10
  damaged: part-0006, expected SHA-256 ${expected}..., got ${got}...
  damaged: part-0009, expected 40,000 bytes, got 40,001`,
      hint: 'Copy them again from where the bundle was made, then run the command again.',
    });
    expect(said).toEqual(['Not of this bundle, and not read: part-0099.']);
    expect(names(root)).toEqual([]);
  });

  it('are named however many they are', async () => {
    const { folder, bundle } = await makeFakeBundle();
    const parts = Array.from({ length: 60 }, (_, i) => ({
      ...(bundle.parts[0] as Bundle['parts'][0]),
      path: `part-${String(i + 1).padStart(4, '0')}`,
    }));
    describe(folder, { ...bundle, parts });
    for (const { path } of parts) writeFileSync(join(folder, path), 'x');
    const { message } = await place()
      .install(folder)
      .then(
        () => new Error('installed'),
        (error: Error) => error,
      );
    expect(message).toContain('60 of the 60 parts');
    expect(message.split('\n').at(-1)).toBe('  damaged: part-0016 to part-0060');
  });
});

group('a bundle that wants to write elsewhere', () => {
  it.each([
    '../evil',
    'cl-train/../../evil',
    '/evil',
    'cl-train//evil',
    'cl-train/./evil',
    'other/evil',
    'cl-train/a\\b',
    'cl-train/a\nb',
    'cl-train/',
    '',
  ])('is refused by its names: %j', async (path) => {
    const { folder, bundle } = await makeFakeBundle();
    const { root, install } = place();
    describe(folder, { ...bundle, files: [{ ...bundle.files[0], path }] });
    await expect(install(folder)).rejects.toThrow('is no file that it may hold');
    expect(names(root)).toEqual([]);
  });

  it.each([
    [{ parts: [{ path: '../part-0001', size: 1, sha256: '0'.repeat(64) }] }],
    [{ files: [{ path: 'cl-train/a', size: -1, sha256: '0'.repeat(64) }] }],
    [{ files: [{ path: 'cl-train/a', size: 1, sha256: 'none' }] }],
    [{ files: [null] }],
    [{ files: {} }],
    [{ version: '../1' }],
    [{ tensorflow: { version: '..', variant: 'cpu' } }],
    [{ tensorflow: { version: '2.21.0', variant: 'gpu/..' } }],
    [{ tensorflow: null }],
  ])('is refused by its description: %j', async (change) => {
    const { folder, bundle } = await makeFakeBundle();
    describe(folder, { ...bundle, ...change });
    await expect(place().install(folder)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/bundle\.json is damaged: /),
    });
  });

  it.each<[string, Parameters<typeof packTar>[0][number]['header']]>([
    ['a link', { name: 'cl-train/a', size: 0, type: 'symlink', linkname: '/etc' }],
    ['a hard link', { name: 'cl-train/a', size: 0, type: 'link', linkname: '/etc/passwd' }],
    ['a folder', { name: 'cl-train/a', size: 0, type: 'directory' }],
    ['another name', { name: '../a', size: 1, type: 'file' }],
    ['another size', { name: 'cl-train/a', size: 2, type: 'file' }],
    ['another content', { name: 'cl-train/a', size: 1, type: 'file' }],
  ])('is refused where its archive holds %s', async (what, header) => {
    const { bundle } = await makeFakeBundle();
    const folder = temporaryFolder();
    const body = new Uint8Array(header.size);
    const part = brotliCompressSync(await packTar([{ header, ...(header.size > 0 && { body }) }]));
    writeFileSync(join(folder, 'part-0001'), part);
    const sha256 = await hashFile(join(folder, 'part-0001'));
    const files = [{ path: 'cl-train/a', size: 1, sha256: '0'.repeat(64), executable: false }];
    describe(folder, { ...bundle, files, parts: [{ path: 'part-0001', size: part.length, sha256 }] });
    const { root, tool, install } = place();
    const told =
      what === 'another content' ? 'cl-train/a has SHA-256' : 'bundle.json says: cl-train/a (1 bytes) should';
    await expect(install(folder)).rejects.toThrow(told);
    expect(names(root)).toEqual(['tool/installed.json']);
    expect(JSON.parse(readFileSync(join(tool, 'installed.json'), 'utf8'))).toMatchObject({ complete: false });
  });

  it('is refused where its archive is none', async () => {
    const { folder, bundle } = await makeFakeBundle();
    writeFileSync(join(folder, 'part-0001'), 'not brotli');
    const parts = [{ path: 'part-0001', size: 10, sha256: await hashFile(join(folder, 'part-0001')) }];
    describe(folder, { ...bundle, parts });
    await expect(place().install(folder)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(`The archive in ${folder} is not what it was`),
    });
  });

  it('writes through no link that leads out of the folder', async () => {
    const { folder } = await makeFakeBundle();
    const { root, tool, install } = place();
    await install(folder);
    mkdirSync(join(root, 'elsewhere'));
    rmSync(join(tool, 'dist'), { recursive: true });
    symlinkSync(join(root, 'elsewhere'), join(tool, 'dist'));
    await expect(install(folder)).rejects.toThrow(`${join(tool, 'dist')} leads out of ${tool}`);
    rmSync(join(tool, 'dist'));
    mkdirSync(join(tool, 'dist'));
    symlinkSync(join(root, 'elsewhere/x'), join(tool, 'dist/empty.js.unfinished'));
    await expect(install(folder)).rejects.toMatchObject({ name: 'UserError' });
    expect(readdirSync(join(root, 'elsewhere'))).toEqual([]);
  });
});

group('places that hold something else', () => {
  it.each<[string, (tool: string) => void, RegExp]>([
    [
      'files of somebody',
      (tool) => writeFileSync(join(tool, 'thesis.tex'), ''),
      /expected a new or empty.*holds thesis\.tex$/,
    ],
    ['a clone', (tool) => writeFileSync(join(tool, 'package.json'), '{}'), /holds package\.json$/],
  ])('are refused: %s', async (_, make, told) => {
    const { folder } = await makeFakeBundle();
    const { tool, install } = place();
    mkdirSync(tool);
    make(tool);
    await expect(install(folder)).rejects.toMatchObject({ message: expect.stringMatching(told), exitCode: 2 });
    expect(readdirSync(tool)).toHaveLength(1);
  });

  it('are refused: a tool whose record is damaged', async () => {
    const { folder } = await makeFakeBundle();
    const { tool, install } = place();
    await install(folder);
    truncateSync(join(tool, 'installed.json'), 9);
    await expect(install(folder)).rejects.toMatchObject({
      message: `expected a new or empty folder for cl-train, got ${tool}, which holds bin`,
      hint: 'Name another folder, or remove that one, whose installed.json is damaged.',
    });
  });

  it('are explained where nothing can be written', async () => {
    const { folder } = await makeFakeBundle();
    const { install } = place();
    await expect(install(folder, { tool: '/proc/x' })).rejects.toMatchObject({
      message: 'Cannot write /proc/x: its folder does not exist.',
      hint: 'Create the folder first. What was installed is kept: run the command again.',
    });
    await expect(install(folder, { environment: { XDG_CACHE_HOME: '/proc/x' } })).rejects.toThrow(
      'The cache folder /proc/x/cl-train is needed for TensorFlow, but it is not writable (ENOENT).',
    );
  });

  it('are refused: a file', async () => {
    const { folder } = await makeFakeBundle();
    const { tool, install } = place();
    writeFileSync(tool, '');
    await expect(install(folder)).rejects.toThrow(`new or empty, got ${tool}, which is a file`);
  });

  it('are refused: another version, another architecture, other files', async () => {
    const { folder, bundle } = await makeFakeBundle();
    const other = await makeFakeBundle(fakeSources({ 'package.json': Buffer.from('{ }') }));
    const { tool, install } = place();
    await install(folder);
    describe(other.folder, { ...other.bundle, version: '1.3.0' });
    const refused = (message: string) =>
      expect(install(other.folder)).rejects.toMatchObject({
        message,
        hint: `Name another folder, or remove that one first: rm -r ${tool}`,
      });
    await refused(`${tool} holds cl-train 1.2.3 for x64; the bundle has 1.3.0 for x64. Nothing was installed.`);
    describe(other.folder, other.bundle);
    await refused(`${tool} holds cl-train 1.2.3 with other files; the bundle has 1.2.3. Nothing was installed.`);
    const record = JSON.parse(readFileSync(join(tool, 'installed.json'), 'utf8'));
    writeFileSync(join(tool, 'installed.json'), JSON.stringify({ ...record, architecture: 'arm64' }));
    describe(other.folder, bundle);
    await refused(`${tool} holds cl-train 1.2.3 for arm64; the bundle has 1.2.3 for x64. Nothing was installed.`);
  });

  it("are refused: TensorFlow's folder of another processor, in a home folder that machines share", async () => {
    const { folder } = await makeFakeBundle();
    const { tensorflow, install } = place();
    await install(folder);
    const path = join(tensorflow, 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('x86_64', 'aarch64'));
    await expect(install(folder)).rejects.toThrow(`${tensorflow} holds TensorFlow for arm64, but this machine is x64.`);
  });
});

group('a bundle that does not fit', () => {
  it.each<[object, Partial<{ arch: string; platform: string; avx: boolean; glibc: undefined }>, RegExp]>([
    [{}, { arch: 'arm64' }, /^The bundle is for linux x64, but this machine is linux arm64\.$/],
    [{ architecture: 'arm64' }, {}, /^The bundle is for linux arm64, but this machine is linux x64\.$/],
    [{}, { platform: 'darwin' }, /^The bundle is for linux x64, but this machine is darwin x64\.$/],
    [{}, { avx: false }, /needs a processor with AVX/],
    [{}, { glibc: undefined }, /needs the GNU C library 2\.27/],
    [
      { tensorflow: { version: '2.20.0', variant: 'cpu' }, files: [] },
      {},
      /^The bundle has TensorFlow 2\.20\.0, but this/,
    ],
  ])('is refused: %j on %j', async (change, machine, told) => {
    const { folder, bundle } = await makeFakeBundle();
    const { root, install } = place();
    describe(folder, { ...bundle, platform: 'linux', architecture: 'x64', ...change });
    const here = { platform: 'linux', arch: 'x64', avx: true, glibc: '2.36', ...machine };
    await expect(install(folder, { machine: here })).rejects.toThrow(told);
    expect(readdirSync(root)).toEqual([]);
  });

  it('is told from what is no bundle', async () => {
    const folder = temporaryFolder();
    const { install } = place();
    const refused = (told: string) =>
      expect(install(folder)).rejects.toMatchObject({
        message: told,
        exitCode: 2,
        hint: expect.stringContaining('--bundle'),
      });
    await refused(`expected a folder with a bundle, got ${folder}, which has no bundle.json`);
    writeFileSync(join(folder, 'bundle.json'), '{ "parts": [] }');
    await refused(`expected a folder with a bundle, got ${folder}, whose bundle.json is of something else`);
    rmSync(folder, { recursive: true });
    await refused(`expected a folder with a bundle, got ${folder}, which is not there`);
    writeFileSync(folder, '');
    await refused(`expected a folder with a bundle, got ${folder}, which is a file`);
  });

  it('is told from one that is cut, and from one of a later form', async () => {
    const { folder } = await makeFakeBundle();
    const path = join(folder, 'bundle.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, 500));
    await expect(place().install(folder)).rejects.toThrow(`${path} is damaged: `);
    writeFileSync(path, text.replace('"form": 1', '"form": 2'));
    await expect(place().install(folder)).rejects.toThrow(`${path} is of form 2; this release reads form 1.`);
  });
});

group('what is said at the end', () => {
  const bundle = { version: '1.2.3', tensorflow: { version: '2.21.0', variant: 'cpu' } } as Bundle;
  const gpu = { ...bundle, tensorflow: { version: '2.21.0', variant: 'gpu' } } as Bundle;

  it('names what works next, by a path that can be typed', () => {
    const installed = { bundle, tensorflow: '/cache/t', added: 1e9 };
    expect(describeInstalled(installed, 8.2, '/a/b', false)).toBe(
      'Installed 1.00 GB in 9 s: cl-train 1.2.3 in /a/b, TensorFlow 2.21.0 (cpu) in /cache/t',
    );
    const next = nextCommands(installed, '/a/my tool', false, '/a');
    expect(next).toContain("\n  node 'my tool/bin/cl-train.js' quickstart ");
    expect(next).toContain("ln -sf '/a/my tool/bin'/cl-$name.js ~/.local/bin/cl-$name; done\n");
    expect(nextCommands(installed, '/a/b', false, '/c')).toContain('\n  node /a/b/bin/cl-train.js quickstart ');
    expect(nextCommands(installed, '/a', false, '/a')).toContain('\n  node ./bin/cl-train.js quickstart ');
    const commands = next.split('\n').slice(-4, -1).join('\n');
    execFileSync('sh', ['-n', '-c', commands]);
  });

  it('says of the CPU build that the driver which is there is not used, and of the GPU build that there is none', () => {
    const installed = { bundle, tensorflow: '/cache/t', added: 0 };
    expect(describeInstalled(installed, 0, undefined, true)).toMatch(
      /^Nothing to install: all of it is there\. TensorFlow 2\.21\.0 \(cpu\) in \/cache\/t\nwarning: this machine has an NVIDIA driver, but the bundle holds the CPU build/,
    );
    expect(nextCommands(installed, '/a/b', true, '/a')).toContain('\n  CL_TENSORFLOW=cpu node b/bin/cl-train.js quick');
    expect(describeInstalled({ ...installed, bundle: gpu }, 0, undefined, false)).toContain(
      '\nnote: this machine has no NVIDIA driver: training runs on the CPU',
    );
    expect(describeInstalled({ ...installed, bundle: gpu }, 0, undefined, true)).not.toContain('\n');
  });
});
