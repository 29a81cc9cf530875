import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MetricsRecord } from '../../src/report/history.ts';
import { capture } from './capture.ts';

/** What a process held at a moment; see watch-process.mjs. */
export interface ProcessSample {
  readonly seconds: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly arrayBufferBytes: number;
  readonly handles: number;
  readonly descriptors: number;
  readonly threads: number;
}

/** A run that has ended. */
export interface BenchRun {
  readonly records: readonly MetricsRecord[];
  readonly samples: readonly ProcessSample[];
}

const WATCH = pathToFileURL(join(import.meta.dirname, 'watch-process.mjs')).href;

const lines = <T>(path: string): T[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

/** Trains as YAML says, into a folder that is gone afterwards. */
export async function trainOnce(yaml: string, scratch: string): Promise<BenchRun> {
  const folder = join(scratch, 'run');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const [config, watched] = [join(scratch, 'run.yaml'), join(scratch, 'watched.jsonl')];
  writeFileSync(config, yaml);
  writeFileSync(watched, '');
  const env = { ...process.env, NODE_OPTIONS: `--import ${WATCH}`, CL_BENCH_WATCH: watched };
  await capture(process.execPath, [resolve('bin/cl-train.js'), '-c', config, '--output', folder, '--quiet'], { env });
  const run = { records: lines<MetricsRecord>(join(folder, 'metrics.jsonl')), samples: lines<ProcessSample>(watched) };
  rmSync(folder, { recursive: true });
  return run;
}

/** Seconds that each step took, all that came between it and the one before included; without the first ones. */
export function stepSeconds(
  { records }: BenchRun,
  without: number,
): { readonly step: number; readonly seconds: number }[] {
  const steps = records.flatMap((record) => (record.type === 'step' ? [record] : []));
  return steps.slice(without + 1).map((record, i) => ({
    step: record.step,
    seconds: (Date.parse(record.time) - Date.parse(steps[without + i]?.time ?? '')) / 1000,
  }));
}
