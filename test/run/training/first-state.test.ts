import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeCheckpoint } from '../../../src/checkpoint/checkpoint.ts';
import { parseAssignment } from '../../../src/config/assignment.ts';
import { bareConfig } from '../../../src/config/load.ts';
import { buildParts, initialState } from '../../../src/run/assembly/resolve-run.ts';
import { firstState } from '../../../src/run/training/first-state.ts';
import { progressOf } from '../../../src/run/training/resume.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { temporaryFolder } from '../../cli/run-command.ts';

const resolve = (...texts: readonly string[]) => {
  const config = bareConfig(['data.path=/images', 'backbone.width=4', 'views.size=16', ...texts].map(parseAssignment));
  const parts = buildParts(config);
  return { config, parts, run: { ...config, model: parts.model } };
};

/** A checkpoint of SimCLR, of another seed than the runs that start from it. */
async function writeSource(): Promise<{ path: string; tensors: ReturnType<typeof initialState> }> {
  const { parts } = resolve('seed=7');
  const tensors = initialState(parts);
  const path = join(temporaryFolder(), 'source.safetensors');
  const progress = progressOf(parts.identity, { step: 9, epoch: 3, images: 100 });
  await writeCheckpoint(path, { tensors, progress, toolVersion: '1' });
  return { path, tensors };
}

const PROJECTOR = 'projector: {hidden: 8, out: 4}';

const bytes = (tensor: HostTensor | undefined): string =>
  Buffer.from((tensor?.data.buffer ?? new ArrayBuffer(0)) as ArrayBuffer).toString('base64');

test.each([
  [`{name: simclr, ${PROJECTOR}}`, ['projector', 'optimizer'], false],
  [`{name: moco, queueSize: 32, ${PROJECTOR}}`, ['projector', 'queue', 'optimizer'], true],
  [`{name: mocov3, predictor: {hidden: 8}, ${PROJECTOR}}`, ['projector', 'predictor', 'optimizer'], true],
  [`{name: byol, predictor: {hidden: 8}, ${PROJECTOR}}`, ['projector', 'predictor', 'optimizer'], true],
])(
  '%s starts with the weights in its backbone and the copy of it, and with nothing else',
  async (method, fresh, hasTarget) => {
    const source = await writeSource();
    const { parts, run } = resolve(`method=${method}`);
    const initial = initialState(parts);
    const notices: string[] = [];
    const { state, step, lineage } = await firstState(source.path, run, initial, (message) => notices.push(message));
    expect({ step, notices, fresh: lineage?.fresh }).toEqual({ step: 0, notices: [], fresh });
    expect(Object.keys(state)).toEqual(Object.keys(initial));
    for (const [name, tensor] of Object.entries(state)) {
      const original = name.replace(/^target\./, '');
      const wanted = original.startsWith('backbone.') ? source.tensors[original] : initial[name];
      expect([name, bytes(tensor) === bytes(wanted)]).toEqual([name, true]);
      if (name !== original) expect([name, bytes(tensor) === bytes(state[original])]).toEqual([name, true]);
    }
    expect(bytes(state['backbone.conv1.weight'])).not.toBe(bytes(initial['backbone.conv1.weight']));
    expect(Object.keys(state).some((name) => name.startsWith('target.backbone.'))).toBe(hasTarget);
  },
);

test('what the weights themselves had started from is told on', async () => {
  const source = await writeSource();
  const { parts, run } = resolve('seed=8');
  const first = await firstState(source.path, run, initialState(parts), () => {});
  const path = join(temporaryFolder(), 'second.safetensors');
  const progress = progressOf(parts.identity, { step: 5, epoch: 1, images: 100, lineage: first.lineage });
  await writeCheckpoint(path, { tensors: first.state, progress, toolVersion: '1' });
  const { lineage } = await firstState(path, run, initialState(parts), () => {});
  expect(lineage).toMatchObject({ path, epoch: 1, before: { path: source.path, epoch: 3 } });
});

test('values that are no numbers are refused: no training could start from them', async () => {
  const { path, tensors } = await writeSource();
  const { parts, run } = resolve('seed=8');
  const progress = progressOf(parts.identity, { step: 9, epoch: 3, images: 100 });
  (tensors['backbone.conv1.weight'] as HostTensor).data[3] = Number.NaN;
  await writeCheckpoint(path, { tensors, progress, toolVersion: '1' });
  await expect(firstState(path, run, initialState(parts), () => {})).rejects.toMatchObject({
    message: `init: expected numbers, which training can start from, in ${path}, got NaN or infinite values in 1 tensor: backbone.conv1.weight (1 of 588)`,
    exitCode: 2,
  });
});

test('without weights everything is random', async () => {
  const { parts, run } = resolve();
  const initial = initialState(parts);
  expect(await firstState(undefined, run, initial, () => {})).toEqual({ step: 0, state: initial });
});
