import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A race of processes for one lock. */
export interface LockRace {
  /** The module to race for: its `withCloneLock`, or its `withLock`. */
  readonly module: string;
  /** Where the lock lies; without it in a new folder, as `lock`. */
  readonly lock?: string | undefined;
  readonly rounds: number;
  readonly processes: number;
  /** What a dead owner left in the lock, given its process id; undefined for no lock to begin with. */
  readonly leftBehind?: ((process: number) => string) | undefined;
}

/** What races came to. */
export interface LockRaceOutcome {
  /** Rounds in which two owned the lock at once. */
  readonly broken: number;
  /** Files that were left beside the lock. */
  readonly left: readonly string[];
}

/** Milliseconds until the processes start together. */
const HEAD_START = 15;

/** Has processes race for a lock, round by round, in each of them from the same millisecond on. */
export async function raceForLock({ module, rounds, processes, ...race }: LockRace): Promise<LockRaceOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'lock-race-'));
  const racers = Array.from({ length: processes }, () => startRacer(module));
  try {
    await Promise.all(racers.map(({ next }) => next()));
    const left: string[] = [];
    let broken = 0;
    for (let round = 0; round < rounds; round++) {
      const place = join(folder, String(round));
      mkdirSync(place);
      const lock = race.lock ?? join(place, 'lock');
      if (race.leftBehind !== undefined) writeFileSync(lock, race.leftBehind(spawnSync('true').pid));
      const time = Date.now() + HEAD_START;
      for (const { child } of racers) child.stdin.write(`${place} ${time}\n`);
      const met = await Promise.all(racers.map(({ next }) => next()));
      if (met.some((others) => others !== 'alone')) broken++;
      left.push(...readdirSync(join(lock, '..')));
      rmSync(place, { recursive: true });
    }
    return { broken, left };
  } finally {
    await Promise.all(racers.map(({ close }) => close()));
    rmSync(folder, { recursive: true });
  }
}

function startRacer(module: string) {
  const script = fileURLToPath(new URL('lock-racer.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, module], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    async next(): Promise<string> {
      const { value, done } = await lines.next();
      if (done) throw new Error('A process of the race ended early.');
      return value;
    },
    async close(): Promise<void> {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    },
  };
}
