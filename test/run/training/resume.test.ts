import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Progress } from '../../../src/checkpoint/checkpoint.ts';
import { saveCheckpoint } from '../../../src/checkpoint/checkpoint-folder.ts';
import { parseAssignment } from '../../../src/config/assignment.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { checkSettingNames } from '../../../src/config/setting-names.ts';
import { identityOf, type RunIdentity } from '../../../src/run/assembly/run-identity.ts';
import { runFolder } from '../../../src/run/folder/run-folder.ts';
import { progressOf, resumeRun } from '../../../src/run/training/resume.ts';
import { allowanceFor, isAllowed, settingChanges } from '../../../src/run/training/setting-changes.ts';
import { float32 } from '../../../src/runtime/host-tensor.ts';
import { CALMER_SETTINGS } from '../../../src/train/calmer-settings.ts';
import type { Lineage } from '../../../src/train/events.ts';
import { initialLossScale } from '../../../src/train/loss-scale.ts';
import { load } from '../../config/problems.ts';
import { tempFolder } from '../../data/temp-files.ts';
import { rejection } from '../rejection.ts';

const RUN = 'data: {path: /images}\nmethod: {name: simclr}\n';
const identity = (...sets: string[]): RunIdentity => identityOf(load(RUN, ...sets));
const state = (value: number) => ({ weight: float32([value, value], [2]) });

/** A run folder with checkpoints after these steps, whose tensors hold the step. */
async function runWith(...steps: number[]): Promise<string> {
  const path = tempFolder();
  for (const step of steps) {
    const progress = progressOf(identity(), { step, epoch: 0, images: 100 });
    await saveCheckpoint(
      runFolder(path).checkpoints,
      { tensors: state(step), progress, toolVersion: '0' },
      { newest: 9 },
    );
  }
  return path;
}

test('the newest checkpoint gives step, state and the number of images', async () => {
  const resumed = await resumeRun(runFolder(await runWith(3, 12)), identity(), state(0), () => {});
  expect(resumed).toEqual({ step: 12, state: state(12), images: 100 });
});

test('vision transformers of runs begun before they had settings are the same', () => {
  const backbone = (...sets: string[]) => {
    const { settings } = identity('backbone.name=vit-tiny-16', ...sets);
    return (settings as { backbone: unknown }).backbone;
  };
  expect(backbone()).toEqual({ name: 'vit-tiny-16' });
  expect(backbone('backbone.positions=learned')).toEqual({ name: 'vit-tiny-16', positions: 'learned' });
  expect(backbone('backbone.heads=6')).toEqual({ name: 'vit-tiny-16', heads: 6 });
});

test('settings that do not touch the course of training may change', async () => {
  const folder = runFolder(await runWith(3));
  const changed = identity(
    'output=elsewhere',
    'evaluate.floors=false',
    'checkpoint.everySteps=1',
    'data.workers=3',
    'data.memoryBudget=1GB',
    'data.cache=off',
    'data.cacheBudget=1GB',
    'log.everySteps=3',
    'device=cpu',
    'threads=1',
  );
  expect(await resumeRun(folder, changed, state(0), () => {})).toMatchObject({ step: 3 });
});

test.each([
  ['seed=1', 'seed: 0 -> 1'],
  ['data.path=/others', 'data.path: "/images" -> "/others"'],
  ['data.classes=[cat, dog]', 'data.classes: not set -> ["cat","dog"]'],
  ['data.fraction=0.1', 'data.fraction: not set -> 0.1'],
  ['data.subsetPerClass=5', 'data.subsetPerClass: not set -> 5'],
  ['views.crop.area=[0.5, 1]', 'views.crop.area: [0.08,1] -> [0.5,1]'],
  ['views.second.flip=0', 'views.second: not set -> {"flip":0}'],
  ['backbone.width=32', 'backbone.width: 64 -> 32'],
  ['method.projector.out=64', 'method.projector.out: 128 -> 64'],
  ['schedule.epochs=100', 'schedule.epochs: 200 -> 100'],
  ['precision=bfloat16', 'precision: "float32" -> "bfloat16"'],
])('%s is refused unless it is allowed by name', async (set, change) => {
  const path = await runWith(3);
  const resume = (allowed?: string[]) => resumeRun(runFolder(path), identity(set), state(0), () => {}, allowed);
  const [key = ''] = change.split(':');
  for (const allowed of [key, key.split('.')[0] as string]) expect(await resume([allowed])).toMatchObject({ step: 3 });
  const message = await rejection(resume(['device', `${key}s`]));
  expect(message).toBe(
    `exit 2: --resume: expected the settings of the run in ${path}, got changes:\n  ${change}\n` +
      `Resume with the same settings (cl-train --resume DIR alone takes them from the folder), allow the changes by --allow-change ${change.split(':')[0]}, or start a new run with --output.`,
  );
});

