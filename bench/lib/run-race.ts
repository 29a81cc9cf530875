import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNode } from './kill-run.ts';

/** What a process says once it works in a run's folder. */
const AT_WORK = 'recording the graph';

const REFUSED = 'error: expected a run folder that no other process uses';

/**
 * Starts the same training twice in one go, and kills the one that owns the run's folder once the other has ended.
 *
 * @returns what the refused one said.
 * @throws Error where both worked in the folder, or none, or the lock named another process than the one at work.
 */
export async function raceForRun(command: readonly string[], cwd: string, run: string): Promise<string> {
  const racers = [startNode(command, cwd), startNode(command, cwd)];
  const bothAtWork = new Promise<never>((_, reject) => {
    const look = (): void => {
      if (racers.every((racer) => racer.stderr().includes(AT_WORK))) reject(new Error(`Both worked in ${run}.`));
    };
    for (const racer of racers) racer.onOutput(look);
  });
  try {
    const first = racers.map(async (racer) => ({ racer, outcome: await racer.ended }));
    const { racer: loser, outcome } = await Promise.race([bothAtWork, ...first]);
    if (outcome.code !== 1 || !outcome.stderr.includes(REFUSED)) {
      throw new Error(`Expected a refusal, got exit code ${outcome.code}: ${outcome.stderr}`);
    }
    const owner = racers.find((racer) => racer !== loser);
    const { process: named } = JSON.parse(readFileSync(join(cwd, run, 'run.lock'), 'utf8')) as { process: number };
    if (named !== owner?.pid) throw new Error(`The lock names process ${named}, but ${owner?.pid} is at work.`);
    return outcome.stderr;
  } finally {
    for (const racer of racers) racer.kill();
    await Promise.all(racers.map((racer) => racer.ended));
  }
}
