import { createHash, type Hash } from 'node:crypto';
import { spreadEvenly } from '../../util/spread-evenly.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import type { ImageSource } from '../sources/image-source.ts';

/** Images whose bytes are read, spread evenly over the source. */
const PROBES = 16;

async function addImage(hash: Hash, source: ImageSource, index: number): Promise<void> {
  try {
    const stored = await source.read(index);
    hash.update(stored instanceof Uint8Array ? stored : stored.data);
  } catch (error) {
    if (!(error instanceof DecodeProblem)) throw error;
    hash.update(error.message);
  }
}

/**
 * What a source's images are, as 64 hexadecimal digits: names, labels and classes of all, and the bytes of a few.
 *
 * Neither their place nor their format counts, so that a data set can move while it is packed.
 */
export async function fingerprintSource(source: ImageSource): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([source.count, source.classes]));
  for (let index = 0; index < source.count; index++) {
    hash.update(`${source.name(index)}\0${source.labels?.[index] ?? ''}\n`);
  }
  for (const index of spreadEvenly(source.count, PROBES)) await addImage(hash, source, index);
  return hash.digest('hex');
}
