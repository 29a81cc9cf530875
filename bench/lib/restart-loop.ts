import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTemporaryName } from '../../src/util/atomic-write.ts';
import { randomStream } from '../../src/util/rng.ts';
import { type KillMoment, startAndKill, startNode } from './kill-run.ts';

/** A run that is started, and started again, by one command. */
export interface RestartLoop {
  /** An empty folder to work in. */
  readonly folder: string;
  /** `bin/cl-train.js`. */
  readonly program: string;
  /** The experiment as YAML. */
  readonly experiment: string;
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** Milliseconds after the start within which half of the kills fall: loading, decoding, recording, first steps. */
const START_MS = 6000;

/** Milliseconds after the first checkpoint within which the others fall: steps, saving, evaluation. */
const SAVED_MS = 600;

/** The moment of a kill, of a seed and its number alone. */
function momentOf(seed: number, number: number): KillMoment {
  const random = randomStream(seed, number);
  const isEarly = random.uniform() < 0.5;
  const share = random.uniform();
  return isEarly ? { milliseconds: share * START_MS } : { after: 'checkpoint /', milliseconds: share * SAVED_MS };
}

/** What a start did when it was killed, by the last line that it had said. */
const STAGES: readonly (readonly [stage: string, said: RegExp])[] = [
  ['before its first word', /^$/],
  ['evaluating', /kNN|evaluat/],
  ['training and saving', /checkpoint \/|step \d|going on after/],
  ['loading and recording', /./],
];

/** The temporary files of checkpoints that a killed start was writing. */
function halfWritten(checkpoints: string): string[] {
  return existsSync(checkpoints) ? readdirSync(checkpoints).filter(isTemporaryName) : [];
}

function stageOf(last: string): string {
  return STAGES.find(([, said]) => said.test(last))?.[0] as string;
}

/** The files of a run by their paths, and the bytes of its checkpoints. */
function contentOf(run: string): Map<string, Buffer | undefined> {
  const names = readdirSync(run, { recursive: true, encoding: 'utf8' }).sort();
  const isCheckpoint = (name: string): boolean => name.endsWith('.safetensors');
  return new Map(names.map((name) => [name, isCheckpoint(name) ? readFileSync(join(run, name)) : undefined]));
}

/** What came of a loop. */
export interface LoopResult {
  /** What is wrong: nothing where checkpoints and files are the same, and a last start says that it is finished. */
  readonly problems: readonly string[];
  /** Starts that ended before they could be killed. */
  readonly finished: number;
  /** How many were killed at each stage. */
  readonly stages: Readonly<Record<string, number>>;
}

/** The step of the last checkpoint that a run told of; 0 for none. */
function toldStep(stderr: string): number {
  return Number([...stderr.matchAll(/checkpoint \/.*step-(\d+)\.safetensors/g)].at(-1)?.[1] ?? 0);
}

/** The step that a run went on after; undefined where it was killed before it said so. */
function startedAfter(stderr: string): number | undefined {
  const told = /going on after step ([\d,]+)/.exec(stderr)?.[1];
  return told === undefined ? undefined : Number(told.replaceAll(',', ''));
}

/**
 * Kills a run at random moments and starts it again by the same `--resume auto`, then lets it end, and compares it with
 * one that nothing disturbed. Each start must go on from the last checkpoint that was told of, or a later one.
 */
export async function restartLoop(loop: RestartLoop): Promise<LoopResult> {
  const { folder, program, experiment, kills, seed, say } = loop;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'run.yaml'), experiment);
  const command = (run: string): string[] => [program, '-c', 'run.yaml', '--output', run, '--resume', 'auto'];
  const problems: string[] = [];
  const whole = await startNode(command('whole'), folder).ended;
  if (whole.code !== 0) return { problems: [`The undisturbed run failed: ${whole.stderr}`], finished: 0, stages: {} };
  const checkpoints = join(folder, 'killed', 'checkpoints');
  const stages: Record<string, number> = {};
  let finished = 0;
  let saved = 0;
  for (let number = 1; number <= kills; number++) {
    const moment = momentOf(seed, number);
    const left = halfWritten(checkpoints);
    const { code, stderr } = await startAndKill(command('killed'), folder, moment);
    const last = stderr.trimEnd().split('\n').at(-1) ?? '';
    const isWriting = halfWritten(checkpoints).some((name) => !left.includes(name));
    const stage = isWriting ? 'with a checkpoint half written' : stageOf(last);
    if (code === null) stages[stage] = (stages[stage] ?? 0) + 1;
    say(`${number}/${kills} ${code === null ? `killed ${stage}` : `ended with ${code}`}: ${last}`);
    finished += code === 0 ? 1 : 0;
    const from = startedAfter(stderr);
    if (from !== undefined && from < saved) problems.push(`Start ${number} went on after step ${from}, not ${saved}.`);
    saved = Math.max(saved, toldStep(stderr));
    if (code !== null && code !== 0) problems.push(`Start ${number} ended with ${code}: ${stderr}`);
  }
  const end = await startNode(command('killed'), folder).ended;
  if (end.code !== 0) problems.push(`The last start ended with ${end.code}: ${end.stderr}`);
  const again = await startNode(command('killed'), folder).ended;
  if (again.code !== 0 || !again.stderr.includes('is already finished')) {
    problems.push(`Expected a finished run, got exit code ${again.code}: ${again.stderr}`);
  }
  problems.push(...differences(contentOf(join(folder, 'whole')), contentOf(join(folder, 'killed'))));
  return { problems, finished, stages };
}

function differences(
  wanted: ReadonlyMap<string, Buffer | undefined>,
  got: ReadonlyMap<string, Buffer | undefined>,
): string[] {
  const missing = [...wanted.keys()].filter((name) => !got.has(name)).map((name) => `${name} is missing.`);
  const stray = [...got.keys()].filter((name) => !wanted.has(name)).map((name) => `${name} is left over.`);
  const other = [...wanted].filter(([name, bytes]) => bytes && got.get(name)?.equals(bytes) === false);
  return [...missing, ...stray, ...other.map(([name]) => `${name} has other bytes.`)];
}
