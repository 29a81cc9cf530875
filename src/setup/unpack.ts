import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import yauzl from 'yauzl';
import { makeFolders } from '../util/make-folders.ts';
import type { ManifestFile } from '../util/tensorflow-folder.ts';

/** Options of {@link unpack}. */
export interface UnpackOptions {
  /** Whether a path inside the archive is wanted. */
  readonly keep: (path: string) => boolean;
  /** Told the bytes written so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * Writes the wanted files of a zip archive into a folder, hashing them on the way, and forces them to the disk.
 *
 * yauzl refuses absolute paths and `..`; sizes are checked against the archive's directory.
 */
export async function unpack(archive: string, folder: string, options: UnpackOptions): Promise<ManifestFile[]> {
  const zip = await yauzl.openPromise(archive, { lazyEntries: true, autoClose: false });
  const files: ManifestFile[] = [];
  let done = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || !options.keep(entry.fileName)) continue;
      const { size, sha256 } = await unpackEntry(zip, entry, join(folder, entry.fileName), (bytes) => {
        done += bytes;
        options.onProgress?.(done);
      });
      files.push({ path: entry.fileName, size, sha256 });
    }
  } finally {
    zip.close();
  }
  return files;
}

async function unpackEntry(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
  path: string,
  onBytes: (bytes: number) => void,
): Promise<{ size: number; sha256: string }> {
  await makeFolders(dirname(path));
  const executable = (entry.externalFileAttributes >>> 16) & 0o111 ? 0o755 : 0o644;
  const file = await open(path, 'w', executable);
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      hash.update(chunk as Buffer);
      await file.writeFile(chunk as Buffer);
      size += (chunk as Buffer).byteLength;
      onBytes((chunk as Buffer).byteLength);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}
