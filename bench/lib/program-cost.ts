import { capture } from './capture.ts';

/** What a program took. */
export interface ProgramCost {
  readonly seconds: number;
  /** Of the processor, over all threads. */
  readonly cpuSeconds: number;
  /** The most memory that it held. */
  readonly peakMiB: number;
}

/** Node tells nothing about the memory of a child that has ended; Python does. */
const MEASURE = `
import json, resource, subprocess, sys, time
started = time.monotonic()
ended = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
seconds = time.monotonic() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cost = {'seconds': seconds, 'cpuSeconds': used.ru_utime + used.ru_stime, 'peakMiB': used.ru_maxrss / 1024}
print(json.dumps(cost))
sys.exit(ended.returncode)
`;

/** Runs a program to its end and says what it took; what it prints is dropped. */
export async function measureProgram(command: string, args: readonly string[]): Promise<ProgramCost> {
  return JSON.parse(await capture('python3', ['-c', MEASURE, command, ...args])) as ProgramCost;
}
