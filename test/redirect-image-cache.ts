import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Keeps decoded images of tests, and of the programs that they start, out of the user's cache. */
export default function redirectImageCache(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'cl-image-cache-'));
  process.env['CL_IMAGE_CACHE'] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
