import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { capture } from './lib/capture.ts';
import { describeMachine } from './lib/machine.ts';
import { measureProgram, type ProgramCost } from './lib/program-cost.ts';
import { readResults, renewResults, writeResults } from './lib/results.ts';
import { makeScaleSets, type ScaleSet } from './lib/scale-sets.ts';
import { formatTable } from './lib/table.ts';

const USAGE = `Use: npm run bench -- data-scale [--share 1] [--sample 1000] [--whole] [--only files] [--beside CHECKOUT] [--folder TEMPORARY]

What 200,000 files, 100,000 classes and lists of 5,000,000 rows cost: cl-data inspect of a sample (mostly opening) and, with
--whole, of all images, and cl-train --dry-run. --beside names another checkout that is built, which takes turns with this one.
Takes 500,000 links and 100,000 folders of the disk, and no more than 3 GB.`;

const { values } = parseArgs({
  options: {
    share: { type: 'string', default: '1' },
    sample: { type: 'string', default: '1000' },
    whole: { type: 'boolean', default: false },
    only: { type: 'string' },
    beside: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});
const [share, sample] = [Number(values.share), Number(values.sample)];
if (values.help || !(share > 0 && share <= 1) || !(sample >= 1)) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

const checkouts = ['.', ...(values.beside === undefined ? [] : [values.beside])];

/** The commands that are measured, each with what it is called. */
function commandsOf({ path }: ScaleSet): (readonly [name: string, program: string, args: readonly string[]])[] {
  const inspect = ['inspect', path, '--quiet'];
  return [
    [`inspect --sample ${sample}`, 'cl-data.js', [...inspect, '--sample', String(sample)]],
    ...(values.whole ? [['inspect', 'cl-data.js', inspect] as const] : []),
    ['cl-train --dry-run', 'cl-train.js', ['--config', join('configs', 'simclr.yaml'), '--data', path, '--dry-run']],
  ];
}

interface Result {
  readonly set: string;
  readonly command: string;
  /** One for each checkout, this one first. */
  readonly costs: readonly ProgramCost[];
}

const round = (value: number): number => Number(value.toFixed(1));

async function measureSet(set: ScaleSet): Promise<Result[]> {
  const results: Result[] = [];
  for (const [command, program, args] of commandsOf(set)) {
    const costs: ProgramCost[] = [];
    for (const checkout of checkouts) {
      console.error(`${set.name}: ${command} (${checkout})`);
      const { seconds, cpuSeconds, peakMiB } = await measureProgram(process.execPath, [
        join(checkout, 'bin', program),
        ...args,
      ]);
      costs.push({ seconds: round(seconds), cpuSeconds: round(cpuSeconds), peakMiB: Math.round(peakMiB) });
    }
    results.push({ set: set.name, command, costs });
  }
  return results;
}

const folder = mkdtempSync(join(values.folder, 'data-scale-'));
const results: Result[] = [];
try {
  console.error(`making the data in ${folder}`);
  const sets = await makeScaleSets(folder, share);
  const { only = '' } = values;
  for (const set of sets.filter(({ name }) => name.includes(only))) results.push(...(await measureSet(set)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const beside =
  values.beside && (await capture('git', ['-C', values.beside, 'rev-parse', '--short', 'HEAD']).catch(() => 'unknown'));
const { results: kept = [] } = readResults<{ results: readonly Result[] }>('data-scale');
const measured = { ...describeMachine(), beside: beside?.trim(), share, sample };
const now = results.map((each) => ({ ...each, measured }));
const renewed = renewResults<Result>(kept, now, ({ set, command }) => `${set}, ${command}`);
writeResults('data-scale', { bench: 'data-scale', results: renewed });
const heading = checkouts.flatMap((_, i) => (i === 0 ? ['s', 'CPU s', 'MiB'] : [`${beside}: s`, 'CPU s', 'MiB']));
console.log(
  formatTable(
    ['data-scale', ...heading],
    results.map(({ set, command, costs }) => [
      `${set}, ${command}`,
      ...costs.flatMap((cost) => [cost.seconds, cost.cpuSeconds, cost.peakMiB].map(String)),
    ]),
  ),
);
