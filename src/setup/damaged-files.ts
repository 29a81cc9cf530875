import { join } from 'node:path';
import { hashFile } from '../util/hash-file.ts';
import type { TensorflowManifest } from '../util/tensorflow-folder.ts';

/** Files of a finished install whose content is not what was unpacked; hashes them all (a second or two per GB). */
export async function damagedFiles(folder: string, manifest: TensorflowManifest): Promise<string[]> {
  const damaged: string[] = [];
  for (const { path, sha256 } of manifest.files) {
    const found = await hashFile(join(folder, path)).catch(() => 'missing');
    if (found !== sha256) damaged.push(path);
  }
  return damaged;
}