test('--allow-change takes every name that a message can offer', async () => {
  const folder = join(import.meta.dirname, '../../../configs');
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const images = [parseAssignment('data.path=/images')];
  const presets = names.map((name) => identityOf(loadConfig(join(folder, name), images)));
  const first = presets[0] as RunIdentity;
  for (const { settings } of presets) {
    const changes = settingChanges(first.settings, settings);
    for (const each of [...changes.map((change) => [change]), changes]) {
      const offered = allowanceFor(each);
      expect(offered.length).toBeLessThan(300);
      if (each.length > 0) expect(() => checkSettingNames('--allow-change', offered.split(','))).not.toThrow();
      expect(each.filter(({ key }) => !isAllowed(key, offered.split(',')))).toEqual([]);
    }
  }
  checkSettingNames('--allow-change', ['init', 'data.path']);
});

test('a change that the state does not fit is not offered, since no permission could help', async () => {
  const folder = runFolder(await runWith(3));
  const other = { weight: float32([0, 0, 0], [3]) };
  const resume = (...allowed: string[]) => resumeRun(folder, identity('backbone.width=32'), other, () => {}, allowed);
  expect(await rejection(resume())).toBe(
    `exit 2: --resume: expected the settings of the run in ${folder.path}, got changes:\n  backbone.width: 64 -> 32\n` +
      'Resume with the same settings (cl-train --resume DIR alone takes them from the folder), or start a new run with --output: what the run has learned does not fit the changes.',
  );
  expect(await rejection(resume('backbone.width'))).toContain("don't fit this configuration");
});

test('a run whose gradients overflow float16 goes on in bfloat16, as its message says, and back', async () => {
  const scaled = { ...state(7), ...initialLossScale() };
  const path = tempFolder();
  for (const [from, to, before, now] of [
    ['float16', 'bfloat16', scaled, state(0)],
    ['bfloat16', 'float16', state(7), scaled],
  ] as const) {
    const folder = runFolder(join(path, from));
    const progress = progressOf(identity(`precision=${from}`), { step: 3, epoch: 0, images: 100 });
    await saveCheckpoint(folder.checkpoints, { tensors: before, progress, toolVersion: '0' }, { newest: 9 });
    const resumed = await resumeRun(folder, identity(`precision=${to}`), now, () => {}, ['precision']);
    expect(resumed.state).toEqual({ ...now, ...state(7) });
  }
});

test('settings that hints name are settings', () => {
  const names = CALMER_SETTINGS.match(/\b[a-z]+\.[a-zA-Z]+/g) ?? [];
  expect(names).toHaveLength(5);
  checkSettingNames('--allow-change', names);
});

test('all changes are listed, those of another optimizer too', async () => {
  const changed = identity('seed=1', 'optimizer.name=lars');
  const message = await rejection(resumeRun(runFolder(await runWith(3)), changed, state(0), () => {}));
  expect(message.split('\n').filter((line) => line.startsWith('  '))).toMatchInlineSnapshot(`
    [
      "  seed: 0 -> 1",
      "  optimizer.name: "sgd" -> "lars"",
      "  optimizer.learningRate: 0.06 -> 0.3",
      "  optimizer.weightDecay: 0.0005 -> 0.000001",
      "  optimizer.excludeBiasAndNorm: false -> true",
      "  optimizer.momentumForm: not set -> "torch"",
      "  optimizer.trustCoefficient: not set -> 0.001",
      "  optimizer.trustForm: not set -> "joint"",
      "  optimizer.clip: not set -> false",
    ]
  `);
});

