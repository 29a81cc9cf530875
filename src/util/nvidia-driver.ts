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

/** Folders of a list such as `PATH`. */
export function listedFolders(list: string | undefined): string[] {
  return (list ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** All files of a name in the folders, in their order. */
export function existingIn(folders: readonly string[], file: string): string[] {
  return folders.map((folder) => join(folder, file)).filter((path) => existsSync(path));
}

/** Where the driver's library is, in the order in which it is looked for: the first one is loaded. */
export function findCudaDriverLibraries(environment: NodeJS.ProcessEnv = process.env, root = '/'): string[] {
  const folders = [
    ...listedFolders(environment['LD_LIBRARY_PATH']),
    ...LIBRARY_FOLDERS.map((path) => join(root, path)),
  ];
  return existingIn(folders, 'libcuda.so.1');
}

/** What the kernel module says of itself; undefined where none is loaded. */
export function readKernelModule(root = '/'): string | undefined {
  const module = join(root, 'proc/driver/nvidia/version');
  return existsSync(module) ? readFileSync(module, 'utf8') : undefined;
}

/** The version that a kernel module, a library or a tool says of itself, such as `550.54.15`. */
export function driverVersion(text: string): string | undefined {
  return text.match(/\d{3,}\.\d+(\.\d+)?/)?.[0];
}

/**
 * Finds an NVIDIA driver: its kernel module and, with it, its user library or `nvidia-smi`; undefined without both.
 *
 * A container on a GPU host sees the module but not the library unless the GPU was passed to it; an image built for
 * GPUs may hold the library but run on a host without one. Neither can use a GPU.
 */
export function findNvidiaDriver(environment: NodeJS.ProcessEnv = process.env, root = '/'): NvidiaDriver | undefined {
  const module = readKernelModule(root);
  if (module === undefined && !existsSync(join(root, 'dev/dxg'))) return undefined;
  const [found] = [
    ...findCudaDriverLibraries(environment, root),
    ...existingIn(listedFolders(environment['PATH']), 'nvidia-smi'),
  ];
  if (found === undefined) return undefined;
  return { version: driverVersion(module ?? ''), found };
}
