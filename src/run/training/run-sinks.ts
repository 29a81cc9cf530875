import { createLog, type RunLog } from '../../report/log.ts';
import { createMetricsFile } from '../../report/metrics-jsonl.ts';
import { createProgress } from '../../report/progress-bar.ts';
import { combineSinks, type EventSink } from '../../report/sink.ts';
import type { TaskProgress } from '../../report/task-progress.ts';
import { createRunWriting } from '../folder/retry-run.ts';
import type { RunFolder } from '../folder/run-folder.ts';

/** How much is told, and how often. */
interface SinkOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Steps between two lines of metrics. */
  readonly everySteps: number;
  /** Completed steps of the run that is resumed: later lines of its metrics are dropped; undefined for a new one. */
  readonly resumeStep: number | undefined;
  /** Minutes for which a disk that is away is waited for. */
  readonly retryMinutes: number;
  /** Ends that wait. */
  readonly signal: AbortSignal;
}

/** Opens all that listens to a run: the screen, which shows tasks too, the log, and the metrics. */
export async function openSinks(
  folder: RunFolder,
  { quiet, verbose, everySteps, resumeStep, retryMinutes, signal }: SinkOptions,
): Promise<{ readonly sinks: EventSink; readonly task: TaskProgress }> {
  const progress = createProgress(process.stderr, { quiet });
  let heard: RunLog | undefined;
  const say = (message: string): void => {
    progress.note(`warning: ${message}`);
    // Written once the disk is back, if that is where the log lies.
    heard?.log.warn(message);
  };
  const retry = createRunWriting({ limitSeconds: 60 * retryMinutes, signal, say });
  const log = await createLog(folder.path, { retry, ...(verbose && { level: 'debug', verbose: progress.note }) });
  heard = log;
  const metrics = await createMetricsFile(folder.metrics, { every: everySteps, resumeStep, retry });
  return { sinks: combineSinks(progress, log, metrics), task: progress.task };
}
