import { readFileSync, writeFileSync } from 'node:fs';
import { UserError } from '../../src/util/errors.ts';
import type { Outcome } from './damage-part.ts';

// Reads files, one for each message, by the module that is named: node --expose-gc --import tsx damage-reader-child.ts
// MODULE

const { read } = (await import(process.argv[2] as string)) as { read: (path: string) => Promise<unknown> };

/** Forgets the most memory that was held so far (proc(5)). */
function resetPeak(): void {
  (globalThis as { gc?: (() => void) | undefined }).gc?.();
  writeFileSync('/proc/self/clear_refs', '5');
}

function peakBytes(): number {
  return 1024 * Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0);
}

async function outcomeOf(path: string): Promise<Outcome> {
  resetPeak();
  const begun = performance.now();
  const told = (how: Outcome['how'], message: string): Outcome => {
    const seconds = (performance.now() - begun) / 1000;
    return { how, message, seconds, peakBytes: peakBytes() };
  };
  try {
    await read(path);
    return told('read', '');
  } catch (error) {
    if (error instanceof UserError) return told('refused', [error.message, error.hint ?? ''].join('\n').trim());
    return told('failed', String(error instanceof Error ? error.stack : error).slice(0, 1000));
  }
}

process.on('message', (path: string) => void outcomeOf(path).then((outcome) => process.send?.(outcome)));
process.send?.('ready');