test('without checkpoints there is nothing to go on from', async () => {
  const path = tempFolder();
  expect(await rejection(resumeRun(runFolder(path), identity(), state(0), () => {}))).toBe(
    `exit 1: --resume: no checkpoint in ${join(path, 'checkpoints')} can be read\nCopy a good one back, or start the run anew with --overwrite in place of --resume.`,
  );
});

test('longer training needs no permission, and neither do images that were moved and can be compared', async () => {
  const resumed = await resumeRun(runFolder(await runWith(3)), identity('schedule.epochs=300'), state(0), () => {});
  expect(resumed.changes).toEqual([{ key: 'schedule.epochs', before: 200, now: 300 }]);
  const folder = runFolder(tempFolder());
  const progress = progressOf(identity(), { step: 3, epoch: 0, images: 100, imageDigest: 'ab' });
  await saveCheckpoint(folder.checkpoints, { tensors: state(3), progress, toolVersion: '0' }, { newest: 9 });
  const moved = await resumeRun(folder, identity('data.path=/others'), state(0), () => {});
  expect(moved).toMatchObject({ imageDigest: 'ab', changes: [{ key: 'data.path' }] });
});

test('how the run computed is in its checkpoints, and older ones claim nothing', async () => {
  const folder = runFolder(tempFolder());
  const arithmetic = { oneDnn: true, instructionSets: ['AVX', 'AVX2'] };
  const saved = (progress: Progress) =>
    saveCheckpoint(folder.checkpoints, { tensors: state(0), progress, toolVersion: '0' }, { newest: 9 });
  await saved(progressOf(identity(), { step: 3, epoch: 0, images: 100, arithmetic }));
  expect(await resumeRun(folder, identity(), state(0), () => {})).toMatchObject({ step: 3, arithmetic });
  await saved(progressOf(identity(), { step: 4, epoch: 0, images: 100 }));
  expect((await resumeRun(folder, identity(), state(0), () => {})).arithmetic).toBeUndefined();
});

const lineage: Lineage = {
  ...{ path: '/runs/a/checkpoints/step-00000009.safetensors', run: '/runs/a', kind: 'checkpoint' },
  ...{ sha256: 'ab', prefix: 'backbone.', matched: 2, expected: 2, leftOut: [], fresh: ['optimizer'] },
};

test('the weights that a run started from are told on, and may be gone', async () => {
  const path = tempFolder();
  const folder = runFolder(path);
  const progress = progressOf(identity(), { step: 3, epoch: 0, images: 100, lineage });
  await saveCheckpoint(folder.checkpoints, { tensors: state(3), progress, toolVersion: '0' }, { newest: 9 });
  const notices: string[] = [];
  const resume = (...sets: string[]) => resumeRun(folder, identity(...sets), state(0), (text) => notices.push(text));
  expect(await resume('init=/runs/a')).toMatchObject({ step: 3, lineage });
  expect(notices).toEqual([]);
  expect(await resume('init=/runs/elsewhere')).toMatchObject({ step: 3, lineage });
  expect(notices).toEqual([
    'init: /runs/elsewhere is not there, and not needed: the run started from /runs/a, and goes on from its own checkpoint',
  ]);
  expect(await rejection(resume())).toContain('init: "/runs/a" -> not set');
  // As its settings are once the change was allowed.
  writeFileSync(join(path, 'config.yaml'), RUN);
  expect(await resume()).toMatchObject({ step: 3, lineage });
  expect(await rejection(resume(`init=${path}`))).toContain(`init: "/runs/a" -> "${path}"`);
  const both = await rejection(resume(`init=${path}`, 'seed=3'));
  expect(both).toContain(`init: "/runs/a" -> "${path}"\n  seed: 0 -> 3`);
});

test('a run that began with random values takes no weights when it goes on', async () => {
  const folder = runFolder(await runWith(3));
  const refused = await rejection(resumeRun(folder, identity('init=/runs/a'), state(0), () => {}));
  expect(refused).toContain('init: not set -> "/runs/a"');
});
