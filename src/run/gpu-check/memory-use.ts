import { spawnSync } from 'node:child_process';
import type { MemoryUse } from './memory-checks.ts';

/** The first card that this process may use, as `nvidia-smi -i` takes it: an index, or a name of the driver's. */
export function firstCard(environment: NodeJS.ProcessEnv = process.env): string {
  const [first = ''] = (environment['CUDA_VISIBLE_DEVICES'] ?? '').split(',');
  return first.trim() || '0';
}

/** Megabytes in use on the first visible card; undefined where `nvidia-smi` does not tell. */
export function cardMemoryUse(environment: NodeJS.ProcessEnv = process.env): number | undefined {
  const options = ['--query-gpu=memory.used', '--format=csv,noheader,nounits', '-i', firstCard(environment)];
  const { status, stdout } = spawnSync('nvidia-smi', options, { encoding: 'utf8', env: environment, timeout: 20_000 });
  const used = Number.parseFloat(stdout ?? '');
  return status === 0 && Number.isFinite(used) ? used : undefined;
}

/** What this process, and the card, have in use. */
export function memoryUse(): MemoryUse {
  return { host: process.memoryUsage().rss / 2 ** 20, device: cardMemoryUse() };
}
