import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { UserError } from './errors.ts';
import { listNames } from './list-names.ts';
import { findNvidiaDriver } from './nvidia-driver.ts';

/** The release of TensorFlow that the project fetches and is tested with. */
export const TENSORFLOW_VERSION = '2.21.0';

/** The two shared libraries that the run time loads, inside a folder called `tensorflow`. */
export const TENSORFLOW_LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

/** The build that was fetched, or `user` for a TensorFlow named by `CL_TENSORFLOW`. */
export type TensorflowVariant = 'cpu' | 'gpu' | 'user';

/** A TensorFlow that can be loaded. */
export interface TensorflowLocation {
  /** The real folder (no symbolic links: the libraries find CUDA relative to it) that holds both libraries. */
  readonly folder: string;
  /** The release, or `unknown` for a bare folder of libraries. */
  readonly version: string;
  readonly variant: TensorflowVariant;
}

/** What `CL_TENSORFLOW` asks for. */
export type TensorflowChoice =
  | { readonly kind: 'fetched'; readonly variant: 'cpu' | 'gpu'; readonly forced: boolean }
  | { readonly kind: 'python' }
  | { readonly kind: 'folder'; readonly folder: string };

/** One file of an unpacked TensorFlow, its path relative to the folder of the manifest. */
export interface ManifestFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** What set-up unpacked; written last, so that a folder that has one is complete. */
export interface TensorflowManifest {
  readonly version: string;
  readonly variant: 'cpu' | 'gpu';
  readonly wheels: readonly { readonly name: string; readonly sha256: string }[];
  readonly files: readonly ManifestFile[];
}

const INSTALL_HINT =
  'Run `cl-doctor --install` (or `npm start` in a clone) to fetch it; CL_TENSORFLOW names another one.';

/** The user's cache folder of this project: `$XDG_CACHE_HOME/cl-train`, by default `~/.cache/cl-train`. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_CACHE_HOME'];
  return join(base?.startsWith('/') ? base : join(environment['HOME'] ?? homedir(), '.cache'), 'cl-train');
}

/** Where the fetched build of a variant lives; `tensorflow/` lies inside, with `nvidia/` beside it for the GPU. */
export function installFolder(variant: 'cpu' | 'gpu', environment: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(environment), `tensorflow-${TENSORFLOW_VERSION}-${variant}`);
}

/**
 * Reads `CL_TENSORFLOW`: `cpu` or `gpu` forces that build, `python` takes the one that `python3` imports, anything
 * else names a folder; unset, the GPU build where an NVIDIA driver is present, otherwise the CPU build.
 */
export function tensorflowChoice(environment: NodeJS.ProcessEnv = process.env): TensorflowChoice {
  const value = environment['CL_TENSORFLOW'] ?? '';
  if (value === 'cpu' || value === 'gpu') return { kind: 'fetched', variant: value, forced: true };
  if (value === 'python') return { kind: 'python' };
  if (value !== '') return { kind: 'folder', folder: resolve(value) };
  return { kind: 'fetched', variant: hasGpuBuild(environment) ? 'gpu' : 'cpu', forced: false };
}

/** CUDA builds of TensorFlow exist for x86_64 only. */
function hasGpuBuild(environment: NodeJS.ProcessEnv): boolean {
  return process.arch === 'x64' && findNvidiaDriver(environment) !== undefined;
}

/** The manifest of a fetched build whose files are all there in their right sizes; undefined otherwise. */
export function readManifest(folder: string): TensorflowManifest | undefined {
  const found = inspectBuild(folder);
  return typeof found === 'string' ? undefined : found;
}

/** The manifest of a fetched build, or what is wrong with it, as the end of a sentence; '' where there is none. */
function inspectBuild(folder: string): TensorflowManifest | string {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) return existsSync(folder) ? ': it has no manifest.json' : '';
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as TensorflowManifest;
    if (manifest.version !== TENSORFLOW_VERSION) return `: its manifest.json is that of ${manifest.version}`;
    const problems = manifest.files.flatMap(({ path: file, size }) => {
      const found = statSync(join(folder, file), { throwIfNoEntry: false })?.size;
      if (found === size) return [];
      return [found === undefined ? `${file} is missing` : `${file} has ${found} bytes, not ${size}`];
    });
    return problems.length === 0 ? manifest : `: ${listNames(problems, 3)}`;
  } catch {
    return ': its manifest.json is damaged';
  }
}

