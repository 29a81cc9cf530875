import type { RunConfig } from '../../config/run-config.ts';
import type { SessionOptions } from '../../runtime/session-settings.ts';

/** The session that settings ask for; `auto` is left to the session. */
export function sessionOptions({
  device,
  threads,
  deterministic,
  gpu,
}: Pick<RunConfig, 'device' | 'threads' | 'deterministic' | 'gpu'>): SessionOptions {
  return {
    device,
    threads: threads === 'auto' ? undefined : threads,
    deterministic: deterministic === 'auto' ? undefined : deterministic,
    gpu,
  };
}
