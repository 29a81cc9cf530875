import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAssignment } from '../../src/config/assignment.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { RunConfig } from '../../src/config/run-config.ts';
import { folderOf, load, messageOf } from './problems.ts';

const TEXT = `data: {path: x}
method: {name: moco, queueSize: 64, temperature: 0.1, projector: {hidden: 8, out: 4}}
optimizer: {name: lars, learningRate: 0.4, trustCoefficient: 0.02, momentum: 0.8}
schedule: {decay: {name: step, milestones: [3, 5]}}
`;

/** What settings of the command line make of a file, and what is said of it. */
function switched(text: string, ...sets: readonly string[]): { config: RunConfig; notes: string[] } {
  const notes: string[] = [];
  const path = join(folderOf({ 'run.yaml': text }), 'run.yaml');
  return { config: loadConfig(path, sets.map(parseAssignment), (note) => notes.push(note)), notes };
}

test('a switched name drops what the new choice lacks, keeps the rest, and says both', () => {
  const { config, notes } = switched(TEXT, 'optimizer.name=sgd', 'method.name=simclr');
  expect(config.optimizer).toMatchObject({ name: 'sgd', learningRate: 0.4, momentum: 0.8 });
  expect(config.optimizer).not.toHaveProperty('trustCoefficient');
  expect(config.method).toMatchObject({ name: 'simclr', temperature: 0.1, projector: { hidden: 8, out: 4 } });
  expect(notes).toEqual([
    "--set optimizer.name=sgd: of the file's settings, dropped trustCoefficient 0.02, which it lacks; kept learningRate 0.4, momentum 0.8",
    "--set method.name=simclr: of the file's settings, dropped queueSize 64, which it lacks; kept temperature 0.1, projector",
  ]);
});

test('a section inside another is switched too, and a name of the default counts as given', () => {
  expect(switched(TEXT, 'schedule.decay.name=cosine').notes).toEqual([
    "--set schedule.decay.name=cosine: of the file's settings, dropped milestones 3,5, which it lacks",
  ]);
  expect(
    switched('data: {path: x}\nmethod: {name: simclr}\nbackbone: {stem: cifar}\n', 'backbone.name=vit-tiny-16').notes,
  ).toEqual(["--set backbone.name=vit-tiny-16: of the file's settings, dropped stem cifar, which it lacks"]);
});

test('the last of several names counts, and the name of the file, or one with the same settings, changes nothing', () => {
  expect(switched(TEXT, 'optimizer.name=sgd', 'optimizer.name=lars').notes).toEqual([]);
  expect(switched(TEXT, 'backbone.name=resnet50').notes).toEqual([]);
  const { config, notes } = switched(TEXT, 'optimizer.name=lars', 'optimizer.name=adam');
  expect(config.optimizer.name).toBe('adam');
  expect(notes).toHaveLength(1);
});

test('a section that is set as a whole has nothing left to drop', () => {
  const { config, notes } = switched(TEXT, 'optimizer={name: adamw}');
  expect(config.optimizer).toMatchObject({ name: 'adamw', learningRate: 1.5e-4 });
  expect(notes).toEqual([]);
});

test.each([
  [['optimizer.name=adamw', 'optimizer.momentum=0.9'], '--set optimizer.momentum: expected a known setting'],
  [['optimizer.name=adamx'], '--set optimizer.name: expected one of "sgd"'],
  [['method.name=byol', 'method.temperature=0.1'], '--set method.temperature: expected a known setting'],
])('%j stays a mistake', (sets, message) => {
  expect(messageOf(() => switched(TEXT, ...sets))).toContain(`exit 2: ${message}`);
});

test('a mistake of the file itself is told, whatever is switched', () => {
  const typo = TEXT.replace('momentum', 'momentun');
  expect(messageOf(() => switched(typo, 'optimizer.name=adamw'))).toMatch(/run\.yaml:3:\d+ optimizer\.momentun: /);
  expect(messageOf(() => load(TEXT.replace('lars', 'adamw')))).toContain('2 settings are wrong');
  expect(messageOf(() => switched(TEXT.replace('lars', 'adamw')))).toContain('2 settings are wrong');
});

test('who does not hear what is dropped gets the mistake', () => {
  expect(messageOf(() => load(TEXT, 'optimizer.name=sgd'))).toContain('optimizer.trustCoefficient: expected a known');
});
