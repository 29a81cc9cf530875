import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../../../util/hash-file.ts';
import type { ExportedFile } from '../manifest.ts';

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

/** Compares the files of an export with what `export.json` says of them. */
export async function checkFiles(folder: string, files: readonly ExportedFile[]): Promise<FileProblem[]> {
  const problems: FileProblem[] = [];
  for (const file of files) {
    const problem = await problemOf(folder, file);
    if (problem !== undefined) problems.push({ path: file.path, problem });
  }
  return problems;
}
