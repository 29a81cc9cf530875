import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a program wrote to standard output, and the most memory that it had resident. */
export interface Captured {
  readonly text: string;
  readonly peakBytes: number;
}

/** Milliseconds between two looks; the system keeps the peak, so that only the last moment may be missed. */
const EVERY_MS = 50;

function highWaterMark(pid: number | undefined): number {
  try {
    return 1024 * Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Runs a program to its end and watches its memory (Linux). */
export function capturePeak(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Captured> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const parts: Buffer[] = [];
    let peakBytes = 0;
    const timer = setInterval(() => {
      peakBytes = Math.max(peakBytes, highWaterMark(child.pid));
    }, EVERY_MS);
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.on('error', failed);
    child.on('close', (status, signal) => {
      clearInterval(timer);
      if (status === 0) done({ text: Buffer.concat(parts).toString(), peakBytes });
      else failed(new Error(`${command} ${args.join(' ')} ended with ${signal ?? `exit status ${status}`}.`));
    });
  });
}
