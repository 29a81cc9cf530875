import path from 'node:path';
import koffi from 'koffi';
import { oneDnnDefaults } from '../util/cpu-arithmetic.ts';
import { findNvidiaDriver } from '../util/nvidia-driver.ts';
import { locateTensorflow } from '../util/tensorflow-folder.ts';
import { checkLibraries, unloadable } from '../util/tensorflow-library.ts';
import { openCudaLibraries } from './cuda-libraries.ts';

export type Library = ReturnType<typeof koffi.load>;

const RTLD_LAZY = 0x1;
const RTLD_NODELETE = 0x1000;
const ERRORS_ONLY = 2;

let loaded: Library | undefined;

/** Loads TensorFlow's library into this process; throws a UserError when none is found, or it does not load. */
export function loadLibrary(): Library {
  // They are read from the environment when the library loads, or soon after.
  const defaults = { TF_CPP_MIN_LOG_LEVEL: '2', TF_FORCE_GPU_ALLOW_GROWTH: 'true', ...oneDnnDefaults() };
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;
  const location = locateTensorflow();
  checkLibraries(location);
  const file = path.join(location.folder, 'libtensorflow_cc.so.2');
  const load = (): Library => {
    // Unloading at exit would pull the library out under its own threads, a crash: it stays until the process ends.
    koffi.load(null).func('void *dlopen(const char *, int)')(file, RTLD_LAZY | RTLD_NODELETE);
    if (findNvidiaDriver() !== undefined) openCudaLibraries(location.folder);
    try {
      return koffi.load(file);
    } catch (error) {
      throw unloadable(location, (error as Error).message.replace(/^Failed to load shared library: /, ''), error);
    }
  };
  loaded = Number(process.env['TF_CPP_MIN_LOG_LEVEL']) === 0 ? load() : quietly(load);
  return loaded;
}

/**
 * Whether a GPU may multiply float32 as TensorFloat-32, for all of the process. The setter is C++; where a release has
 * none, NVIDIA's libraries are told, who ask once.
 */
export function allowTensorFloat32(allowed: boolean): void {
  try {
    loaded?.func('_ZN3tsl32enable_tensor_float_32_executionEb', 'void', ['bool'])(allowed);
  } catch {
    process.env['NVIDIA_TF32_OVERRIDE'] ??= allowed ? '1' : '0';
  }
}

/** A function of the library; throws a UserError where it has none of this name, as other releases may not. */
export function lookUp<T>(name: string, find: () => T): T {
  try {
    return find();
  } catch (error) {
    throw unloadable(locateTensorflow(), `it has no function ${name}`, error);
  }
}

/**
 * TensorFlow 2.21 writes notices to standard error while it loads, whatever its log level is: standard error is closed
 * to it for that moment, and its log takes errors only afterwards. The setter is C++ and may be missing in another
 * release.
 */
function quietly(load: () => Library): Library {
  const libc = koffi.load(null);
  const duplicate = libc.func('int dup(int)');
  const replace = libc.func('int dup2(int, int)');
  const open = libc.func('int open(const char *, int)');
  const close = libc.func('int close(int)');
  const [standardError, writeOnly] = [2, 1];
  const kept = duplicate(standardError) as number;
  const nowhere = open('/dev/null', writeOnly) as number;
  replace(nowhere, standardError);
  try {
    const library = load();
    try {
      library.func('_ZN4absl12lts_2025081414SetMinLogLevelENS0_18LogSeverityAtLeastE', 'void', ['int'])(ERRORS_ONLY);
    } catch {
      // Its notices stay.
    }
    return library;
  } finally {
    replace(kept, standardError);
    close(kept);
    close(nowhere);
  }
}
