import {
  closeSync,
  createReadStream,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createInterface } from 'node:readline';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { UserError } from '../util/errors.ts';
import { parseRecord, recordStep } from './history.ts';
import type { EventSink } from './sink.ts';

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

/** Takes back what a full disk took of a line, so that a later one begins at its own. */
function cutBack(file: number, size: number): void {
  try {
    ftruncateSync(file, size);
  } catch {
    // Readers pass over a torn line.
  }
}

function writeWhole(file: number, path: string, line: string): void {
  const bytes = Buffer.from(line);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(file, bytes, written);
  } catch (error) {
    if (written > 0) cutBack(file, fstatSync(file).size - written);
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new UserError(`Cannot write ${path}: ${full ? 'no space left on the disk' : code}.`, {
      hint: full ? 'Free some space, then go on with --resume.' : 'Check the disk, then go on with --resume.',
      cause: error,
    });
  }
}

/**
 * Appends every event to `path` as one JSON line with its time; numbers that JSON lacks (NaN) become null.
 *
 * With `resumeStep` the file first loses what lies beyond that step, and a line torn by a killed process, so
 * that it tells one continuous run. `every` (1) keeps each n-th step only. Lines are written whole and at once;
 * the disk is forced at checkpoints, so that a power cut loses no more than the checkpoint does.
 *
 * @throws UserError when the file exists and `resumeStep` is not given, or when it can't be written.
 */
export async function createMetricsFile(
  path: string,
  options: { resumeStep?: number | undefined; every?: number | undefined } = {},
): Promise<EventSink> {
  const { resumeStep, every = 1 } = options;
  const exists = existsSync(path) && statSync(path).size > 0;
  if (exists && resumeStep === undefined) {
    throw new UserError(`Expected no metrics at ${path}, found some from an earlier run.`, {
      hint: 'Go on with --resume, or choose another run folder.',
      exitCode: 2,
    });
  }
  if (exists && resumeStep !== undefined) await writeFileAtomic(path, keptLines(path, resumeStep));

  let file: number | undefined = openSync(path, 'a');
  return {
    handle(event) {
      if (file === undefined) return;
      if (event.type === 'step' && event.step !== 1 && event.step % every !== 0) return;
      writeWhole(file, path, toLine({ time: new Date().toISOString(), ...event }));
      if (event.type === 'checkpoint') fdatasyncSync(file);
    },
    async close() {
      if (file === undefined) return;
      fdatasyncSync(file);
      closeSync(file);
      file = undefined;
    },
  };
}
