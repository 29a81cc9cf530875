import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** What a command printed, and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A path inside the repository. */
export function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** A new folder, removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Runs Node with these arguments in a folder and waits for its end; `onOutput` sees standard error as it grows. */
export async function runNode(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; onOutput?: (stderr: string, pid: number) => void } = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd ?? inRepository('.'),
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    options.onOutput?.(stderr, child.pid ?? 0);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Runs `cl-train` as users do; `npm test` has built it. */
export function clTrain(args: readonly string[], cwd?: string): Promise<Outcome> {
  return runNode([inRepository('bin/cl-train.js'), ...args], cwd === undefined ? {} : { cwd });
}

/** Runs `cl-eval` as users do. */
export function clEval(args: readonly string[]): Promise<Outcome> {
  return runNode([inRepository('bin/cl-eval.js'), ...args]);
}

/** Runs `cl-export` as users do. */
export function clExport(args: readonly string[], cwd?: string): Promise<Outcome> {
  return runNode([inRepository('bin/cl-export.js'), ...args], cwd === undefined ? {} : { cwd });
}

/** Runs `cl-data` as users do. */
export function clData(args: readonly string[], cwd?: string): Promise<Outcome> {
  return runNode([inRepository('bin/cl-data.js'), ...args], cwd === undefined ? {} : { cwd });
}

/** Runs `cl-embed` as users do. */
export function clEmbed(args: readonly string[], cwd?: string): Promise<Outcome> {
  return runNode([inRepository('bin/cl-embed.js'), ...args], cwd === undefined ? {} : { cwd });
}
