import { join } from 'node:path';
import pino from 'pino';
import type { TrainEvent } from '../train/events.ts';
import { UserError } from '../util/errors.ts';
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
 * form, for standard error or a bar's `note`.
 *
 * @throws UserError when the file can't be opened.
 */
export async function createLog(
  folder: string,
  options: { level?: LogLevel; verbose?: (line: string) => void; colors?: boolean } = {},
): Promise<RunLog> {
  const { level = 'info', verbose, colors = false } = options;
  const path = join(folder, 'log.jsonl');
  let file: ReturnType<typeof pino.destination>;
  try {
    file = pino.destination({ dest: path, sync: true, append: true });
  } catch (error) {
    throw new UserError(`Cannot write ${path}: ${(error as Error).message}.`, { cause: error });
  }
  const streams: pino.StreamEntry[] = [{ level, stream: file }];
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
  let open = true;
  return {
    log,
    handle(event) {
      const [at, message] = entryFor(event);
      log[at](event, message);
    },
    async close() {
      if (!open) return;
      open = false;
      file.flushSync();
      file.end();
    },
  };
}
