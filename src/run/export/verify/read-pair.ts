import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy } from '../../../data/files/npy.ts';
import { elementCount, float32, type HostTensor, uint8 } from '../../../runtime/host-tensor.ts';
import { UserError } from '../../../util/errors.ts';
import type { Manifest } from '../manifest.ts';
import { VERIFICATION_IMAGES } from '../verification-images.ts';

/** Images, and what an encoder makes of them, by the names of their files. */
export interface VerificationPair {
  readonly images: HostTensor;
  readonly expected: Readonly<Record<string, HostTensor>>;
}

async function readArray(path: string): Promise<HostTensor> {
  const content = await readFile(path);
  const readAt = async (from: number, length: number): Promise<Uint8Array> => content.subarray(from, from + length);
  const { type, shape, start } = await readNpy({ size: content.length, readAt, close: async () => {} }, path);
  const values = new Uint8Array(content.subarray(start));
  if (type === '|u1') return uint8(values, shape);
  if (type === '<f4') return float32(new Float32Array(values.buffer, 0, elementCount(shape)), shape);
  throw new UserError(`expected uint8 or float32 values, got ${type}: ${path}`);
}

/** Names of the arrays that features are compared with. */
const expectedNames = ({ features }: Manifest): string[] => [
  'features',
  ...(features === 'pyramid' ? ['c2', 'c3', 'c4', 'c5'] : []),
];

const pathOf = (name: string): string => `verification/${name}.npy`;

/** Where the files of the pair lie in an export. */
export const pairPaths = (manifest: Manifest): string[] => ['images', ...expectedNames(manifest)].map(pathOf);

/**
 * Reads the verification pair of an export.
 *
 * @throws UserError where it does not fit what `export.json` says.
 */
export async function readPair(folder: string, manifest: Manifest): Promise<VerificationPair> {
  const read = (name: string): Promise<HostTensor> => readArray(join(folder, pathOf(name)));
  const images = await read('images');
  const { size } = manifest.encoder;
  const wanted = [VERIFICATION_IMAGES, size, size, 3].join(', ');
  const got = images.shape.join(', ');
  if (images.dtype !== 'uint8' || got !== wanted) {
    throw new UserError(
      `expected uint8 images [${wanted}], got ${images.dtype} [${got}]: ${join(folder, pathOf('images'))}`,
    );
  }
  const expected: Record<string, HostTensor> = {};
  for (const name of expectedNames(manifest)) expected[name] = await read(name);
  return { images, expected };
}
