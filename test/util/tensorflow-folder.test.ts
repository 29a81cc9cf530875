import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/util/errors.ts';
import { findNvidiaDriver } from '../../src/util/nvidia-driver.ts';
import {
  installFolder,
  locateTensorflow,
  TENSORFLOW_LIBRARIES,
  tensorflowChoice,
} from '../../src/util/tensorflow-folder.ts';

const newFolder = () => realpathSync(mkdtempSync(join(tmpdir(), 'cl-locate-')));

function putFile(path: string, text = ''): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A folder like site-packages, with libraries of nothing. */
function putLibraries(folder: string, version?: string): string {
  for (const name of TENSORFLOW_LIBRARIES) putFile(join(folder, 'tensorflow', name), 'lib');
  if (version !== undefined) mkdirSync(join(folder, `tensorflow_cpu-${version}.dist-info`));
  return join(folder, 'tensorflow');
}

function putBuild(variant: 'cpu' | 'gpu', environment: NodeJS.ProcessEnv, size = 3): string {
  const folder = installFolder(variant, environment);
  putLibraries(folder);
  const files = TENSORFLOW_LIBRARIES.map((name) => ({ path: `tensorflow/${name}`, size, sha256: '' }));
  putFile(join(folder, 'manifest.json'), JSON.stringify({ version: '2.21.0', variant, wheels: [], files }));
  return join(folder, 'tensorflow');
}

function errorOf(environment: NodeJS.ProcessEnv): UserError {
  try {
    locateTensorflow(environment);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('expected a UserError');
}

describe('locateTensorflow', () => {
  it('finds the fetched build in the cache folder', () => {
    const environment = { XDG_CACHE_HOME: newFolder() };
    expect(errorOf(environment).message).toContain(join(environment.XDG_CACHE_HOME, 'cl-train/tensorflow-2.21.0-cpu'));
    expect(errorOf(environment).hint).toContain('cl-doctor --install');
    const folder = putBuild('cpu', environment);
    expect(locateTensorflow(environment)).toEqual({ folder, version: '2.21.0', variant: 'cpu' });
    expect(errorOf({ ...environment, CL_TENSORFLOW: 'gpu' }).message).toContain('(gpu)');
  });

  it('serves a machine without a driver with the GPU build, but not where the CPU build is asked for', () => {
    const environment = { XDG_CACHE_HOME: newFolder() };
    const folder = putBuild('gpu', environment);
    expect(locateTensorflow(environment)).toEqual({ folder, version: '2.21.0', variant: 'gpu' });
    expect(errorOf({ ...environment, CL_TENSORFLOW: 'cpu' }).message).toContain('(cpu)');
  });

  it('does not take a build whose files have other sizes', () => {
    const environment = { XDG_CACHE_HOME: newFolder() };
    putBuild('cpu', environment, 4);
    expect(errorOf(environment).message).toContain('missing or incomplete');
  });

  it('takes a folder of the user, or the one above it, by its real path', () => {
    const site = newFolder();
    const folder = putLibraries(site, '2.19.1');
    const link = join(newFolder(), 'link');
    symlinkSync(folder, link);
    for (const CL_TENSORFLOW of [folder, site, link]) {
      expect(locateTensorflow({ CL_TENSORFLOW })).toEqual({ folder, version: '2.19.1', variant: 'user' });
    }
    const empty = errorOf({ CL_TENSORFLOW: newFolder() });
    expect(empty.message).toContain('should hold libtensorflow_cc.so.2');
    expect(empty.exitCode).toBe(2);
  });

  it('asks python3 where its TensorFlow is, without importing it', () => {
    const PYTHONPATH = newFolder();
    const folder = putLibraries(PYTHONPATH, '2.20.0');
    putFile(join(folder, '__init__.py'), 'raise SystemExit("imported")');
    const environment = { PATH: process.env['PATH'] ?? '', PYTHONPATH, CL_TENSORFLOW: 'python' };
    expect(locateTensorflow(environment)).toEqual({ folder, version: '2.20.0', variant: 'user' });
    expect(errorOf({ PATH: '', CL_TENSORFLOW: 'python' }).message).toContain('finds no TensorFlow');
  });
});

describe('findNvidiaDriver', () => {
  it('wants both the kernel module and the library or nvidia-smi', () => {
    const root = newFolder();
    const tools = newFolder();
    const library = join(root, 'usr/lib/x86_64-linux-gnu/libcuda.so.1');
    putFile(library);
    expect(findNvidiaDriver({}, root)).toBeUndefined();
    putFile(join(root, 'proc/driver/nvidia/version'), 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue');
    expect(findNvidiaDriver({}, root)).toEqual({ version: '550.54.15', found: library });

    const container = newFolder();
    putFile(join(container, 'proc/driver/nvidia/version'), 'NVIDIA UNIX Open Kernel Module  575.51  Release');
    expect(findNvidiaDriver({}, container)).toBeUndefined();
    const program = putFile(join(tools, 'nvidia-smi'));
    expect(findNvidiaDriver({ PATH: `/nowhere:${tools}` }, container)).toEqual({ version: '575.51', found: program });
  });

  it('knows WSL, which has no kernel module to ask', () => {
    const root = newFolder();
    putFile(join(root, 'dev/dxg'));
    const found = putFile(join(root, 'usr/lib/wsl/lib/libcuda.so.1'));
    expect(findNvidiaDriver({}, root)).toEqual({ version: undefined, found });
  });
});

it('reads CL_TENSORFLOW', () => {
  expect(tensorflowChoice({ CL_TENSORFLOW: 'cpu' })).toEqual({ kind: 'fetched', variant: 'cpu', forced: true });
  expect(tensorflowChoice({ CL_TENSORFLOW: 'python' })).toEqual({ kind: 'python' });
  expect(tensorflowChoice({ CL_TENSORFLOW: 'lib/tf' })).toEqual({
    kind: 'folder',
    folder: join(process.cwd(), 'lib/tf'),
  });
});
