import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Assignment, parseAssignment } from '../../src/config/assignment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { presetFile } from '../../src/util/presets.ts';
import { folderOf, load, messageOf } from './problems.ts';

const TEXT = 'data: {path: x}\nmethod: {name: simclr}\nschedule: {epochs: 100, warmupEpochs: 10}\n';

const epochs = (count: number): Assignment => ({ label: '--epochs', key: 'schedule.epochs', text: `${count}` });

/** The warm-up of a file, its epochs and others set from outside, and what is said of it. */
function fitted(text: string, ...assignments: readonly Assignment[]): readonly [warmup: number, notes: string[]] {
  const notes: string[] = [];
  const path = join(folderOf({ 'run.yaml': text }), 'run.yaml');
  return [loadConfig(path, assignments, (note) => notes.push(note)).schedule.warmupEpochs, notes];
}

test('a warm-up that fewer epochs have no room for keeps its share of the run, which is said', () => {
  expect(fitted(TEXT, epochs(3))).toEqual([
    0.3,
    [
      "--epochs 3: schedule.warmupEpochs 0.3 in place of the file's 10 of 100; --set schedule.warmupEpochs=N chooses another",
    ],
  ]);
  expect(fitted(TEXT, parseAssignment('schedule.epochs=10'))).toEqual([
    1,
    [expect.stringMatching(/^--set schedule\.epochs=10: schedule\.warmupEpochs 1 in place of/)],
  ]);
});

test('where the rate changes with the epochs, whole ones remain', () => {
  const stair = TEXT.replace('warmupEpochs: 10', 'warmupEpochs: 10, every: epoch');
  expect(fitted(stair, epochs(9))[0]).toBe(0);
  expect(fitted(TEXT, epochs(9), parseAssignment('schedule.every=epoch'))[0]).toBe(0);
});

test('one that fits stays, and so does one that is given', () => {
  expect(fitted(TEXT, epochs(11))).toEqual([10, []]);
  expect(fitted(TEXT, epochs(3), parseAssignment('schedule.warmupEpochs=2'))).toEqual([2, []]);
  expect(fitted(TEXT.replace(', warmupEpochs: 10', ''), epochs(3))).toEqual([0, []]);
});

test('one that is too long as it is given, or in the file itself, stays a mistake', () => {
  const mistake = 'schedule.warmupEpochs: expected fewer than `schedule.epochs`';
  expect(messageOf(() => fitted(TEXT, epochs(3), parseAssignment('schedule.warmupEpochs=4')))).toContain(mistake);
  expect(messageOf(() => fitted(TEXT.replace('epochs: 100', 'epochs: 9'), epochs(3)))).toContain(mistake);
  expect(messageOf(() => load(TEXT, 'schedule.epochs=3'))).toContain(mistake);
});

test('a preset trains for an epoch', () => {
  const assignments = [epochs(1), { label: '--data', key: 'data.path', text: '.' }];
  const config = loadConfig(presetFile('mocov3-cifar') as string, assignments, () => {});
  expect(config.schedule).toMatchObject({ epochs: 1, warmupEpochs: 0.01 });
});
