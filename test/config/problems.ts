import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseAssignment } from '../../src/config/assignment.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { RunConfig } from '../../src/config/run-config.ts';
import { UserError } from '../../src/util/errors.ts';

/** A new folder with these files, removed when the test ends. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Loads `run.yaml` with this text and these `--set` arguments. */
export function load(text: string, ...sets: readonly string[]): RunConfig {
  return loadConfig(join(folderOf({ 'run.yaml': text }), 'run.yaml'), sets.map(parseAssignment));
}

/** What a user sees of the UserError that `action` throws, without the temporary folder. */
export function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const folder = new RegExp(`${tmpdir()}/config-\\w+/?`, 'g');
    return [`exit ${error.exitCode}: ${error.message}`, ...(error.hint === undefined ? [] : [`hint: ${error.hint}`])]
      .join('\n')
      .replaceAll(folder, '');
  }
  return 'no error';
}