function libraryFolder(folder: string): string | undefined {
  const holds = (path: string) => TENSORFLOW_LIBRARIES.every((name) => existsSync(join(path, name)));
  const found = [folder, join(folder, 'tensorflow')].find(holds);
  return found === undefined ? undefined : dirname(realpathSync(join(found, TENSORFLOW_LIBRARIES[0])));
}

function releaseOf(folder: string): string {
  const names = readdirSync(dirname(folder));
  return (
    names.map((name) => name.match(/^tensorflow(?:_\w+)?-([\d.]+\w*)\.dist-info$/)?.[1]).find(Boolean) ?? 'unknown'
  );
}

function userTensorflow(folder: string, origin: string): TensorflowLocation {
  const found = libraryFolder(folder);
  if (found === undefined) {
    throw new UserError(`${origin} should hold ${TENSORFLOW_LIBRARIES.join(' and ')}, but ${folder} does not.`, {
      hint: `Name the folder \`tensorflow\` of a TensorFlow 2.x for Linux, or unset CL_TENSORFLOW to use release ${TENSORFLOW_VERSION}.`,
      exitCode: 2,
    });
  }
  return { folder: found, version: releaseOf(found), variant: 'user' };
}

function pythonTensorflow(environment: NodeJS.ProcessEnv): TensorflowLocation {
  const code = 'import importlib.util as u; print(u.find_spec("tensorflow").submodule_search_locations[0])';
  const { status, stdout } = spawnSync('python3', ['-c', code], { encoding: 'utf8', env: environment });
  if (status !== 0) {
    throw new UserError('CL_TENSORFLOW=python, but `python3 -c "import tensorflow"` finds no TensorFlow.', {
      hint: `Activate its environment, or unset CL_TENSORFLOW to use release ${TENSORFLOW_VERSION}.`,
      exitCode: 2,
    });
  }
  return userTensorflow(stdout.trim(), 'The TensorFlow of python3');
}

function fetchedTensorflow(
  variant: 'cpu' | 'gpu',
  forced: boolean,
  environment: NodeJS.ProcessEnv,
): TensorflowLocation {
  const installed = (candidate: 'cpu' | 'gpu'): TensorflowLocation | undefined => {
    const manifest = readManifest(installFolder(candidate, environment));
    if (manifest === undefined) return undefined;
    const folder = libraryFolder(installFolder(candidate, environment));
    return folder === undefined ? undefined : { folder, version: manifest.version, variant: candidate };
  };
  const found = installed(variant) ?? (variant === 'cpu' && !forced ? installed('gpu') : undefined);
  if (found !== undefined) return found;
  if (!forced && installed('cpu') !== undefined) {
    throw new UserError('This machine has an NVIDIA driver, but only the CPU build of TensorFlow was fetched.', {
      hint: 'Run `cl-doctor --install` to fetch the GPU build, or set CL_TENSORFLOW=cpu to stay on the CPU.',
    });
  }
  const place = installFolder(variant, environment);
  const inspected = inspectBuild(place);
  const problem = typeof inspected === 'string' ? inspected : '';
  throw new UserError(
    `TensorFlow ${TENSORFLOW_VERSION} (${variant}) was expected in ${place}, but is missing or incomplete${problem}.`,
    { hint: INSTALL_HINT },
  );
}

/**
 * Finds the TensorFlow to load, without network and without loading it (a few file sizes are read).
 *
 * The GPU build serves a machine without a driver too; the CPU build is not taken silently where there is one.
 *
 * @throws UserError when it is missing or incomplete, or when `CL_TENSORFLOW` names none.
 */
export function locateTensorflow(environment: NodeJS.ProcessEnv = process.env): TensorflowLocation {
  const choice = tensorflowChoice(environment);
  if (choice.kind === 'python') return pythonTensorflow(environment);
  if (choice.kind === 'folder') return userTensorflow(choice.folder, 'CL_TENSORFLOW');
  return fetchedTensorflow(choice.variant, choice.forced, environment);
}
