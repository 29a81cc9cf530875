import { createHash } from 'node:crypto';
import { stat } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { ImageTable } from '../image-source.ts';
import { describeImageSupport } from '../image-support.ts';

/** What decoded images belong to, as two parts of a file's name. */
export interface Fingerprint {
  /** Which images in which order: a digest of their names and files. */
  readonly images: string;
  /** In which state: a digest of each file's size and times, and of what decodes them. */
  readonly state: string;
}

/** Raise it when other pixels come out of the same files. */
const DECODER = 1;

/** Files that are looked at side by side; on a network each answer takes a millisecond. */
const CONCURRENCY = 32;

/** Names that are hashed at once; one by one they take twice the time. */
const BATCH = 1024;

// The promises of node:fs/promises cost a third more, which 60,000 files feel.
const inspect = promisify(stat);

async function stateOf(path: string): Promise<string> {
  try {
    const { size, mtimeNs, ctimeNs } = await inspect(path, { bigint: true });
    return `${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

function digest(texts: Iterable<string>): string {
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

/**
 * Tells a source's images, and whether their files have changed, without reading them: 60,000 files in about a second.
 *
 * The time of a file's last change (ctime) counts besides that of its content, because tools that unpack or copy files
 * set the latter as they like. A file that can't be found counts as well, as such.
 */
export async function fingerprintOf(source: ImageTable): Promise<Fingerprint> {
  const places = new Map<string, number>();
  function* names(): Generator<string> {
    for (let index = 0; index < source.count; index++) {
      const origin = source.origin(index);
      let place = places.get(origin);
      if (place === undefined) {
        place = places.size;
        places.set(origin, place);
        yield resolve(origin);
      }
      yield `${place} ${source.name(index)}`;
    }
  }
  const images = digest(names());
  const paths = [...places.keys()];
  const states = new Array<string>(paths.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < paths.length) {
      const i = next++;
      states[i] = await stateOf(paths[i] as string);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const { sharp, libvips } = describeImageSupport();
  return { images, state: digest([`${DECODER} ${sharp} ${libvips}`, ...states]) };
}
