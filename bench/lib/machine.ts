import os from 'node:os';

/** What a result was measured on. */
export function describeMachine(): { processor: string; cores: number; memoryGiB: number; node: string; date: string } {
  return {
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  };
}
