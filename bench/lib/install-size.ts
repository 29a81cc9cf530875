import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateTensorflow } from '../../src/util/tensorflow-folder.ts';
import { runLoudly } from './ensure-folder.ts';

/** Bytes on disk of what lies in a folder, without what Python compiles. */
function bytesOf(folder: string): number {
  const { stdout, status } = spawnSync('du', ['-s', '-B1', '--exclude=__pycache__', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`du could not read ${folder}.`);
  return Number(stdout.split('\t')[0]);
}

/** Bytes on disk of this tool as a project gets it: packages, and TensorFlow's libraries for the CPU. */
export async function installBytesHere(): Promise<{ packages: number; tensorflow: number }> {
  const project = mkdtempSync(join(tmpdir(), 'cl-bench-install-'));
  try {
    writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
    await runLoudly('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', project]);
    const { stdout } = spawnSync('find', [project, '-name', '*.tgz'], { encoding: 'utf8' });
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', project];
    await runLoudly('npm', ['install', ...options, stdout.trim()]);
    return { packages: bytesOf(join(project, 'node_modules')), tensorflow: bytesOf(locateTensorflow().folder) };
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/** Bytes on disk of the packages of a virtual environment. */
export function installBytesThere(environment: string): number {
  return bytesOf(join(environment, 'lib'));
}
