import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createTaskProgress } from '../../../report/task-progress.ts';
import { UserError } from '../../../util/errors.ts';
import { listNames } from '../../../util/list-names.ts';
import { shellWord } from '../../../util/shell-word.ts';
import { writeText } from '../../../util/write-text.ts';
import { CARD, FORMAT_PATHS, MANIFEST, type Manifest, parseManifest } from '../manifest.ts';
import { checkFiles, type FileProblem } from './check-files.ts';
import { readPair, type VerificationPair } from './read-pair.ts';
import { type FormatResult, runFormat } from './run-format.ts';
import { type Verification, verificationText } from './verification-text.ts';

/** How an export is verified. */
export interface VerifyOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** Bytes; `export.json` takes a few thousand. */
const LARGEST_MANIFEST = 16 * 2 ** 20;

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size > LARGEST_MANIFEST) {
    const inRun = join(folder, 'exports');
    throw new UserError(`--verify: expected the folder of an export, with ${MANIFEST} in it, got ${folder}`, {
      exitCode: 2,
      hint: existsSync(join(inRun, MANIFEST))
        ? `That of a run lies in it: cl-export --verify ${shellWord(inRun)}`
        : 'cl-export --run DIR --format torchvision --output DIR makes one.',
    });
  }
  return parseManifest(await readFile(path, 'utf8'), path);
}

async function runFormats(
  folder: string,
  manifest: Manifest,
  problems: readonly FileProblem[],
  onStatus: (text: string) => void,
  signal: AbortSignal,
): Promise<FormatResult[]> {
  const isBad = (below: string): boolean => problems.some(({ path }) => path === below || path.startsWith(`${below}/`));
  const pair: VerificationPair | undefined = isBad('verification') ? undefined : await readPair(folder, manifest);
  const results: FormatResult[] = [];
  for (const format of manifest.formats) {
    signal.throwIfAborted();
    if (pair === undefined || isBad(FORMAT_PATHS[format])) {
      const note = pair === undefined ? 'the verification pair was changed' : 'its files were changed';
      results.push({ format, state: 'not run', note });
      continue;
    }
    onStatus(`running ${format}`);
    results.push(await runFormat(format, folder, manifest, pair, signal));
  }
  return results;
}

/**
 * Verifies an export: every file is as it was written, and every one that can be run here gives the features.
 *
 * Prints a table (or JSON) to standard output. Throws a UserError with exit code 1 where something is wrong, and with 2
 * where there is no export.
 */
export async function verifyExport(folder: string, { json, quiet, signal }: VerifyOptions): Promise<void> {
  const manifest = await readManifest(folder);
  const task = createTaskProgress(process.stderr, { quiet });
  let result: Verification;
  try {
    task.say('checking the files');
    const found = await checkFiles(folder, manifest);
    // Whoever publishes a card fills in its licence, at least.
    const isCardEdited = existsSync(join(folder, CARD)) && found.some(({ path }) => path === CARD);
    const problems = isCardEdited ? found.filter(({ path }) => path !== CARD) : found;
    const formats = await runFormats(folder, manifest, problems, task.say, signal);
    result = { files: manifest.files.length, problems, isCardEdited, formats };
  } finally {
    task.stop();
  }
  if (json) process.stdout.write(`${JSON.stringify({ folder, ...result }, undefined, 2)}\n`);
  else writeText(process.stdout, verificationText(result));
  const different = result.formats.filter(({ state }) => state === 'different' || state === 'failed');
  if (result.problems.length === 0 && different.length === 0) return;
  const wrong = [...result.problems.map(({ path }) => path), ...different.map(({ format }) => format)];
  throw new UserError(`the export in ${folder} is not what was written: ${listNames(wrong)}`, {
    hint: 'Export it again, or copy it again from where it came.',
  });
}
