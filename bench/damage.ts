import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomStream } from '../src/util/rng.ts';
import { checkpointPart } from './lib/damage-checkpoint.ts';
import { configPart } from './lib/damage-config.ts';
import { dataPart } from './lib/damage-data.ts';
import type { Damaged, DamagePart, Outcome } from './lib/damage-part.ts';
import { createReader } from './lib/damage-reader.ts';
import { describeMachine } from './lib/machine.ts';
import { keepParts } from './lib/results.ts';
import { formatTable } from './lib/table.ts';

const PARTS: Readonly<Record<string, () => Promise<DamagePart>>> = {
  checkpoint: checkpointPart,
  config: configPart,
  data: dataPart,
};

const USAGE = `Use: npm run bench -- damage [--part ${Object.keys(PARTS).join(',')}] [--seed 1] [--count 2000] [--from 0] [--keep FOLDER]

Damages files by a seed, reads each as the programs do, and judges what comes of it: a message for people, in bounded
time, memory and length. Exits with 1 where one is not. --from N --count 1 makes the file of that number again; --keep
keeps those that were judged wrong.`;

const { values } = parseArgs({
  options: {
    part: { type: 'string', default: Object.keys(PARTS).join(',') },
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '2000' },
    from: { type: 'string', default: '0' },
    keep: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [seed, count, from] = [values.seed, values.count, values.from].map(Number) as [number, number, number];
const names = values.part.split(',');
const isCount = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;
const isKnown = names.every((name) => Object.hasOwn(PARTS, name));
if (values.help || !isKnown || !isCount(seed, 0) || !isCount(count, 1) || !isCount(from, 0)) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

const scratch = mkdtempSync(join(tmpdir(), 'cl-bench-damage-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const MIB = 2 ** 20;

/** A damaged file with what came of it. */
interface Judged extends Damaged, Outcome {
  readonly problem: string | undefined;
}

async function judge(name: string, part: DamagePart): Promise<Judged[]> {
  const reader = createReader(part);
  const judged: Judged[] = [];
  for (let index = from; index < from + count; index++) {
    const folder = join(scratch, `${name}-${seed}-${index}`);
    mkdirSync(folder);
    const damaged = await part.make(index, randomStream(seed, index), folder);
    let outcome = await reader.read(damaged.path);
    let problem = part.problem(outcome, damaged);
    // What else the machine does may have slowed it down.
    if (problem !== undefined) {
      outcome = await reader.read(damaged.path);
      problem = part.problem(outcome, damaged);
    }
    if (problem !== undefined) {
      console.error(`${name} ${index} (${damaged.kind}): ${problem}`);
      if (values.keep !== undefined) {
        cpSync(folder, join(values.keep, basename(folder)), {
          recursive: true,
          filter: (path) => !statSync(path).isFIFO(),
        });
      }
    }
    judged.push({ ...damaged, ...outcome, problem });
    rmSync(folder, { recursive: true });
    if ((index + 1) % 100 === 0) console.error(`${name}: ${index + 1 - from} of ${count}`);
  }
  await reader.close();
  return judged;
}

/** Of each kind of damage: how many there were, what came of them, and the worst of each bound. */
function summarize(judged: readonly Judged[]) {
  const kinds = [...new Set(judged.map(({ kind }) => kind))].sort();
  return kinds.map((kind) => {
    const of = judged.filter((each) => each.kind === kind);
    const number = (test: (each: Judged) => boolean): number => of.filter(test).length;
    const most = (value: (each: Judged) => number): number => Math.max(...of.map(value));
    return {
      ...{ kind, files: of.length },
      ...{ refused: number(({ how }) => how === 'refused'), read: number(({ how }) => how === 'read') },
      wrong: number(({ problem }) => problem !== undefined),
      mostSeconds: Number(most(({ seconds }) => seconds).toFixed(2)),
      mostMiB: Math.round(most(({ peakBytes }) => peakBytes) / MIB),
      longestMessage: most(({ message }) => message.length),
    };
  });
}

const rows: string[][] = [];
let wrong = 0;
for (const name of names) {
  const judged = await judge(name, await (PARTS[name] as () => Promise<DamagePart>)());
  const summaries = summarize(judged);
  rows.push(...summaries.map(({ kind, ...figures }) => [`${name}: ${kind}`, ...Object.values(figures).map(String)]));
  wrong += judged.filter(({ problem }) => problem !== undefined).length;
  keepParts('damage', { [name]: { measured: describeMachine({}), seed, from, count, kinds: summaries } });
}
console.log(formatTable(['damage', 'files', 'refused', 'read', 'wrong', 'most s', 'most MiB', 'longest'], rows));
console.log(wrong === 0 ? 'All are judged right.' : `${wrong} are not.`);
if (wrong > 0) process.exitCode = 1;
