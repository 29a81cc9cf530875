import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { saveCheckpoint } from '../../../src/checkpoint/checkpoint-folder.ts';
import { identityOf, type RunIdentity } from '../../../src/run/assembly/run-identity.ts';
import { runFolder } from '../../../src/run/folder/run-folder.ts';
import { beginningOf, setAside } from '../../../src/run/training/choose-beginning.ts';
import { progressOf } from '../../../src/run/training/resume.ts';
import { float32 } from '../../../src/runtime/host-tensor.ts';
import { load } from '../../config/problems.ts';
import { tempFolder, writeFiles } from '../../data/temp-files.ts';
import { rejection } from '../rejection.ts';

const identity = (...sets: string[]): RunIdentity =>
  identityOf(load('data: {path: /images}\nmethod: {name: simclr}\n', ...sets));
const START = { type: 'start', startStep: 0 };
const SAVED = { type: 'checkpoint', step: 12, epoch: 3, path: 'x', bytes: 1 };
const END = { type: 'end', step: 12, epoch: 3, seconds: 1 };
const FINISHED = { ...END, reason: 'finished' };

/** What `--resume auto` does in a folder with these events, checkpoints after these steps, and other files. */
async function autoIn(
  events: readonly object[],
  steps: readonly number[],
  { files = {}, sets = [] }: { files?: Record<string, string>; sets?: string[] } = {},
) {
  const path = join(tempFolder(), 'run');
  const lines = events.map((event) => `${JSON.stringify({ ...event, time: '2026-01-01T00:00:00Z' })}\n`);
  if (events.length > 0) writeFiles(path, { 'config.yaml': '', 'metrics.jsonl': lines.join('') });
  for (const step of steps) {
    const progress = progressOf(identity(), { step, epoch: 0, images: 100, imageDigest: 'ab' });
    const saved = { tensors: { weight: float32([1], [1]) }, progress, toolVersion: '0' };
    await saveCheckpoint(runFolder(path).checkpoints, saved, { newest: 9 });
  }
  writeFiles(path, files);
  const folder = runFolder(path);
  const beginning = await beginningOf(folder, identity(...sets), { resume: 'auto', overwrite: false });
  return { folder, told: JSON.parse(JSON.stringify(beginning).replaceAll(path, 'RUN')) as unknown };
}

const START_NEW = { resume: false, overwrite: true, notes: [], damaged: [] };
const GO_ON = { resume: true, overwrite: false, notes: [], damaged: [] };
const DONE = { finished: 'RUN is already finished: 12 steps, 3 epochs' };

test.each([
  ['a folder that is missing starts', [], [], {}, START_NEW],
  ['a killed run goes on', [START], [3], {}, GO_ON],
  ['a run whose last checkpoint was written, but not its end, goes on', [START, SAVED], [12], {}, GO_ON],
  ['a run that was stopped goes on', [START, { ...END, reason: 'interrupted' }], [12], {}, GO_ON],
  ['a finished run is finished', [START, SAVED, FINISHED], [3, 12], {}, DONE],
  ['also where its images lie elsewhere', [START, FINISHED], [12], { sets: ['data.path=/others'] }, DONE],
  ['and where its checkpoints were removed', [START, SAVED, FINISHED], [], {}, DONE],
  ['a finished run that is to be longer goes on', [START, FINISHED], [12], { sets: ['schedule.epochs=999'] }, GO_ON],
  [
    'one whose newest checkpoint is damaged goes on',
    [START, FINISHED],
    [3],
    { files: { 'checkpoints/step-00000012.safetensors': 'x' } },
    GO_ON,
  ],
])('%s', async (_, events, steps, more, expected) => {
  expect((await autoIn(events, steps, more)).told).toEqual(expected);
});

test('a run that was killed before its first checkpoint starts anew, and says so', async () => {
  const note = 'starts anew: the run in this folder ended before its first checkpoint';
  expect((await autoIn([START], [])).told).toEqual({ ...START_NEW, notes: [note] });
});

test('a run whose only checkpoint is damaged starts anew, says why, and keeps the file', async () => {
  const name = 'step-00000003.safetensors';
  const { folder, told } = await autoIn([START, SAVED], [], { files: { [`checkpoints/${name}`]: 'damaged' } });
  const note = expect.stringMatching(
    /^starts anew: its only checkpoint is damaged, and moved to checkpoints-damaged\/: Cannot read RUN\/checkpoints\/step-00000003.safetensors: /,
  );
  const path = `RUN/checkpoints/${name}`;
  expect(told).toEqual({ ...START_NEW, notes: [note], damaged: [path] });
  await setAside(folder, [join(folder.checkpoints, name)]);
  expect(readdirSync(join(folder.path, 'checkpoints-damaged'))).toEqual([name]);
});

test('a run whose checkpoints are gone is not started anew unasked', async () => {
  expect((await rejection(autoIn([START, SAVED], []))).replace(/in \S*run,/, 'in RUN,')).toMatchInlineSnapshot(`
    "exit 2: --resume auto: expected the checkpoints of the run in RUN, whose metrics tell of one after step 12, found none
    Copy one back, or start the run anew with --overwrite in place of --resume auto."
  `);
});
