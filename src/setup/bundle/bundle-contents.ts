import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../util/errors.ts';
import type { TensorflowManifest } from '../../util/tensorflow-folder.ts';
import { type LeftOutFile, TOOL } from './bundle-manifest.ts';
import { cudaFiles } from './cuda-files.ts';
import { filesBelow, placePackages } from './package-files.ts';

/** A file that goes into an archive. */
export interface SourceFile {
  /** In the archive. */
  readonly path: string;
  /** Where it is read, or what it holds. */
  readonly from: string | Buffer;
  readonly size: number;
  readonly executable: boolean;
  /** What its checksum must be, where that is known. */
  readonly sha256?: string | undefined;
}

/** The folder of this package. */
export const PACKAGE_ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What npm packs whatever `files` says. */
const ALWAYS = ['package.json', 'README.md', 'LICENSE'];

/** The programs come last: what was not installed to its end can't be started. */
const LAST = 'bin';

function sourceFile(path: string, from: string): SourceFile {
  const { size, mode } = statSync(from);
  return { path, from, size, executable: (mode & 0o111) !== 0 };
}

/**
 * The files of the tool and of the packages that it needs to run, from a clone or from an installed package.
 *
 * @throws UserError where it is not compiled, or a package is missing.
 */
export async function toolFiles(root = PACKAGE_ROOT): Promise<SourceFile[]> {
  if (!existsSync(join(root, 'dist/cli/cl-train.js'))) {
    throw new UserError(`${join(root, 'dist')} holds no compiled program to bundle.`, {
      hint: `Run \`npm run build\` in ${root}.`,
    });
  }
  const { files } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { files: readonly string[] };
  const names = [...ALWAYS, ...files].filter((name) => existsSync(join(root, name)));
  const own = [...new Set(names)].sort(byLast).flatMap((name) => {
    if (statSync(join(root, name)).isFile()) return [name];
    // What tools keep beside what they make, such as the compiler's record, begins with a dot.
    return filesBelow(join(root, name)).flatMap((file) => (/(^|\/)\./.test(file) ? [] : [`${name}/${file}`]));
  });
  const packages = placePackages(root).flatMap(({ folder, place }) =>
    filesBelow(folder).map((file) => sourceFile(`${TOOL}/${place}/${file}`, join(folder, file))),
  );
  return [...packages, ...own.map((file) => sourceFile(`${TOOL}/${file}`, join(root, file)))];
}

function byLast(a: string, b: string): number {
  if ((a === LAST) !== (b === LAST)) return a === LAST ? 1 : -1;
  return a < b ? -1 : 1;
}

/** The files of a fetched TensorFlow that training needs, its manifest last, and those that are left out. */
export function tensorflowFiles(
  folder: string,
  name: string,
  manifest: TensorflowManifest,
): { files: SourceFile[]; leftOut: LeftOutFile[] } {
  const isKept = (path: string): boolean => cudaFiles(path)?.kept ?? true;
  const files = manifest.files.filter(({ path }) => isKept(path));
  const text = Buffer.from(`${JSON.stringify({ ...manifest, files }, undefined, 2)}\n`);
  return {
    files: [
      ...files.map(({ path, sha256 }) => ({ ...sourceFile(`${name}/${path}`, join(folder, path)), sha256 })),
      { path: `${name}/manifest.json`, from: text, size: text.length, executable: false },
    ],
    leftOut: manifest.files
      .filter(({ path }) => !isKept(path))
      .map(({ path, size }) => ({ path, size, why: cudaFiles(path)?.why ?? '' })),
  };
}
