import { createLog } from '../../report/log.ts';
import { createMetricsFile } from '../../report/metrics-jsonl.ts';
import { createProgress } from '../../report/progress-bar.ts';
import { combineSinks, type EventSink } from '../../report/sink.ts';
import type { RunFolder } from '../folder/run-folder.ts';

/** How much is told, and how often. */
interface SinkOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Steps between two lines of metrics. */
  readonly everySteps: number;
  /** Completed steps of the run that is resumed: later lines of its metrics are dropped; undefined for a new one. */
  readonly resumeStep: number | undefined;
}

/** Opens all that listens to a run: the screen, the log, and the metrics. */
export async function openSinks(
  folder: RunFolder,
  { quiet, verbose, everySteps, resumeStep }: SinkOptions,
): Promise<EventSink> {
  const progress = createProgress(process.stderr, { quiet });
  const log = await createLog(folder.path, verbose ? { level: 'debug', verbose: progress.note } : {});
  const metrics = await createMetricsFile(folder.metrics, { every: everySteps, resumeStep });
  return combineSinks(progress, log, metrics);
}
