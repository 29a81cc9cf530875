import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { MEASURE, type ProgramCost } from './program-cost.ts';

/** What a program took, what it printed, and how it ended. */
export interface WatchedProgram {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most memory that all of its processes held together; what they share counts once. */
  readonly peakMiB: number;
  /** Seconds until `file` had what was waited for; undefined where it never did. */
  readonly eventSeconds?: number | undefined;
  readonly exitCode: number;
  /** Both of its streams, as they came. */
  readonly text: string;
}

/** A line that a program writes to a file of its own. */
export interface AwaitedLine {
  readonly file: string;
  readonly pattern: RegExp;
}

interface WatchOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Where its output is kept while it runs. */
  readonly output: string;
  readonly awaited?: AwaitedLine | undefined;
}

/** Milliseconds between two looks at the file. */
const LOOK_MS = 50;
/** Milliseconds between two looks at the memory, which walk all processes of the machine. */
const MEMORY_MS = 250;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The processes of a session, without its leader. */
function membersOf(session: number): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === session) return false;
    // The name, in brackets, may hold anything; behind it: state, parent, group, session.
    const [, rest = ''] = /\) (.*)/s.exec(read(`/proc/${pid}/stat`)) ?? [];
    return Number(rest.split(' ')[3]) === session;
  });
}

/** The memory of processes, with each shared page divided among those that share it (PSS). */
function memoryMiB(pids: readonly string[]): number {
  const kilobytes = pids.map((pid) => Number(/^Pss:\s*(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0));
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1024;
}

/** Runs a program to its end, whatever that is, and watches it with all the processes that it starts (Linux). */
export function watchProgram(
  [command, ...args]: readonly [string, ...string[]],
  { env, output, awaited }: WatchOptions,
): Promise<WatchedProgram> {
  return new Promise((done, failed) => {
    const begun = performance.now();
    // A session of its own, by which its processes are found whoever their parent is.
    const child = spawn('python3', ['-c', MEASURE, output, command, ...args], {
      ...{ env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
    });
    const { pid = Number.NaN } = child;
    let peakMiB = 0;
    let eventSeconds: number | undefined;
    let cost = '';
    const memory = setInterval(() => {
      peakMiB = Math.max(peakMiB, memoryMiB(membersOf(pid)));
    }, MEMORY_MS);
    const look = setInterval(() => {
      if (awaited === undefined || eventSeconds !== undefined || !awaited.pattern.test(read(awaited.file))) return;
      eventSeconds = (performance.now() - begun) / 1000;
    }, LOOK_MS);
    child.stdout?.on('data', (part: Buffer) => {
      cost += part.toString();
    });
    child.on('error', failed);
    child.on('close', (status) => {
      clearInterval(memory);
      clearInterval(look);
      if (cost === '') return failed(new Error(`${command} could not be run.`));
      const { seconds, cpuSeconds } = JSON.parse(cost) as ProgramCost;
      done({ seconds, cpuSeconds, peakMiB, eventSeconds, exitCode: status ?? Number.NaN, text: read(output) });
    });
  });
}
