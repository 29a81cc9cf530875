import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import { UserError } from '../../util/errors.ts';
import { hashFile } from '../../util/hash-file.ts';
import type { ShardRecord } from '../files/pack-manifest.ts';
import type { SkippedImage } from '../sources/bad-images.ts';
import type { SampleCursor } from './sample-cursor.ts';
import { TAR_END } from './sample-tar.ts';

export interface ShardOptions {
  readonly folder: string;
  readonly file: string;
  readonly split: string;
  readonly cursor: SampleCursor;
  /** Where in the split's order it begins. */
  readonly first: number;
  /** Bytes at which it is full; one image always fits. */
  readonly mostBytes: number;
  /** What is known of a bad image. */
  readonly skippedImage: (index: number) => SkippedImage;
  /** Hears of each image. */
  readonly onImage: () => void;
}

/**
 * Writes the next shard and reads it back; it appears under its name only when it is whole.
 *
 * @throws UserError where it can't be written, or does not read back; the signal's reason when packing is stopped.
 */
export async function writeShard(options: ShardOptions): Promise<ShardRecord> {
  const { folder, file, split, cursor, first, mostBytes } = options;
  const hash = createHash('sha256');
  const skipped: SkippedImage[] = [];
  let [bytes, images, next] = [0, 0, first];
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let sample = await cursor.peek(); sample !== undefined; sample = await cursor.peek()) {
      const part = sample.bytes;
      if (images > 0 && bytes + (part?.length ?? 0) + TAR_END.length > mostBytes && part !== undefined) break;
      cursor.take();
      next = sample.position + 1;
      options.onImage();
      if (part === undefined) {
        skipped.push(options.skippedImage(sample.index));
        continue;
      }
      hash.update(part);
      bytes += part.length;
      images++;
      yield part;
    }
    hash.update(TAR_END);
    bytes += TAR_END.length;
    yield TAR_END;
  };
  const path = join(folder, file);
  await writeFileAtomic(path, pieces());
  const sha256 = hash.digest('hex');
  if ((await hashFile(path)) !== sha256) {
    throw new UserError(`expected to read back what was written, got other bytes in ${path}`, {
      hint: 'The disk or the memory is failing: check both before packing again.',
    });
  }
  return { file, split, first, next, images, bytes, sha256, skipped };
}
