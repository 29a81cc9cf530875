import { availableParallelism } from 'node:os';
import type { RunConfig } from '../../config/run-config.ts';
import { createTaskProgress } from '../../report/task-progress.ts';
import { formatPlural } from '../../util/format-count.ts';
import { writeText } from '../../util/write-text.ts';
import { benchData, type DataBench, type DataBenchOptions, STAGES, type Stage } from './data-bench.ts';

const MEANINGS: Readonly<Record<Stage, string>> = {
  read: 'files read',
  decode: 'decoded, all workers',
  crop: 'cropped and resized, one thread',
  host: 'all that the host does: ready for the device',
  views: 'colours, blur, normalisation on the device',
  whole: 'host and device together: ready for the network',
  step: 'training steps on one batch in memory',
};

/**
 * A step that takes less than this share of what the host prepares never waits; the CPU's other work needs the rest.
 */
const AMPLE = 0.8;

/** Images that are this much wider than a view, on the short side, are worth packing smaller. */
const WASTEFUL = 1.4;
/** Pixels of the short side up to which decoding costs the same whatever the size. */
const SMALL = 128;

/** What would make the data arrive faster, each a sentence; empty where nothing is known to. */
export function adviceFor({ rates, typical, workers, viewSize, device }: DataBench, cores: number): string[] {
  const { read = Infinity, decode = Infinity, crop = Infinity, host = 0, views = Infinity, step } = rates;
  const advice: string[] = [];
  if (step !== undefined && step < AMPLE * host) {
    return [
      `Steps take ${round(step)} images/s and the host prepares ${round(host)}: training will not wait for data.`,
    ];
  }
  if (step !== undefined) {
    advice.push(`Steps take ${round(step)} images/s and the host prepares ${round(host)}: training may wait for data.`);
  }
  if (typical === undefined) return advice;
  const short = Math.min(typical.height, typical.width);
  if (workers < cores)
    advice.push(`${workers} of ${formatPlural(cores, 'core')} decode: --set data.workers=auto uses all.`);
  if (read < 2 * decode) advice.push('Reading is slow: shards are read in long stretches (cl-data pack).');
  if (decode < 2 * crop && short > Math.max(SMALL, WASTEFUL * viewSize)) {
    const size = Math.round((viewSize * 256) / 224);
    advice.push(
      `Images of ${typical.width} x ${typical.height} are decoded for views of ${viewSize}: cl-data pack --size ${size} decodes faster.`,
    );
  } else if (decode < crop / 2) {
    advice.push('Decoding takes most of the time: cl-data pack --format raw needs none, for five times the space.');
  }
  if (device.startsWith('CPU') && views < host) {
    advice.push('The views are made on the CPU; on a GPU they cost next to nothing.');
  }
  return advice;
}

const round = (rate: number): string => Math.round(rate).toLocaleString('en-US');

/** The result as lines for a terminal. */
export function formatDataBench(bench: DataBench, cores: number): string {
  const { typical, rates } = bench;
  const size =
    typical && `, ${typical.width} x ${typical.height} in ${Math.round(typical.bytes / 1000)} kB at the median`;
  const stages = STAGES.flatMap((stage) => {
    const rate = rates[stage];
    return rate === undefined ? [] : [`  ${stage.padEnd(7)}${round(rate).padStart(9)} images/s  ${MEANINGS[stage]}`];
  });
  return [
    `${bench.data}; ${bench.storage}${size ?? ''}`,
    `${bench.device}, ${formatPlural(bench.workers, 'worker')}, batches of ${bench.batchSize}, views of ${formatPlural(bench.viewSize, 'pixel')}`,
    ...stages,
    ...adviceFor(bench, cores),
    '',
  ].join('\n');
}

/** Runs the benchmark and prints its result to standard output. */
export async function printDataBench(
  config: RunConfig,
  { json, quiet, ...options }: Omit<DataBenchOptions, 'task'> & { readonly json: boolean; readonly quiet: boolean },
): Promise<void> {
  const task = createTaskProgress(process.stderr, { quiet });
  const bench = await benchData(config, { ...options, task });
  const cores = availableParallelism();
  if (json) process.stdout.write(`${JSON.stringify({ ...bench, advice: adviceFor(bench, cores) }, undefined, 2)}\n`);
  else writeText(process.stdout, formatDataBench(bench, cores));
}
