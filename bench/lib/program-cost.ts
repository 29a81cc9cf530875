import { capture } from './capture.ts';

/** What a program took. */
export interface ProgramCost {
  readonly seconds: number;
  /** Of the processor, over all threads and the processes that it waited for. */
  readonly cpuSeconds: number;
  /** The most memory that it, or the largest of its processes, held. */
  readonly peakMiB: number;
}

/**
 * Python that runs a program (`-c MEASURE OUTPUT COMMAND ...`), writes both of its streams to OUTPUT, prints its
 * {@link ProgramCost} and ends with its exit code. Node tells nothing about the memory of a child that has ended.
 */
export const MEASURE = `
import json, resource, subprocess, sys, time
with open(sys.argv[1], 'wb') as output:
    started = time.monotonic()
    ended = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    seconds = time.monotonic() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cost = {'seconds': seconds, 'cpuSeconds': used.ru_utime + used.ru_stime, 'peakMiB': used.ru_maxrss / 1024}
print(json.dumps(cost))
sys.exit(ended.returncode)
`;

/** Runs a program to its end and says what it took; what it prints is dropped. */
export async function measureProgram(command: string, args: readonly string[]): Promise<ProgramCost> {
  return JSON.parse(await capture('python3', ['-c', MEASURE, '/dev/null', command, ...args])) as ProgramCost;
}
