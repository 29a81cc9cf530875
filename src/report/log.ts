import { join } from 'node:path';
import pino from 'pino';
import type { TrainEvent } from '../train/events.ts';
import type { Retry } from '../util/retry.ts';
import { terminalText } from '../util/terminal-text.ts';
import { openAppendFile } from './append-file.ts';
import { checkpointText, endText, evaluationText, startLines, warningText } from './event-text.ts';
import type { EventSink } from './sink.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** What other parts of a run may say to the log: a record of facts, then a sentence. */
export type Log = Pick<pino.Logger, LogLevel>;

/** A log and the sink that writes a run's events to it. */
export interface RunLog extends EventSink {
  readonly log: Log;
}

function entryFor(event: TrainEvent): [LogLevel, string] {
  switch (event.type) {
    case 'start':
      return ['info', startLines(event).join('; ')];
    case 'step':
      return ['trace', `step ${event.step}`];
    case 'epoch':
      return ['info', `epoch ${event.epoch} done`];
    case 'evaluation':
      return ['info', evaluationText(event.evaluation)];
    case 'checkpoint':
      return ['info', checkpointText(event)];
    case 'warning':
      return ['warn', warningText(event)];
    case 'end':
      return [event.reason === 'failed' ? 'error' : 'info', endText(event)];
  }
}

/**
 * Appends to `log.jsonl` in `folder`, one JSON line each, written at once so that a crash loses none.
 *
 * `level` (info) is the least that is kept; steps are trace. `verbose` also gets every line in readable
 * form, for standard error or a bar's `note`. What can't be written is tried again by `retry`, where there is one.
 *
 * @throws UserError when the file can't be opened; `handle` throws one when it can't be written.
 */
export async function createLog(
  folder: string,
  options: {
    level?: LogLevel | undefined;
    verbose?: ((line: string) => void) | undefined;
    colors?: boolean | undefined;
    retry?: Retry | undefined;
  } = {},
): Promise<RunLog> {
  const { level = 'info', verbose, colors = false, retry = async (work) => work() } = options;
  const file = openAppendFile(join(folder, 'log.jsonl'));
  let unwritten: string[] = [];
  const writeAll = (): void => {
    for (let [line] = unwritten; line !== undefined; [line] = unwritten) {
      file.append(line);
      unwritten.shift();
    }
  };
  // pino's own synchronous destination retries for ever when the disk is full.
  const write = (line: string): void => {
    unwritten.push(line);
    try {
      writeAll();
    } catch {
      // The next event tells of it, and tries again.
    }
  };
  const streams: pino.StreamEntry[] = [{ level, stream: { write } }];
  if (verbose !== undefined) {
    // Loading it doubles the log's start-up: only when it is wanted.
    const { prettyFactory } = await import('pino-pretty');
    const pretty = prettyFactory({ colorize: colors, ignore: 'pid,hostname', hideObject: true });
    streams.push({ level, stream: { write: (line) => verbose(pretty(line).trimEnd()) } });
  }
  const log = pino(
    { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.multistream(streams),
  );
  let isTold = false;
  return {
    log,
    async handle(event) {
      const [at, message] = entryFor(event);
      log[at](event, terminalText(message));
      if (unwritten.length === 0) return;
      try {
        await retry(writeAll);
      } catch (error) {
        unwritten = [];
        // Said once; what comes after is lost in silence, so that the run can still end in order.
        if (isTold) return;
        isTold = true;
        throw error;
      }
    },
    async close() {
      file.close();
    },
  };
}
