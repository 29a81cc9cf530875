import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What of an NVIDIA driver this machine (or container) shows. */
export interface NvidiaDriver {
  /** Version of the kernel module, such as `550.54.15`; undefined where the kernel does not tell (WSL). */
  readonly version: string | undefined;
  /** Where `libcuda.so.1` or `nvidia-smi` was found. */
  readonly found: string;
}

const LIBRARY_FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/lib/wsl/lib',
  '/usr/local/nvidia/lib64',
  '/usr/local/nvidia/lib',
  '/run/opengl-driver/lib',
];

function firstExisting(folders: readonly string[], file: string): string | undefined {
  return folders.map((folder) => join(folder, file)).find((path) => existsSync(path));
}

function folders(list: string | undefined): string[] {
  return (list ?? '').split(delimiter).filter((folder) => folder !== '');
}

/**
 * Finds an NVIDIA driver: its kernel module and, with it, its user library or `nvidia-smi`; undefined without both.
 *
 * A container on a GPU host sees the module but not the library unless the GPU was passed to it; an image built for
 * GPUs may hold the library but run on a host without one. Neither can use a GPU.
 */
export function findNvidiaDriver(environment: NodeJS.ProcessEnv = process.env, root = '/'): NvidiaDriver | undefined {
  const module = join(root, 'proc/driver/nvidia/version');
  if (!existsSync(module) && !existsSync(join(root, 'dev/dxg'))) return undefined;
  const libraries = [...folders(environment['LD_LIBRARY_PATH']), ...LIBRARY_FOLDERS.map((path) => join(root, path))];
  const found = firstExisting(libraries, 'libcuda.so.1') ?? firstExisting(folders(environment['PATH']), 'nvidia-smi');
  if (found === undefined) return undefined;
  const text = existsSync(module) ? readFileSync(module, 'utf8') : '';
  return { version: text.match(/\d{3,}\.\d+(\.\d+)?/)?.[0], found };
}
