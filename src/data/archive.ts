import { UserError } from '../util/errors.ts';
import type { Listing } from './image-source.ts';

/** Opens an archive. */
export async function openArchive(path: string, _options: { maxBytes?: number | undefined } = {}): Promise<Listing> {
  throw new UserError(`expected a folder of images or a .tar, .tar.gz or .tgz archive, got a file: ${path}`, {
    exitCode: 2,
  });
}
