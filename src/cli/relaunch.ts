import { availableParallelism } from 'node:os';
import { oneDnnDefaults } from '../util/cpu-arithmetic.ts';
import { UserError } from '../util/errors.ts';
import { limitProblem, readLimits } from '../util/machine.ts';
import { checkNativePackages } from '../util/native-packages.ts';
import { relaunchFlags } from './close-debugger.ts';

const MARKER = 'CL_RELAUNCHED';

/** Larger than any tensor of a step: blocks up to here are kept and reused, not given back to the system each time. */
const MMAP_THRESHOLD = 1024 ** 3;
const TRIM_THRESHOLD = 16 * 1024 ** 3;

/**
 * The environment in which TensorFlow runs well, with whatever the user has set left as it is.
 *
 * libuv's threads serve TensorFlow's runs and sharp's decodes first come, first served: there must be more of them than
 * decodes in flight (one per core). glibc's settings keep large blocks (and put them on huge pages: +10 % in bfloat16).
 */
export function runtimeEnvironment(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const defaults: NodeJS.ProcessEnv = {
    UV_THREADPOOL_SIZE: String(2 * availableParallelism() + 8),
    MALLOC_MMAP_THRESHOLD_: String(MMAP_THRESHOLD),
    MALLOC_TRIM_THRESHOLD_: String(TRIM_THRESHOLD),
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    ...oneDnnDefaults(),
  };
  return { ...defaults, ...given, GLIBC_TUNABLES: withHugePages(given['GLIBC_TUNABLES']) };
}

function withHugePages(tunables: string | undefined): string {
  if (tunables?.includes('glibc.malloc.hugetlb=')) return tunables;
  return [...(tunables ? [tunables] : []), 'glibc.malloc.hugetlb=1'].join(':');
}

/**
 * What lets WebAssembly, which resizes images, do with the memory that it uses: by default each piece reserves 10 GB of
 * addresses, which a process with a limit (`ulimit -v`) doesn't have. With it, resizing takes longer.
 */
const SMALL_WASM = '--disable-wasm-trap-handler';

/** What Node must be told at its start about the limits of this process. */
function limitFlags({ addressSpace }: ReturnType<typeof readLimits>): string[] {
  const isLimited = addressSpace < Number.POSITIVE_INFINITY;
  return isLimited && process.allowedNodeEnvironmentFlags.has(SMALL_WASM) ? [SMALL_WASM] : [];
}

/**
 * Starts this same command again in {@link runtimeEnvironment}, once, under the same process id: glibc and libuv read
 * their settings only when a process starts. Returns at once in the process that was started so.
 *
 * Call it before anything is opened, and only where TensorFlow will be loaded: it costs about 80 ms.
 *
 * @throws UserError where the limits of this process leave no room for TensorFlow, or binaries are damaged; the
 *   signal's reason where it has been aborted.
 */
export async function relaunchWithEnvironment(signal?: AbortSignal | undefined): Promise<void> {
  // The process id in the marker keeps programs started from here, which inherit it, from taking it for their own.
  if (process.env[MARKER] === String(process.pid)) return;
  const limits = readLimits();
  const limit = limitProblem({ tensorflow: true }, limits);
  if (limit !== undefined) throw new UserError(limit.message, { hint: limit.hint });
  checkNativePackages();
  const { replaceProcess } = await import('../runtime/exec.ts');
  const environment = { ...runtimeEnvironment(process.env), [MARKER]: String(process.pid) };
  const flags = [...process.execArgv, ...relaunchFlags(), ...limitFlags(limits)];
  // A signal that came while this thread was busy is heard now: the new process would know nothing of it.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
  replaceProcess(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)], environment);
}
