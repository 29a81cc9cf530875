import { posix } from 'node:path';
import type { ImageSource } from '../sources/image-source.ts';
import type { Attempt } from './try-format.ts';

/** Images whose names are compared. */
const SOME = 64;

/** Whether most of the unpacked images have names that images in an archive have, so that they may come out of it. */
export async function isCopyOf(packed: Attempt, unpacked: Attempt): Promise<boolean> {
  const names = new Set<string>();
  for (const split of [...(packed.collection?.splits ?? []), '']) {
    const source: ImageSource | undefined = await packed.collection?.open(split, []);
    for (let i = 0; i < (source?.count ?? 0); i++) names.add(posix.basename(source?.name(i) ?? ''));
  }
  const files = [...(unpacked.collection?.files ?? [])];
  const step = Math.max(1, Math.floor(files.length / SOME));
  const some = files.filter((_, i) => i % step === 0);
  return some.filter((path) => names.has(posix.basename(path))).length > some.length / 2;
}
