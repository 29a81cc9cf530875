import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { parseAssignment } from '../../src/config/assignment.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { RunConfig } from '../../src/config/run-config.ts';
import type { VariableSpecs } from '../../src/nn/layer.ts';
import { initialState } from '../../src/run/assembly/resolve-run.ts';
import { runFolder } from '../../src/run/folder/run-folder.ts';
import { openImages } from '../../src/run/images/run-images.ts';
import { trainRun } from '../../src/run/training/train-run.ts';
import { createTrainingBatches } from '../../src/run/training/training-batches.ts';
import { createTrainingProgram } from '../../src/run/training/training-program.ts';
import type { HostTensor } from '../../src/runtime/host-tensor.ts';
import type { Retry } from '../../src/util/retry.ts';
import { inRepository } from '../cli/run-command.ts';
import { patternPng, tempFolder } from '../data/temp-files.ts';
import { resolveOn } from '../run/resolve.ts';

vi.setConfig({ testTimeout: 400_000 });

// Two steps are not worth compiling the views by XLA, which is half of a first step; test/augment compares the two.
process.env['TF_XLA_FLAGS'] = '--tf_xla_clustering_fuel=0';

const names = readdirSync(inRepository('configs')).filter((name) => name.endsWith('.yaml'));

/** Images of a batch: two in each of the eight groups of MoCo's BatchNorm. */
const BATCH = 16;
const QUEUE = 4 * BATCH;

/** Settings that make a preset small and leave what it is made of. */
function shrinking({ method, views, schedule, backbone }: RunConfig): string[] {
  return [
    `schedule.batchSize=${BATCH}`,
    ...(schedule.accumulate > 1 ? ['schedule.accumulate=2'] : []),
    // The learning rate for 256 images, half of which the second of two warm-up steps has.
    'optimizer.scaling=none',
    ...(schedule.warmupEpochs > 0 ? [`schedule.warmupEpochs=${schedule.accumulate > 1 ? 2 : 1}`] : []),
    'views.size=32',
    ...(views.small ? ['views.small.size=16'] : []),
    // Seconds of graph optimisation for each network of 50 layers; test/backbones has bottlenecks.
    ...('width' in backbone ? ['backbone.name=resnet18', 'backbone.width=4'] : ['backbone.name=vit-tiny-16']),
    'method.projector.hidden=8',
    'method.projector.out=8',
    ...('predictor' in method ? ['method.predictor.hidden=8'] : []),
    ...(method.name === 'moco' ? [`method.queueSize=${QUEUE}`] : []),
  ];
}

/** A folder with two batches of images: of one size, or of many, which are streamed. */
async function imageFolder(kind: 'equal' | 'mixed'): Promise<string> {
  const folder = tempFolder();
  for (let i = 0; i < 2 * BATCH; i++) {
    const path = join(folder, 'train', `class-${i % 2}`, `${i}.png`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await patternPng(kind === 'equal' ? 32 : 33 + i, 32, i));
  }
  return folder;
}

type State = Readonly<Record<string, HostTensor>>;

interface TwoSteps {
  readonly losses: readonly number[];
  readonly variables: VariableSpecs;
  readonly before: State;
  readonly after: State;
}

/** The first two steps of a run, which then ends as Ctrl-C ends it, and the state before and after. */
async function takeTwoSteps(config: RunConfig): Promise<TwoSteps> {
  const stop = new AbortController();
  const { signal } = stop;
  const images = await openImages(config.data);
  const run = resolveOn(config, images);
  const before = initialState(run);
  const program = await createTrainingProgram(run, before);
  try {
    const losses: number[] = [];
    const batches = createTrainingBatches(run, { onBad: () => {}, signal: signal });
    const folder = runFolder(config.output);
    mkdirSync(folder.checkpoints, { recursive: true });
    const { checkpoint } = config;
    const rest = { startStep: 0, checkpoint, knnEveryEpochs: 0, signal };
    const retry: Retry = async (work) => work();
    await trainRun({ run, folder, program, batches, retry, ...rest }, async (event) => {
      if (event.type !== 'step') return;
      losses.push(event.loss);
      if (event.step === 2) stop.abort();
    });
    await batches.close();
    return { losses, variables: run.model.method.variables, before, after: await program.read() };
  } finally {
    program.close();
    await images.close();
  }
}

/** The parts of networks (`backbone`, `target.projector`, ...) of which a parameter, or the average of one, moved. */
function movedParts(variables: VariableSpecs, before: State, after: State): string[] {
  const isParameter = (name: string): boolean => variables[name.replace(/^target\./, '')]?.kind === 'parameter';
  const moved = Object.keys(variables).filter(
    (name) => isParameter(name) && after[name]?.data.some((value, i) => value !== before[name]?.data[i]),
  );
  return [...new Set(moved.map((name) => /^(target\.)?\w+/.exec(name)?.[0] ?? name))].sort();
}

/** How many rows of a queue [size, width] differ. */
function movedRows(name: string, before: State, after: State): number {
  const [size = 0, width = 0] = before[name]?.shape ?? [];
  return Array.from({ length: size }, (_, row) => row).filter((row) =>
    after[name]?.data
      .subarray(row * width, (row + 1) * width)
      .some((value, i) => value !== before[name]?.data[row * width + i]),
  ).length;
}

test.each(names)('two steps of %s move all of its networks, and its queues', async (name) => {
  const folder = await imageFolder(name.includes('imagenet') ? 'mixed' : 'equal');
  const path = inRepository(join('configs', name));
  const assigned = [`data.path=${folder}`, `output=${join(folder, 'run')}`].map(parseAssignment);
  const small = shrinking(loadConfig(path, assigned)).map(parseAssignment);
  const config = loadConfig(path, [...assigned, ...small]);
  const { method } = config;
  const { losses, variables, before, after } = await takeTwoSteps(config);
  expect(losses).toHaveLength(2);
  expect(losses.every(Number.isFinite)).toBe(true);
  const trained = ['backbone', 'projector', ...('predictor' in method ? ['predictor'] : [])];
  const averaged = 'emaDecay' in method ? ['target.backbone', 'target.projector'] : [];
  expect(movedParts(variables, before, after)).toEqual([...trained.toSorted(), ...averaged]);
  if (method.name !== 'moco') return;
  const keys = (2 * BATCH * (method.symmetric === 'none' ? 1 : 2)) / method.queues;
  for (const queue of method.queues === 1 ? ['queue'] : ['queue.0', 'queue.1']) {
    expect(movedRows(queue, before, after)).toBe(keys);
    expect(after[`${queue}.position`]?.data[0]).toBe(keys % QUEUE);
  }
});
