import { existsSync } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import { bytesOf } from '../../interop/tables/feature-table.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';

/** A chunk of features that is complete, as the journal has it. */
export interface EmbeddedChunk {
  readonly split: string;
  readonly rows: number;
  /** Images of the split up to the last one of this chunk that could not be used, since the chunk before. */
  readonly bad: readonly SkippedImage[];
  /** Rows with values that are not finite. */
  readonly notFinite: number;
  /** Of the features' bytes. */
  readonly crc: number;
}

/** What the features belong to: values by the names under which a difference is told. */
export type EmbeddedIdentity = Readonly<Record<string, string | number | boolean>>;

/** Features on their way into a table, kept in a folder so that a stopped command goes on. */
export interface PartialFeatures {
  /** What was complete before and is written now, in order. */
  readonly chunks: readonly EmbeddedChunk[];
  /** Adds a chunk behind the others: float32 [rows, width]. */
  append(chunk: Omit<EmbeddedChunk, 'crc'>, features: Float32Array): Promise<void>;
  /** Reads rows, counted over all chunks: float32 [count, width]. */
  read(row: number, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

const JOURNAL = 'journal.jsonl';
const FEATURES = 'features.f32';

/** The folder beside an output that holds what is complete of it. */
export function partialFolder(output: string): string {
  return `${output}.partial`;
}

/** What the features in a folder belong to; undefined where there are none. */
export async function readIdentity(folder: string): Promise<EmbeddedIdentity | undefined> {
  const [identity] = await readJournal(folder);
  return identity as EmbeddedIdentity | undefined;
}

/** The lines of a journal that are whole: a killed process may leave a part of one. */
async function readJournal(folder: string): Promise<unknown[]> {
  const path = join(folder, JOURNAL);
  if (!existsSync(path)) return [];
  const found: unknown[] = [];
  for (const line of (await readFile(path, 'utf8')).split('\n').slice(0, -1)) {
    try {
      found.push(JSON.parse(line));
    } catch {
      break;
    }
  }
  return found;
}

/** The chunks whose features are in the file as they were written; those behind a damaged one don't count. */
async function intactChunks(
  file: FileHandle,
  width: number,
  chunks: readonly EmbeddedChunk[],
): Promise<EmbeddedChunk[]> {
  const found: EmbeddedChunk[] = [];
  let at = 0;
  for (const chunk of chunks) {
    const bytes = Buffer.alloc(4 * width * chunk.rows);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
    if (bytesRead < bytes.length || crc32(bytes) !== chunk.crc) break;
    found.push(chunk);
    at += bytes.length;
  }
  return found;
}

/**
 * Opens the features of a folder; what a killed process left incomplete is cut off.
 *
 * Nothing is forced to the disk: each chunk has a checksum, so that one that a power cut swallowed is made again.
 *
 * @param identity must be that of the folder, see {@link readIdentity}.
 * @param width values of a row.
 */
export async function openPartial(folder: string, identity: EmbeddedIdentity, width: number): Promise<PartialFeatures> {
  const [, ...told] = (await readJournal(folder)) as [EmbeddedIdentity, ...EmbeddedChunk[]];
  const path = join(folder, FEATURES);
  const file = await open(path, existsSync(path) ? 'r+' : 'w+');
  try {
    const chunks = await intactChunks(file, width, told);
    let rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
    await file.truncate(4 * width * rows);
    const lineOf = (value: object): string => `${JSON.stringify(value)}\n`;
    await writeFileAtomic(join(folder, JOURNAL), [identity, ...chunks].map(lineOf).join(''));
    const journal = await open(join(folder, JOURNAL), 'a');
    return {
      chunks,
      async append(chunk, features) {
        const bytes = bytesOf(features);
        await file.write(bytes, 0, bytes.length, 4 * width * rows);
        const written = { ...chunk, crc: crc32(bytes) };
        await journal.appendFile(lineOf(written));
        rows += chunk.rows;
        chunks.push(written);
      },
      async read(row, count) {
        const features = new Float32Array(count * width);
        const { bytesRead } = await file.read(bytesOf(features), 0, features.byteLength, 4 * width * row);
        if (bytesRead < features.byteLength)
          throw new Error(`Expected ${rows} rows of features in ${path}, got fewer.`);
        return features;
      },
      async close() {
        await journal.close();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Removes the features of a folder, but not the folder, in which the process that writes to it has its lock. */
export async function clearPartial(folder: string): Promise<void> {
  await Promise.all([JOURNAL, FEATURES].map((name) => rm(join(folder, name), { force: true })));
}
