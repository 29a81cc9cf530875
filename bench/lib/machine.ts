import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { cpuArithmetic } from '../../src/util/cpu-arithmetic.ts';

/** What a result was measured on, and the commit that was measured (`+` when files had been changed since). */
export function describeMachine(environment: NodeJS.ProcessEnv = process.env) {
  const { instructionSets, oneDnn, limit } = cpuArithmetic(environment);
  return {
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    instructionSets,
    oneDnn: oneDnn ?? null,
    /** ONEDNN_MAX_CPU_ISA, where it is a limit. */
    oneDnnLimit: limit ?? null,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    commit:
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no', 'src') ? '+' : ''),
  };
}

function git(...args: readonly string[]): string {
  return spawnSync('git', args, { encoding: 'utf8' }).stdout?.trim() ?? '';
}
