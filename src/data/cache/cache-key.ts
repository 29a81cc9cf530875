import { createHash } from 'node:crypto';
import { stat } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { findEqualTexts } from '../../util/equal-texts.ts';
import { describeImageSupport } from '../pixels/image-support.ts';
import type { ImageSource } from '../sources/image-source.ts';

/** Which images a source has. */
export interface ImageNames {
  /** A digest of their names and files, in order. */
  readonly digest: string;
  /** The files, each once. */
  paths(): string[];
}

/** Raise it when other pixels come out of the same files. */
const DECODER = 2;

/** Files that are looked at side by side; on a network each answer takes a millisecond. */
const CONCURRENCY = 32;

/** Names that are hashed at once; one by one they take twice the time. */
const BATCH = 1024;

// The promises of node:fs/promises cost a third more, which 60,000 files feel.
const inspect = promisify(stat);

/** A file's size and times in nanoseconds, or why it has none, as text. */
export async function stateOfFile(path: string): Promise<string> {
  try {
    const { size, mtimeNs, ctimeNs } = await inspect(path, { bigint: true });
    return `${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** A short digest of texts in order. */
export function digest(texts: Iterable<string>): string {
  const hash = createHash('sha256');
  let batch: string[] = [];
  for (const text of texts) {
    batch.push(text);
    if (batch.length < BATCH) continue;
    hash.update(batch.join('\0')).update('\0');
    batch = [];
  }
  return hash.update(batch.join('\0')).digest('hex').slice(0, 20);
}

/** Tells a source's images by their names, without looking at any file. */
export function namesOf(source: ImageSource): ImageNames {
  const firstOf = findEqualTexts(source.count, source.origin);
  const places = new Uint32Array(source.count);
  const firsts = new Uint32Array(source.count);
  let files = 0;
  function* names(): Generator<string> {
    for (let index = 0; index < source.count; index++) {
      const first = firstOf(index);
      if (first === index) {
        places[index] = files;
        firsts[files++] = index;
        yield resolve(source.origin(index));
      }
      yield `${places[first]} ${source.name(index)}`;
    }
  }
  return {
    digest: digest(names()),
    paths: () => Array.from(firsts.subarray(0, files), (index) => source.origin(index)),
  };
}

/**
 * A digest of the state that files are in, without reading them (60,000 files in about a second), and of what decodes
 * them.
 *
 * The time of a file's last change (ctime) counts besides that of its content, because tools that unpack or copy files
 * set the latter as they like. A file that can't be found counts as well, as such.
 */
export async function stateOf(paths: readonly string[]): Promise<string> {
  const states = new Array<string>(paths.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < paths.length) {
      const i = next++;
      states[i] = await stateOfFile(paths[i] as string);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const { sharp, libvips } = describeImageSupport();
  return digest([`${DECODER} ${sharp} ${libvips}`, ...states]);
}
