import type { StoredImage } from '../pixels/stored-image.ts';
import type { PackSettings } from './pack-settings.ts';
import { prepareImage } from './prepare-image.ts';
import { tarPart } from './sample-tar.ts';

/** An image with what goes into the shard beside it. */
export interface Sample {
  readonly stored: StoredImage;
  /** The name of its files, without extensions. */
  readonly key: string;
  /** Its class's number. */
  readonly label: number | undefined;
  /** The content of its `.json` file, where it gets one. */
  readonly about: string | undefined;
}

/**
 * A sample as a part of a tar archive: the image, resized, and the files that tell of it.
 *
 * @throws DecodeProblem for an image that can't be used.
 */
export async function packSample({ stored, key, label, about }: Sample, settings: PackSettings): Promise<Uint8Array> {
  const { bytes, extension } = await prepareImage(stored, settings);
  const text = new TextEncoder();
  return tarPart([
    [`${key}.${extension}`, bytes],
    ...(label === undefined ? [] : ([[`${key}.cls`, text.encode(String(label))]] as const)),
    ...(about === undefined ? [] : ([[`${key}.json`, text.encode(about)]] as const)),
  ]);
}
