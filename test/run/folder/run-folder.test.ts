import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  checkRunFolder,
  type FolderUse,
  holdsRun,
  prepareRunFolder,
  runFolder,
} from '../../../src/run/folder/run-folder.ts';
import { tempFolder, writeFiles } from '../../data/temp-files.ts';
import { rejection } from '../rejection.ts';

const NEW: FolderUse = { resume: false, overwrite: false };

/** A folder with an earlier run and a file of the user's. */
function usedFolder(): string {
  const path = join(tempFolder(), 'run');
  writeFiles(path, {
    'config.yaml': 'seed: 1\n',
    'metrics.jsonl': '{}\n',
    'checkpoints/step-00000003.safetensors': 'x',
    'notes.txt': 'mine',
  });
  return path;
}

test('a new folder is made with its parents, and keeps the configuration', async () => {
  const folder = runFolder(join(tempFolder(), 'runs', 'a'));
  await checkRunFolder(folder, NEW);
  expect(existsSync(folder.path)).toBe(false);
  await prepareRunFolder(folder, { ...NEW, configText: 'seed: 0\n' });
  expect(readFileSync(join(folder.path, 'config.yaml'), 'utf8')).toBe('seed: 0\n');
  expect(readdirSync(folder.checkpoints)).toEqual([]);
});

test("a folder with other files may be used, and they stay; a run in it isn't touched unless it is to be overwritten", async () => {
  const path = usedFolder();
  const folder = runFolder(path);
  for (const use of [() => checkRunFolder(folder, NEW), () => prepareRunFolder(folder, { ...NEW, configText: '' })]) {
    expect((await rejection(use())).replaceAll(path, 'RUN')).toMatchInlineSnapshot(`
      "exit 2: expected a new run folder, got RUN, which holds a run (checkpoints, config.yaml, metrics.jsonl)
      Go on with it by --resume, start anew by --overwrite, or choose another folder by --output."
    `);
  }
  expect(readFileSync(join(path, 'config.yaml'), 'utf8')).toBe('seed: 1\n');
  await checkRunFolder(folder, { resume: false, overwrite: true });
  expect(readdirSync(path)).toEqual(['checkpoints', 'config.yaml', 'metrics.jsonl', 'notes.txt']);
  await prepareRunFolder(folder, { resume: false, overwrite: true, configText: 'seed: 2\n' });
  expect(readdirSync(path)).toEqual(['checkpoints', 'config.yaml', 'notes.txt']);
  expect(readdirSync(folder.checkpoints)).toEqual([]);
  expect(readFileSync(join(path, 'config.yaml'), 'utf8')).toBe('seed: 2\n');
  expect(readFileSync(join(path, 'notes.txt'), 'utf8')).toBe('mine');
});

test("an earlier run's export goes with it, but not a folder of the user's with that name", async () => {
  const path = usedFolder();
  writeFiles(path, { 'exports/export.json': '{}', 'exports/README.md': '' });
  await prepareRunFolder(runFolder(path), { resume: false, overwrite: true, configText: '' });
  expect(readdirSync(path)).toEqual(['checkpoints', 'config.yaml', 'notes.txt']);
  writeFiles(path, { 'exports/mine.txt': 'mine' });
  await prepareRunFolder(runFolder(path), { resume: false, overwrite: true, configText: '' });
  expect(readFileSync(join(path, 'exports/mine.txt'), 'utf8')).toBe('mine');
});

/** A folder with a run that told these events, and has no checkpoint. */
function folderWithEvents(...events: readonly object[]): string {
  const path = join(tempFolder(), 'run');
  const lines = events.map((event) => `${JSON.stringify({ ...event, time: '2025-01-01T00:00:00Z' })}\n`);
  writeFiles(path, { 'config.yaml': '', 'metrics.jsonl': lines.join(''), 'report.html': '', 'notes.txt': 'mine' });
  return path;
}
const START = { type: 'start', startStep: 0 };
const failedAfter = (step: number) => ({ type: 'end', step, epoch: 0, seconds: 1, reason: 'failed' });

