import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { MetricsRecord } from '../../src/report/history.ts';
import { inRepository, type Outcome, runNode, temporaryFolder } from '../cli/run-command.ts';

// A test starts up to four processes, which compete with all else that the machine does.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

// XLA compiles the views of each of these runs for a fifth of its time. See compileViews.
process.env['TF_XLA_FLAGS'] = '--tf_xla_clustering_fuel=0';

/** Has XLA compile the views of the runs of a file, as it does for users: where the bits of whole runs are shown. */
export function compileViews(): void {
  delete process.env['TF_XLA_FLAGS'];
}

/**
 * A run that takes a second once TensorFlow is loaded: 48 steps, all but the last amid an epoch wherever 3 divides
 * them.
 */
export const TINY = `method: {name: simclr, projector: {hidden: 8, out: 4}}
backbone: {width: 4}
views: {size: 16}
schedule: {epochs: 3, batchSize: 8, warmupEpochs: 1}
evaluate: {knn: {everyEpochs: 0}, linearProbe: false}
checkpoint: {everyEpochs: 100}
log: {everySteps: 1}
export: {atEnd: []}
`;

/** The last checkpoint of such a run. */
export const LAST = 'step-00000048.safetensors';

/** 128 CIFAR-10 images, and the test images beside them. */
export const BUNDLED = `data: {path: ${inRepository('data/cifar10-mini.tar.gz')}, subsetPerClass: 13}\n`;

/** Writes `run.yaml` into a folder: the tiny run on the bundled images, or on those that `data` names. */
export function writeExperiment(folder: string, data = BUNDLED, tiny = TINY): void {
  writeFileSync(join(folder, 'run.yaml'), data + tiny);
}

/** `--set` arguments. */
export function sets(...assignments: readonly string[]): string[] {
  return assignments.flatMap((assignment) => ['--set', assignment]);
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Called once, when standard error first holds the text. */
  readonly when?: readonly [text: string, act: (pid: number) => void];
}

/** Runs `cl-train` in a folder. */
export function train(folder: string, args: readonly string[], { env, when }: StartOptions = {}): Promise<Outcome> {
  let acted = false;
  return runNode([inRepository('bin/cl-train.js'), ...args], {
    cwd: folder,
    ...(env && { env }),
    onOutput(stderr, pid) {
      if (acted || when === undefined || !stderr.includes(when[0])) return;
      acted = true;
      when[1](pid);
    },
  });
}

/** The checkpoint files of a run folder by name. */
export function checkpoints(run: string): Record<string, Buffer> {
  const folder = join(run, 'checkpoints');
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name))]),
  );
}

/** The lines of a run's `metrics.jsonl`. */
export function metrics(run: string): MetricsRecord[] {
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as MetricsRecord);
}

/** What a run's steps computed, without times. */
export function losses(run: string): (readonly [step: number, loss: number, rate: number])[] {
  return metrics(run).flatMap((record) =>
    record.type === 'step' ? [[record.step, record.loss, record.learningRate] as const] : [],
  );
}

/** That the tiny run in `resumed` cannot be told from the one in `whole` by what it computed. */
export function expectSameRun(resumed: string, whole: string): void {
  expect(checkpoints(resumed)[LAST]?.equals(checkpoints(whole)[LAST] as Buffer)).toBe(true);
  expect(losses(resumed)).toEqual(losses(whole));
  expect(losses(resumed).map(([step]) => step)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
}

/** A folder with an experiment on the bundled images. */
export function withBundled(): string {
  const folder = temporaryFolder();
  writeExperiment(folder);
  return folder;
}

/** What the user sees of a command that fails: exit code and standard error, which has no stack. */
export function problem({ code, stdout, stderr }: Outcome, folder: string): string {
  expect(stdout).toBe('');
  expect(stderr).not.toMatch(/^\s+at |looks like a bug/m);
  return `exit ${code}: ${stderr.replaceAll(folder, 'FOLDER')}`;
}

/** Runs a shell command through Node, so that its output comes back as that of the commands does. */
export function runInShell(command: string, cwd: string): Promise<Outcome> {
  const script = `process.exit(require('node:child_process').spawnSync('bash', ['-c', process.argv[1]], { stdio: 'inherit' }).status)`;
  return runNode(['-e', script, command], { cwd });
}
