import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** The files of a run by their paths, and the bytes of its checkpoints. */
function contentOf(run: string): Map<string, Buffer | undefined> {
  const names = readdirSync(run, { recursive: true, encoding: 'utf8' }).sort();
  const isCheckpoint = (name: string): boolean => name.endsWith('.safetensors');
  return new Map(names.map((name) => [name, isCheckpoint(name) ? readFileSync(join(run, name)) : undefined]));
}

/**
 * Kills a run at random moments and starts it again by the same `--resume auto`, then lets it end, and compares it with
 * one that nothing disturbed.
 *
 * @returns what is wrong: nothing where checkpoints and files are the same, and a last start says that it is finished.
 */
export async function restartLoop(loop: RestartLoop): Promise<string[]> {
  const { folder, program, experiment, kills, seed, say } = loop;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'run.yaml'), experiment);
  const command = (run: string): string[] => [program, '-c', 'run.yaml', '--output', run, '--resume', 'auto'];
  const problems: string[] = [];
  const whole = await startNode(command('whole'), folder).ended;
  if (whole.code !== 0) return [`The undisturbed run failed: ${whole.stderr}`];
  for (let number = 1; number <= kills; number++) {
    const moment = momentOf(seed, number);
    const { code, stderr } = await startAndKill(command('killed'), folder, moment);
    const last = stderr.trimEnd().split('\n').at(-1) ?? '';
    say(`${number}/${kills} ${code === null ? 'killed' : `ended with ${code}`} at: ${last}`);
    if (code !== null && code !== 0) problems.push(`Start ${number} ended with ${code}: ${stderr}`);
  }
  const end = await startNode(command('killed'), folder).ended;
  if (end.code !== 0) problems.push(`The last start ended with ${end.code}: ${end.stderr}`);
  const again = await startNode(command('killed'), folder).ended;
  if (again.code !== 0 || !again.stderr.includes('is finished')) {
    problems.push(`Expected a finished run, got exit code ${again.code}: ${again.stderr}`);
  }
  return [...problems, ...differences(contentOf(join(folder, 'whole')), contentOf(join(folder, 'killed')))];
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
