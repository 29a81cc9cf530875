import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../../src/util/lock.ts';
import { cacheFolder } from '../../src/util/tensorflow-folder.ts';

/** How pip installs what benchmarks compare with. */
export const PIP_INSTALL = ['-m', 'pip', 'install', '--no-cache-dir', '--disable-pip-version-check'] as const;

/** Runs a program with its output on standard error; rejects when it fails. */
export function runLoudly(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', process.stderr, process.stderr] });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? status}.`));
    });
  });
}

/**
 * A folder in the user's cache folder that holds these packages: `fill` puts them there at the first call, and where it
 * was interrupted again.
 */
export async function ensureFolder(
  name: string,
  packages: readonly string[],
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256').update(packages.join()).digest('hex').slice(0, 8);
  const cache = cacheFolder();
  const folder = join(cache, `${name}-${hash}`);
  const complete = join(folder, '.complete');
  if (existsSync(complete)) return folder;
  await mkdir(cache, { recursive: true });
  const waiting = (owner: string) => console.error(`Waiting for ${owner}, which sets up the same packages ...`);
  return withLock(`${folder}.lock`, waiting, async () => {
    if (existsSync(complete)) return folder;
    console.error(`Setting up ${packages.join(', ')} in ${folder}, once ...`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await fill(folder);
    await writeFile(complete, `${packages.join('\n')}\n`);
    return folder;
  });
}
