import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../../../util/hash-file.ts';
import { listFiles } from '../export-folder.ts';
import { type ExportedFile, FORMAT_FILES, FORMAT_PATHS, MANIFEST, type Manifest } from '../manifest.ts';
import { pairPaths } from './read-pair.ts';

/** A file of an export that is not as it was written. */
export interface FileProblem {
  readonly path: string;
  readonly problem: string;
}

async function problemOf(folder: string, { path, bytes, sha256 }: ExportedFile): Promise<string | undefined> {
  const place = join(folder, path);
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return 'is missing';
  if (!found.isFile()) return 'is no file';
  if (found.size !== bytes) return `has ${found.size} bytes, not ${bytes}`;
  const actual = await hashFile(place);
  return actual === sha256
    ? undefined
    : `was changed: its SHA-256 is ${actual.slice(0, 12)}..., not ${sha256.slice(0, 12)}...`;
}

/** Where the parts of an export lie that are run: the verification pair, and the formats. */
const runPlaces = ({ formats }: Manifest): string[] => [
  'verification',
  ...formats.map((format) => FORMAT_PATHS[format]),
];

/** Paths of files that would be read although nothing says what is in them: they may be anything, such as a pipe. */
async function findUnlisted(folder: string, manifest: Manifest): Promise<string[]> {
  const listed = new Set(manifest.files.map(({ path }) => path));
  const needed = [...pairPaths(manifest), ...manifest.formats.flatMap((format) => FORMAT_FILES[format])];
  const places = runPlaces(manifest);
  const isRun = (path: string): boolean => places.some((place) => path === place || path.startsWith(`${place}/`));
  const found = (await listFiles(folder)).filter(isRun);
  return [...new Set([...needed, ...found])].filter((path) => !listed.has(path)).sort();
}

/**
 * Compares the files of an export with what `export.json` says of them. Those that are run must be listed there; others
 * may have been added.
 */
export async function checkFiles(folder: string, manifest: Manifest): Promise<FileProblem[]> {
  const problems: FileProblem[] = [];
  for (const file of manifest.files) {
    const problem = await problemOf(folder, file);
    if (problem !== undefined) problems.push({ path: file.path, problem });
  }
  const unlisted = await findUnlisted(folder, manifest);
  return [...problems, ...unlisted.map((path) => ({ path, problem: `is not listed in ${MANIFEST}` }))];
}
