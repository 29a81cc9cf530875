import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { EventOf, TrainEvent } from '../train/events.ts';

/** An event as `metrics.jsonl` holds it: with the time it was written, ISO 8601 in UTC. */
export type Recorded<Type extends TrainEvent['type']> = EventOf<Type> & { time: string };
export type MetricsRecord = TrainEvent & { time: string };

/** A run's past, read from `metrics.jsonl`; one `start` and at most one `end` for each process that worked on it. */
export interface History {
  starts: Recorded<'start'>[];
  /** Thinned evenly when there are many; the last one is always there. */
  steps: Recorded<'step'>[];
  epochs: Recorded<'epoch'>[];
  evaluations: Recorded<'evaluation'>[];
  checkpoints: Recorded<'checkpoint'>[];
  warnings: Recorded<'warning'>[];
  ends: Recorded<'end'>[];
  /** Lines that could not be read: a torn last line, or damage. */
  damagedLines: number;
}

const eventTypes = new Set(['start', 'step', 'epoch', 'evaluation', 'checkpoint', 'warning', 'end']);
const numericFields = ['chanceLoss', 'loss', 'learningRate', 'imagesPerSecond', 'waitShare'];

/** One line of `metrics.jsonl` as a record, or undefined for a line that is not one. JSON's null for NaN is undone. */
export function parseRecord(line: string): MetricsRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Record<string, unknown>;
  if (typeof record['type'] !== 'string' || !eventTypes.has(record['type'])) return undefined;
  if (typeof (record['type'] === 'start' ? record['startStep'] : record['step']) !== 'number') return undefined;
  for (const field of numericFields) if (record[field] === null) record[field] = Number.NaN;
  return record as MetricsRecord;
}

/** The step that a record belongs to; a `start` belongs to the step it goes on from. */
export function recordStep(record: MetricsRecord): number {
  return record.type === 'start' ? record.startStep : record.step;
}

function createThinnedList<Item>(most: number): { add(item: Item): void; items(): Item[] } {
  let kept: Item[] = [];
  let stride = 1;
  let seen = 0;
  let last: Item | undefined;
  return {
    add(item) {
      if (seen % stride === 0) kept.push(item);
      seen += 1;
      last = item;
      if (kept.length >= most) {
        kept = kept.filter((_, index) => index % 2 === 0);
        stride *= 2;
      }
    },
    items: () => (last === undefined || kept.at(-1) === last ? kept : [...kept, last]),
  };
}

function latestByKey<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

/**
 * Reads `metrics.jsonl`, a line at a time so that memory stays bounded; a missing file is an empty history.
 *
 * A step or evaluation that was recorded twice (a run resumed between two records) counts once, the later one.
 */
export async function readHistory(path: string, options: { mostSteps?: number | undefined } = {}): Promise<History> {
  const steps = createThinnedList<Recorded<'step'>>(options.mostSteps ?? 8192);
  const records: MetricsRecord[] = [];
  let damagedLines = 0;
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      const record = parseRecord(line);
      if (record === undefined) damagedLines += line === '' ? 0 : 1;
      else if (record.type === 'step') steps.add(record);
      else records.push(record);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const ofType = <Type extends TrainEvent['type']>(type: Type) =>
    records.filter((record): record is Extract<MetricsRecord, Recorded<Type>> => record.type === type);
  const byStep = (record: MetricsRecord) => String(recordStep(record));
  return {
    starts: ofType('start'),
    steps: latestByKey(steps.items(), byStep),
    epochs: latestByKey(ofType('epoch'), byStep),
    evaluations: latestByKey(ofType('evaluation'), ({ step, evaluation }) =>
      JSON.stringify([step, evaluation.name, evaluation.subject]),
    ),
    checkpoints: latestByKey(ofType('checkpoint'), ({ path }) => path),
    warnings: ofType('warning'),
    ends: ofType('end'),
    damagedLines,
  };
}
