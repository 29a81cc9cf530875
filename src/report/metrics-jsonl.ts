import { createReadStream, existsSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { TrainEvent } from '../train/events.ts';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { UserError } from '../util/errors.ts';
import type { Retry } from '../util/retry.ts';
import { openAppendFile } from './append-file.ts';
import { type MetricsRecord, parseRecord, recordStep } from './history.ts';
import type { EventSink } from './sink.ts';

/** Events before which the step that came last is written. */
const MILESTONES: ReadonlySet<string> = new Set<TrainEvent['type']>(['epoch', 'checkpoint', 'end']);

async function* keptLines(path: string, resumeStep: number): AsyncGenerator<Uint8Array> {
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    const record = parseRecord(line);
    if (record !== undefined && recordStep(record) <= resumeStep) yield Buffer.from(`${line}\n`);
  }
}

/** Line readers split at U+2028 and U+2029 as well, which JSON leaves bare inside strings. */
function toLine(record: object): string {
  return `${JSON.stringify(record).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`;
}

/**
 * Appends every event to `path` as one JSON line with its time; numbers that JSON lacks (NaN) become null.
 *
 * With `resumeStep` the file first loses what lies beyond that step, and a line torn by a killed process, so
 * that it tells one continuous run. `every` (1) keeps the first step, each n-th, and the last before the end of an
 * epoch, a checkpoint and the end of the run: so the last one is there however a run ends, and where it goes on.
 * Lines are written whole and at once; the disk is forced at checkpoints, so that a power cut loses no more than the
 * checkpoint does. What can't be written is tried again by `retry`, where there is one.
 *
 * @throws UserError when the file exists and `resumeStep` is not given, or when it can't be written.
 */
export async function createMetricsFile(
  path: string,
  options: { resumeStep?: number | undefined; every?: number | undefined; retry?: Retry | undefined } = {},
): Promise<EventSink> {
  const { resumeStep, every = 1, retry = async (work) => work() } = options;
  const exists = existsSync(path) && statSync(path).size > 0;
  if (exists && resumeStep === undefined) {
    throw new UserError(`Expected no metrics at ${path}, found some from an earlier run.`, {
      hint: 'Go on with --resume, or choose another run folder.',
      exitCode: 2,
    });
  }
  if (exists && resumeStep !== undefined) await writeFileAtomic(path, keptLines(path, resumeStep));

  const file = openAppendFile(path);
  let passedOver: MetricsRecord | undefined;
  const write = async (record: MetricsRecord): Promise<void> => {
    await retry(() => file.append(toLine(record)));
  };
  return {
    async handle(event) {
      const record: MetricsRecord = { time: new Date().toISOString(), ...event };
      if (event.type === 'step' && event.step !== 1 && event.step % every !== 0) {
        passedOver = record;
        return;
      }
      const before = passedOver;
      // A checkpoint is told of beside the steps that follow, which are no last ones.
      const endsWith = MILESTONES.has(event.type) && before !== undefined && recordStep(before) === recordStep(record);
      if (event.type === 'step' || endsWith) passedOver = undefined;
      if (endsWith) await write(before);
      await write(record);
      if (event.type === 'checkpoint') await retry(file.sync);
    },
    async close() {
      try {
        file.sync();
      } finally {
        file.close();
      }
    },
  };
}
