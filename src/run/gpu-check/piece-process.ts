import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { CheckRecord } from './check-record.ts';

/** How a process is started that makes a piece's checks and prints each as a line of JSON. */
export interface PieceCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** Milliseconds for a piece: the driver may have to compile kernels for the card, once, which takes minutes. */
const MOST_MS = 15 * 60_000;
/** Characters of standard error that are kept for a process that fails. */
const KEPT = 4000;

function parseRecord(line: string): CheckRecord | undefined {
  try {
    return JSON.parse(line) as CheckRecord;
  } catch {
    return undefined;
  }
}

/**
 * The checks that a process makes, each as soon as it is there. A process that fails or crashes ends with a record that
 * says so: a card, or a driver, can take it down.
 */
export async function* pieceRecords(
  piece: string,
  { file, args, environment }: PieceCommand,
  signal: AbortSignal,
): AsyncGenerator<CheckRecord> {
  signal.throwIfAborted();
  const begun = performance.now();
  const child = spawn(file, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], timeout: MOST_MS });
  const stop = (): void => void child.kill();
  signal.addEventListener('abort', stop);
  let errors = '';
  child.stderr.on('data', (part: Buffer) => {
    errors = `${errors}${part}`.slice(-KEPT);
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, by) => resolve(code === 0 ? undefined : `it ended with ${by ?? `exit code ${code}`}`));
  });
  let made = 0;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const record = parseRecord(line);
      if (record === undefined) continue;
      made++;
      yield record;
    }
    const failure = await ended;
    signal.throwIfAborted();
    if (failure === undefined && made > 0) return;
    yield {
      ...{ piece, name: 'its process', ok: false, limit: 'all checks are made' },
      measured: `${failure ?? 'it made no check'}, after ${made}`,
      note: errors.trim().split('\n').slice(-3).join(' | ') || undefined,
      seconds: Number(((performance.now() - begun) / 1000).toFixed(2)),
    };
  } finally {
    signal.removeEventListener('abort', stop);
    child.kill();
  }
}
