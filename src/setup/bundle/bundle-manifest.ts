import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';

/** The file that describes a bundle; written last, so that a folder that has one is complete. */
export const BUNDLE_FILE = 'bundle.json';

/** What marks the description of a bundle, and the form that this release reads and writes. */
const [FORMAT, FORM] = ['cl-train bundle', 1];

/** Bytes that `bundle.json` may have; it has 2 MB. */
const MOST_BYTES = 64e6;

/** A file with its content's checksum. */
export interface BundledFile {
  /** Relative, with `/`: in the bundle for parts, in the archive for all others. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** A file of the archive. */
export interface ArchivedFile extends BundledFile {
  readonly executable: boolean;
}

/** A file of TensorFlow's build that is not in the bundle. */
export interface LeftOutFile {
  readonly path: string;
  readonly size: number;
  readonly why: string;
}

/** A bundle: the tool, its packages and TensorFlow as one archive, which is cut into parts. */
export interface Bundle {
  /** Version of the tool. */
  readonly version: string;
  readonly tensorflow: { readonly version: string; readonly variant: 'cpu' | 'gpu' };
  /** As in `process.platform` and `process.arch`. */
  readonly platform: string;
  readonly architecture: string;
  readonly parts: readonly BundledFile[];
  /** What `install.mjs` imports, beside the archive. */
  readonly installer: readonly BundledFile[];
  /** Files of the archive, in its order: those of the tool below `TOOL`, then those of TensorFlow. */
  readonly files: readonly ArchivedFile[];
  readonly leftOut: readonly LeftOutFile[];
}

/** The folder of the tool in the archive. */
export const TOOL = 'cl-train';

/** The folder of TensorFlow in the archive, which is that in the cache folder too. */
export function tensorflowFolder({ tensorflow: { version, variant } }: Pick<Bundle, 'tensorflow'>): string {
  return `tensorflow-${version}-${variant}`;
}

/** Bytes of files in all. */
export function sumBytes(files: readonly { readonly size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** The text of `bundle.json`: a line for each file. */
export function formatBundle(bundle: Bundle): string {
  const fields = Object.entries({ format: FORMAT, form: FORM, ...bundle }).map(([name, value]) => {
    const text = Array.isArray(value)
      ? `[\n${value.map((each) => `    ${JSON.stringify(each)}`).join(',\n')}\n  ]`
      : JSON.stringify(value);
    return `  ${JSON.stringify(name)}: ${text}`;
  });
  return `{\n${fields.join(',\n')}\n}\n`;
}

/** What is said of a folder that is not what it should be. */
function notABundle(got: string): UserError {
  return new UserError(`expected a folder with a bundle, got ${got}`, {
    hint: 'A bundle is made by cl-doctor --bundle DIR where there is a network; copy all of DIR, and name the copy.',
    exitCode: 2,
  });
}

/**
 * Reads the description of a bundle, and checks that its names stay inside the folders that they are meant for.
 *
 * @throws UserError where there is none, or it is damaged.
 */
export async function readBundle(folder: string): Promise<Bundle> {
  const path = join(folder, BUNDLE_FILE);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    const place = await stat(folder).catch(() => undefined);
    if (place === undefined) throw notABundle(`${folder}, which is not there`);
    throw notABundle(place.isDirectory() ? `${folder}, which has no ${BUNDLE_FILE}` : `${folder}, which is a file`);
  }
  if (found.size > MOST_BYTES) throw notABundle(`${folder}, whose ${BUNDLE_FILE} has ${formatBytes(found.size)}`);
  const damaged = (why: string): UserError =>
    new UserError(`${path} is damaged: ${why}`, { hint: 'Copy it again from where the bundle was made.' });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw damaged((error as Error).message);
  }
  const { format, form } = record(value);
  if (format !== FORMAT) throw notABundle(`${folder}, whose ${BUNDLE_FILE} is of something else`);
  if (form !== FORM) {
    throw new UserError(`${path} is of form ${form}; this release reads form ${FORM}.`, {
      hint: 'Use the install.mjs that lies beside it.',
    });
  }
  const bundle = value as Bundle;
  const problem = problemOf(bundle);
  if (problem !== undefined) throw damaged(problem);
  return bundle;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function problemOf(bundle: Bundle): string | undefined {
  const { version, platform, architecture, tensorflow } = bundle;
  const words = [version, platform, architecture, record(tensorflow)['version']];
  // They are parts of names of folders.
  if (!words.every((word) => typeof word === 'string' && /^[\w.+-]+$/.test(word) && !word.startsWith('.'))) {
    return 'its version, platform or architecture is none';
  }
  if (!['cpu', 'gpu'].includes(tensorflow.variant)) return `TensorFlow is cpu or gpu, not ${tensorflow.variant}`;
  for (const name of ['parts', 'installer', 'files', 'leftOut'] as const) {
    if (!Array.isArray(bundle[name])) return `it has no list of ${name}`;
  }
  const roots = [TOOL, tensorflowFolder(bundle)];
  const strange = [
    ...bundle.parts.filter((file) => !isFile(file) || file.path.includes('/')),
    ...bundle.files.filter((file) => !isFile(file) || !roots.some((root) => file.path.startsWith(`${root}/`))),
  ][0];
  return strange === undefined ? undefined : `${JSON.stringify(strange)} is no file that it may hold`;
}

/** Whether a value is a file whose path leads nowhere else: relative, without `.` and `..`, and printable. */
function isFile(value: unknown): value is BundledFile {
  const { path, size, sha256 } = record(value);
  return (
    typeof path === 'string' &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
    !/[\\\p{Cc}]/u.test(path) &&
    Number.isSafeInteger(size) &&
    (size as number) >= 0 &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256)
  );
}
