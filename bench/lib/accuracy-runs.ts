import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Options } from './accuracy-options.ts';
import { capture } from './capture.ts';

/** What a seed came to; accuracies are fractions. */
export interface Run {
  readonly seed: number;
  readonly knn: number;
  readonly linear: number;
  readonly loss?: number;
  readonly trainingSeconds?: number;
}

export interface Evaluation {
  readonly name: string;
  readonly subject: string;
  readonly top1: number;
}

/** A run of the tool: its accuracies, all evaluations of its report, and what it ran on. */
export interface OwnRun {
  readonly run: Run;
  readonly evaluations: readonly Evaluation[];
  readonly environment: unknown;
}

interface Report {
  readonly run: { readonly state: string };
  readonly config: {
    readonly seed: number;
    readonly method: { readonly name: string };
    readonly schedule: { readonly epochs: number };
  };
  readonly evaluations: readonly Evaluation[];
  readonly training: { readonly epochs: readonly { readonly loss: number; readonly seconds: number }[] };
  readonly environment: unknown;
}

/**
 * Reads `report.json` of a run folder; throws an Error when it is of another run, unfinished, or without the
 * accuracies.
 */
export function readRun(folder: string, { method, epochs }: Options, seed: number): OwnRun {
  const path = join(folder, 'report.json');
  const { run, config, evaluations, training, environment }: Report = JSON.parse(readFileSync(path, 'utf8'));
  const expected = `finished ${method}, seed ${seed}, ${epochs} epochs`;
  const found = `${run.state} ${config.method.name}, seed ${config.seed}, ${config.schedule.epochs} epochs`;
  if (found !== expected) throw new Error(`${path}: expected ${expected}, got ${found}.`);
  const of = (name: string): number => {
    const found = evaluations.findLast((each) => each.name === name && each.subject === 'pretrained');
    if (!found) throw new Error(`${path}: expected an evaluation ${name}.`);
    return found.top1;
  };
  return {
    run: {
      seed,
      knn: of('knn'),
      linear: of('linear-probe'),
      loss: training.epochs.at(-1)?.loss ?? Number.NaN,
      trainingSeconds: training.epochs.reduce((sum, { seconds }) => sum + seconds, 0),
    },
    evaluations,
    environment,
  };
}

/** Trains one seed into a folder and reads its report. */
export async function trainRun(folder: string, options: Options, seed: number, floors: boolean): Promise<OwnRun> {
  const settings = [`evaluate.floors=${floors}`, `evaluate.knn.everyEpochs=${options.epochs}`];
  await capture(process.execPath, [
    join('bin', 'cl-train.js'),
    ...['--config', options.config, '--data', options.data, '--output', folder],
    ...['--seed', String(seed), '--epochs', String(options.epochs)],
    ...settings.flatMap((setting) => ['--set', setting]),
  ]);
  return readRun(folder, options, seed);
}
