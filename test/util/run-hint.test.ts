import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEncoder } from '../../src/run/encoder/open-encoder.ts';
import { openCheckpoint } from '../../src/run/export/open-checkpoint.ts';
import { clTrain, temporaryFolder } from '../cli/run-command.ts';
import { rejection } from '../run/rejection.ts';

/** Folders with a run, its export, and another export that lies elsewhere. */
function writeFolders(): string {
  const folder = temporaryFolder();
  const files = [
    'runs/a b/config.yaml',
    'runs/a b/checkpoints/step-1.safetensors',
    'runs/a b/exports/export.json',
    'web/export.json',
    'photos/1.jpg',
  ];
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

test.each([
  ['runs/a b/exports', "It holds the export of a run. The run is 'FOLDER/runs/a b'"],
  ['runs/a b/checkpoints', "It lies in a run. The run is 'FOLDER/runs/a b'"],
  ['runs/ab', "did you mean 'FOLDER/runs/a b'?"],
  ['runs/other', "runs here: 'FOLDER/runs/a b'"],
  ['runs', "It holds runs: name one, such as 'FOLDER/runs/a b'"],
  [
    'web',
    'It holds an export: cl-eval knn --weights FOLDER/web --data FOLDER evaluates it, cl-train PRESET FOLDER --init FOLDER/web starts from it.',
  ],
  [
    'runs/a b/checkpoints/step-1.safetensors',
    "It is a file of the run 'FOLDER/runs/a b': cl-eval knn --checkpoint 'FOLDER/runs/a b/checkpoints/step-1.safetensors' evaluates it, cl-train PRESET FOLDER --init 'FOLDER/runs/a b/checkpoints/step-1.safetensors' starts from it.",
  ],
])('%s, given for a run, gets what it is', async (name, hint) => {
  const folder = writeFolders();
  const run = join(folder, name);
  const told = [
    await rejection(openEncoder({ run, assignments: [] })),
    await rejection(openCheckpoint({ run }, () => {})),
    (await clTrain(['--resume', run])).stderr,
  ];
  for (const text of told) expect(text.trimEnd().replaceAll(folder, 'FOLDER').endsWith(hint), text).toBe(true);
});

test('a folder of other things, given for a run, gets no hint', async () => {
  const folder = writeFolders();
  const told = await rejection(openCheckpoint({ run: join(folder, 'photos') }, () => {}));
  expect(told.replaceAll(folder, 'FOLDER')).toBe(
    "exit 2: --run: expected the run's config.yaml in FOLDER/photos, found none",
  );
});
