import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { checkExportFolder, checkUnchanged, replaceFolder } from '../../../src/run/export/export-folder.ts';
import { folderOf, tempFolder } from '../../data/temp-files.ts';
import { rejection } from '../rejection.ts';
import { manifestOf } from './manifests.ts';

/** A folder that holds an export of these files. */
function exportOf(files: Readonly<Record<string, string>>): string {
  const listed = Object.entries(files).map(([path, text]) => ({
    path,
    bytes: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
  }));
  return folderOf({ ...files, 'export.json': manifestOf({ files: listed }) });
}

it('takes a new place and an empty folder', async () => {
  const folder = tempFolder();
  await checkExportFolder(folder, false);
  await checkExportFolder(join(folder, 'new/inside'), false);
});

it('never takes what is not an export, whatever was asked for', async () => {
  const photos = folderOf({ 'a.png': '', 'b.png': '' });
  const file = join(folderOf({ 'a.txt': '' }), 'a.txt');
  for (const overwrite of [false, true]) {
    expect(await rejection(checkExportFolder(photos, overwrite))).toBe(
      `exit 2: --output: expected a new or empty folder, got ${photos}, which holds a.png, b.png\nChoose another folder.`,
    );
    expect(await rejection(checkExportFolder(file, overwrite))).toBe(
      `exit 2: --output: expected a new or empty folder, got ${file}, which is a file\nChoose another name.`,
    );
  }
});

it('takes an export only with overwrite, and only where nothing else lies in it', async () => {
  const folder = exportOf({ 'README.md': 'card', 'tfjs/model.json': '{}' });
  expect(await rejection(checkExportFolder(folder, false))).toMatch(
    /which holds an export\nReplace it by --overwrite, or choose another folder\.$/,
  );
  await checkExportFolder(folder, true);
  writeFileSync(join(folder, 'tfjs/mine.txt'), '');
  expect(await rejection(checkExportFolder(folder, true))).toMatch(
    /an export with other files in it \(tfjs\/mine\.txt\)\nMove them away, or choose another folder\.$/,
  );
});

it('finds what was changed since', async () => {
  const folder = exportOf({ 'README.md': 'card' });
  await checkUnchanged(folder);
  await checkUnchanged(join(folder, 'none'));
  writeFileSync(join(folder, 'README.md'), 'Card');
  expect(await rejection(checkUnchanged(folder))).toMatch(
    /README\.md was changed since it was written, and is left as/,
  );
});

it('replaces a folder whole, and leaves the old one where writing fails', async () => {
  const folder = join(tempFolder(), 'a/out');
  const write = (text: string) => async (inside: string) => {
    writeFileSync(join(inside, 'x'), text);
    writeFileSync(
      join(inside, 'export.json'),
      manifestOf({ files: [{ path: 'x', bytes: text.length, sha256: 'a'.repeat(64) }] }),
    );
  };
  await replaceFolder(folder, true, write('1'));
  await replaceFolder(folder, true, write('2'));
  expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('2');
  const failing = replaceFolder(folder, true, async (inside) => {
    await write('3')(inside);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('2');
  expect(readdirSync(dirname(folder))).toEqual(['out']);
});

it('says where nothing can be written', async () => {
  const blocked = join(folderOf({ file: '' }), 'file/out');
  expect(await rejection(replaceFolder(blocked, true, async () => {}))).toMatch(/^exit 1: Cannot write .*: ENOTDIR/);
  expect(existsSync(blocked)).toBe(false);
});

it('never replaces unasked what came into its place while it was written', async () => {
  const folder = join(tempFolder(), 'out');
  const late = replaceFolder(folder, false, async (inside) => {
    writeFileSync(join(inside, 'export.json'), 'late');
    mkdirSync(folder);
    writeFileSync(join(folder, 'export.json'), manifestOf());
  });
  expect(await rejection(late)).toContain('exit 2: --output: expected a new or empty folder, got');
  expect(readFileSync(join(folder, 'export.json'), 'utf8')).toBe(manifestOf());
  expect(readdirSync(dirname(folder))).toEqual(['out']);
});
