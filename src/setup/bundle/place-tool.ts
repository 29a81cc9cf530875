import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../util/errors.ts';
import { type Bundle, TOOL } from './bundle-manifest.ts';
import { listPlace } from './list-place.ts';

/** The file in the tool's folder that says what was installed there, and whether to its end. */
const RECORD = 'installed.json';

interface InstallRecord {
  readonly version: string;
  readonly architecture: string;
  /** SHA-256 of the tool's files by name and content, which bundles of both builds share. */
  readonly files: string;
  readonly complete: boolean;
}

/**
 * Checks that the tool may be installed into a folder: a new or empty one, or one into which this same tool was
 * installed, perhaps not to its end. With `begin` the folder is marked as one where it is.
 *
 * @throws UserError for any other.
 */
export async function assertToolPlace(folder: string, bundle: Bundle, begin?: 'begin'): Promise<void> {
  const found = await readRecord(folder);
  const expected = recordOf(bundle, false);
  if (found === undefined) await assertEmpty(folder);
  else if (found.files !== expected.files || found.architecture !== expected.architecture) {
    const isOther = found.version !== expected.version || found.architecture !== expected.architecture;
    const [there, here] = isOther
      ? [`${found.version} for ${found.architecture}`, `${expected.version} for ${expected.architecture}`]
      : [`${found.version} with other files`, expected.version];
    throw new UserError(`${folder} holds cl-train ${there}; the bundle has ${here}. Nothing was installed.`, {
      hint: `Name another folder, or remove that one first: rm -r ${folder}`,
    });
  }
  if (begin !== undefined) await writeRecord(folder, expected);
}

/** Marks a folder as one where the tool is whole. */
export async function finishTool(folder: string, bundle: Bundle): Promise<void> {
  const found = await readRecord(folder);
  if (found?.complete !== true) await writeRecord(folder, recordOf(bundle, true));
}

function recordOf({ version, architecture, files }: Bundle, complete: boolean): InstallRecord {
  const hash = createHash('sha256');
  for (const { path, sha256 } of files.filter((file) => file.path.startsWith(`${TOOL}/`))) {
    hash.update(`${path} ${sha256}\n`);
  }
  return { version, architecture, files: hash.digest('hex'), complete };
}

async function writeRecord(folder: string, record: InstallRecord): Promise<void> {
  await writeFile(join(folder, RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
}

async function readRecord(folder: string): Promise<InstallRecord | undefined> {
  try {
    const { version, architecture, files, complete } = JSON.parse(await readFile(join(folder, RECORD), 'utf8'));
    return { version: String(version), architecture: String(architecture), files: String(files), complete: !!complete };
  } catch {
    return undefined;
  }
}

async function assertEmpty(folder: string): Promise<void> {
  const names = await listPlace(folder, 'expected a folder for cl-train, new or empty');
  const [first] = names.sort();
  if (first === undefined) return;
  throw new UserError(`expected a new or empty folder for cl-train, got ${folder}, which holds ${first}`, {
    hint: `Name another folder${names.includes(RECORD) ? `, or remove that one, whose ${RECORD} is damaged` : ''}.`,
    exitCode: 2,
  });
}