test('a run that failed before its first step is no run: its folder is used again', async () => {
  const path = folderWithEvents(START, { type: 'warning', step: 0, message: '' }, failedAfter(0));
  const folder = runFolder(path);
  expect(await holdsRun(folder)).toBe(false);
  await prepareRunFolder(folder, { ...NEW, configText: 'seed: 2\n' });
  expect(readdirSync(path)).toEqual(['checkpoints', 'config.yaml', 'notes.txt']);
});

test('a run that did a step, or may be at work, or has a checkpoint is one, though there be nothing to resume', async () => {
  const checkpointed = folderWithEvents(START, failedAfter(0));
  writeFiles(checkpointed, { 'checkpoints/step-00000000.safetensors': 'x' });
  const paths = [folderWithEvents(START, failedAfter(7)), folderWithEvents(START), folderWithEvents(), checkpointed];
  const told = paths.map(async (path) => {
    expect(await holdsRun(runFolder(path))).toBe(true);
    return (await rejection(checkRunFolder(runFolder(path), NEW))).split('\n').at(-1);
  });
  expect(await Promise.all(told)).toMatchInlineSnapshot(`
    [
      "It has no checkpoint to go on from: start anew by --overwrite, or choose another folder by --output.",
      "It has no checkpoint to go on from: start anew by --overwrite, or choose another folder by --output.",
      "It has no checkpoint to go on from: start anew by --overwrite, or choose another folder by --output.",
      "Go on with it by --resume, start anew by --overwrite, or choose another folder by --output.",
    ]
  `);
});

test('resuming leaves everything but the settings that it goes on with, and needs a checkpoint', async () => {
  const path = usedFolder();
  const resume = { resume: true, overwrite: false, configText: 'seed: 2\n' };
  const before = readdirSync(path, { recursive: true });
  await prepareRunFolder(runFolder(path), resume);
  expect(readdirSync(path, { recursive: true })).toEqual(before);
  expect(readFileSync(join(path, 'metrics.jsonl'), 'utf8')).toBe('{}\n');
  expect(readFileSync(join(path, 'config.yaml'), 'utf8')).toBe('seed: 2\n');

  const begun = join(tempFolder(), 'begun');
  writeFiles(begun, { 'config.yaml': '' });
  expect((await rejection(prepareRunFolder(runFolder(begun), resume))).replaceAll(begun, 'RUN')).toMatchInlineSnapshot(`
    "exit 2: --resume: expected checkpoints in RUN/checkpoints, found none
    Start the run anew with --config FILE and --overwrite in place of --resume, or name another folder with --output."
  `);
  const nothing = join(tempFolder(), 'nothing');
  expect(
    (await rejection(checkRunFolder(runFolder(nothing), resume))).replaceAll(nothing, 'RUN'),
  ).toMatchInlineSnapshot(`
    "exit 2: --resume: expected checkpoints in RUN/checkpoints, found none
    Leave --resume out to start the run, or name another folder with --output."
  `);
  expect(existsSync(nothing)).toBe(false);
});

test('a file in the place of the folder, or of its parent, is told of', async () => {
  const place = tempFolder();
  writeFileSync(join(place, 'file'), '');
  const told = async (path: string) =>
    (await rejection(prepareRunFolder(runFolder(path), { ...NEW, configText: '' }))).replaceAll(place, 'PLACE');
  expect(await told(join(place, 'file'))).toMatchInlineSnapshot(
    `
    "exit 2: expected a run folder, got PLACE/file: ENOTDIR: not a directory, scandir 'PLACE/file'
    Choose another folder by --output."
  `,
  );
  expect(await told(join(place, 'file/run'))).toMatchInlineSnapshot(
    `
    "exit 1: Cannot make the run folder PLACE/file/run: ENOTDIR: not a directory, mkdir 'PLACE/file/run/checkpoints'.
    Choose another folder by --output."
  `,
  );
});
