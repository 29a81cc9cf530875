import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../../src/util/lock.ts';
import { cacheFolder } from '../../src/util/tensorflow-folder.ts';

/** What the results in bench/results were measured against. */
export const PEER_PACKAGES = [
  'torch==2.15.0',
  'torchvision==0.29.2',
  'lightly==1.6.0',
  'scikit-learn==1.9.1',
  'numpy==2.4.6',
  'pillow==13.0.0',
] as const;

/** Environment that makes PyTorch on the CPU up to a third faster and changes no number; read before Python starts. */
export const PEER_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 34),
  GOMP_SPINCOUNT: '10000',
};

/** Runs a program with its output on standard error; rejects when it fails. */
function runLoudly(command: string, args: readonly string[]): Promise<void> {
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
 * The Python with PyTorch and lightly that results are compared with.
 *
 * `CL_PEER_PYTHON` names one that is there already. Otherwise a virtual environment in the user's cache folder is made
 * at the first call: several gigabytes where pip finds only builds of PyTorch with CUDA (`CL_PEER_PYTHON` avoids that).
 */
export async function ensurePeerPython(): Promise<string> {
  const given = process.env['CL_PEER_PYTHON'];
  if (given) return given;
  const hash = createHash('sha256').update(PEER_PACKAGES.join()).digest('hex').slice(0, 8);
  const cache = cacheFolder();
  const folder = join(cache, `peer-${hash}`);
  const python = join(folder, 'bin', 'python');
  const complete = join(folder, '.complete');
  if (existsSync(complete)) return python;
  await mkdir(cache, { recursive: true });
  const waiting = (owner: string) =>
    console.error(`Waiting for ${owner}, which sets up the same Python environment ...`);
  return withLock(`${folder}.lock`, waiting, async () => {
    if (existsSync(complete)) return python;
    console.error(`Setting up Python with ${PEER_PACKAGES.join(', ')} in ${folder}, once ...`);
    await rm(folder, { recursive: true, force: true });
    await runLoudly('python3', ['-m', 'venv', folder]);
    await runLoudly(python, [
      '-m',
      'pip',
      'install',
      '--no-cache-dir',
      '--disable-pip-version-check',
      ...PEER_PACKAGES,
    ]);
    await writeFile(complete, `${PEER_PACKAGES.join('\n')}\n`);
    return python;
  });
}
