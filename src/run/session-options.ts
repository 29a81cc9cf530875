import type { RunConfig } from '../config/run-config.ts';
import type { SessionOptions } from '../runtime/session.ts';

/** The session settings of a configuration. */
export function sessionOptions({ device, threads, deterministic }: RunConfig): SessionOptions {
  return {
    device,
    ...(threads !== 'auto' && { threads }),
    ...(deterministic !== 'auto' && { deterministic }),
  };
}
