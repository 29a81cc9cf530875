import { listNames } from '../list-names.ts';
import { CUDA_BUILD } from './cuda-build.ts';
import type { GpuProblem } from './gpu-problem.ts';
import { described, memoryProblem } from './out-of-memory.ts';

type Reading = (match: RegExpMatchArray, text: string) => GpuProblem;

const FETCH_AGAIN = 'Fetch again what is damaged, `cl-doctor --install --verify`';

/** The same problem whatever the words were. */
function always(kind: GpuProblem['kind'], effect: GpuProblem['effect'], problem: string, hint: string): Reading {
  return ([words]) => ({ kind, effect, problem: `${problem} (TensorFlow: ${words.trim()})`, hint });
}

const MISMATCH_HINT =
  'Restart the machine if its driver was updated. In a container: no driver belongs into the image, nor a folder ' +
  '`compat` of CUDA into LD_LIBRARY_PATH (`unset LD_LIBRARY_PATH`), unless the card is one for data centers.';

/** Words of TensorFlow, CUDA and their libraries about a GPU; the first that fits counts. */
const READINGS: readonly (readonly [words: RegExp, reading: Reading])[] = [
  [
    /Loaded runtime CuDNN library: ([\d.]+) but source was compiled with: ([\d.]+)/i,
    ([, got = '', expected = '']) => ({
      kind: 'cudnn-version',
      effect: 'failure',
      problem: `expected cuDNN ${expected.replace(/\.$/, '')} or a later one of the same major version, got ${got}`,
      hint: `Another one comes first, as by LD_LIBRARY_PATH: \`unset LD_LIBRARY_PATH\`. If that does not help: ${FETCH_AGAIN.toLowerCase()}.`,
    }),
  ],
  [
    /kernel version ([\d.]+) does not match DSO version ([\d.]+)/i,
    ([, kernel = '', library = '']) => ({
      kind: 'version-mismatch',
      effect: 'cpu',
      problem: `expected the driver's kernel module and its library to be of one version, got ${kernel} in the kernel and ${library} in the library`,
      hint: MISMATCH_HINT,
    }),
  ],
  [
    /CUDA_ERROR_(?:SYSTEM_DRIVER_MISMATCH|COMPAT_NOT_SUPPORTED_ON_DEVICE)[^\n]*/,
    always('version-mismatch', 'cpu', "expected a driver's library that fits its kernel module", MISMATCH_HINT),
  ],
  [
    /CUDA_ERROR_STUB_LIBRARY[^\n]*/,
    always(
      'stub-library',
      'cpu',
      "expected libcuda.so.1 of the driver, got the empty one that CUDA's toolkit has for compiling",
      'Take the folder `stubs` out of LD_LIBRARY_PATH: `unset LD_LIBRARY_PATH`.',
    ),
  ],
  [
    /CUDA_ERROR_SYSTEM_NOT_READY[^\n]*/,
    always(
      'not-ready',
      'cpu',
      'expected the cards to be ready, but the service that joins them (NVSwitch) is not running',
      "Start it: `sudo systemctl start nvidia-fabricmanager`; its version must be the driver's.",
    ),
  ],
  [
    /driver version is insufficient for CUDA runtime version|CUDA_ERROR_INSUFFICIENT_DRIVER[^\n]*/i,
    always(
      'driver-too-old',
      'cpu',
      `expected an NVIDIA driver from ${CUDA_BUILD.oldestDriver} on, for CUDA ${CUDA_BUILD.cuda}, got an older one`,
      "Install a newer driver and restart the machine; a container uses its host's. `nvidia-smi` shows its version.",
    ),
  ],
  [
    /unsupported toolchain|CUDA_ERROR_UNSUPPORTED_PTX_VERSION[^\n]*/i,
    always(
      'ptx-toolchain',
      'failure',
      `expected a driver from ${CUDA_BUILD.oldestCompilingDriver} on, which compiles TensorFlow's kernels for this card, got an older one`,
      "Install a newer driver and restart the machine; a container uses its host's. Until then: `--device cpu`.",
    ),
  ],
  [
    /no kernel image is available[^\n]*|CUDA_ERROR_(?:NO_BINARY_FOR_GPU|INVALID_PTX)[^\n]*|cuLaunchKernel[^\n]*CUDA_ERROR_INVALID_HANDLE[^\n]*|PTX version [\d.]+ does not support target[^\n]*/i,
    always(
      'no-kernel-image',
      'failure',
      "expected kernels for this card, but TensorFlow's own build has none that run on it (compute capability 6.0 to 9.0 are served)",
      'Train on the CPU, `--device cpu`, or name a TensorFlow that was built for the card in CL_TENSORFLOW; `cl-doctor` shows the card.',
    ),
  ],
  [
    /Ignoring visible gpu device \([^\n]*?name: ([^,]+),[^\n]*with Cuda compute capability ([\d.]+?)\.? The minimum required Cuda capability is ([\d.]+\d)/i,
    ([, name = '', got = '', least = '']) => ({
      kind: 'card-too-old',
      effect: 'cpu',
      problem: `expected a card of compute capability ${least} or later, got ${name} with ${got}`,
      hint: 'Train on the CPU, or name a TensorFlow that was built for this card in CL_TENSORFLOW.',
    }),
  ],
  [
    /libdevice not found[^\n]*|libdevice is required by this HLO module but was not found[^\n]*/i,
    always(
      'libdevice-missing',
      'failure',
      "expected CUDA's libdevice.10.bc, which XLA compiles with, but it is not where XLA looks",
      `${FETCH_AGAIN}. For another TensorFlow: \`export XLA_FLAGS=--xla_gpu_cuda_data_dir=FOLDER\`, the one that holds nvvm/libdevice.`,
    ),
  ],
  [
    /uncorrectable ECC error[^\n]*|CUDA_ERROR_ECC_UNCORRECTABLE[^\n]*|GPU has fallen off the bus|CUDA_ERROR_DEVICE_LOST[^\n]*/i,
    always(
      'gpu-lost',
      'failure',
      'expected the card to compute, but it fails: errors in its memory, or it is lost',
      'Restart the machine, and go on with the run by `--resume`. `sudo dmesg | grep -i xid` and `nvidia-smi -q -d ECC` tell more; a card that does it again is faulty.',
    ),
  ],
  [
    /(?:CUDA-capable device\(s\) is\/are|all CUDA-capable devices are) busy or unavailable|CUDA_ERROR_DEVICE_UNAVAILABLE[^\n]*/i,
    always(
      'exclusive-held',
      'failure',
      'expected the card to be free, but it takes one process at a time, and another one has it',
      'See who has it, `nvidia-smi`, and wait for it, or name another card: `export CUDA_VISIBLE_DEVICES=1`.',
    ),
  ],
  [
    /DNN library is not found|DNN library initialization failed/i,
    always(
      'cudnn-missing',
      'failure',
      'expected cuDNN to start, but it is not there, does not fit, or has no memory',
      `End what else uses the card (\`nvidia-smi\`). ${FETCH_AGAIN}; \`unset LD_LIBRARY_PATH\` if that names another cuDNN.`,
    ),
  ],
  [
    /[^\n]*CUDNN_STATUS_\w+[^\n]*/,
    always(
      'cudnn-fails',
      'failure',
      'expected cuDNN to compute, but it fails',
      `Often the card's memory is full: end what else uses it (\`nvidia-smi\`), or take \`--batch-size 64\`. ${FETCH_AGAIN}; \`unset LD_LIBRARY_PATH\` if that names another cuDNN.`,
    ),
  ],
  [
    /[^\n]*(?:CUBLAS_STATUS_\w+|failed to create cublas handle)[^\n]*/i,
    always(
      'cublas-fails',
      'failure',
      'expected cuBLAS to compute, but it fails',
      `Often the card's memory is full: end what else uses it (\`nvidia-smi\`), or take \`--batch-size 64\`. ${FETCH_AGAIN}; \`unset LD_LIBRARY_PATH\` if that names another cuBLAS.`,
    ),
  ],
  [
    /Could not find cuda drivers on your machine|Cannot dlopen some GPU libraries|Could not load dynamic library 'lib(?:cud|cub|cuf|cus|nccl)[^\n]*/i,
    (_match, text) => {
      const missing = [...text.matchAll(/Could not load dynamic library '([^']+)'/g)].map(([, name = '']) => name);
      const which = missing.length === 0 ? '' : `: ${listNames([...new Set(missing)])}`;
      return {
        kind: 'cuda-libraries-missing',
        effect: 'cpu',
        problem: `expected CUDA's libraries beside TensorFlow, but some can't be loaded${which}`,
        hint: `${FETCH_AGAIN}. A TensorFlow that CL_TENSORFLOW names needs CUDA 12 and cuDNN 9 of its own: \`pip install 'tensorflow[and-cuda]'\`, or unset CL_TENSORFLOW.`,
      };
    },
  ],
  [
    /failed call to cuInit[^\n]*UNKNOWN ERROR \(303\)[^\n]*/,
    always(
      'library-missing',
      'cpu',
      "expected the driver's libcuda.so.1, but it can't be loaded",
      'Install the driver, or pass the GPU to the container: `docker run --gpus all ...`.',
    ),
  ],
  [
    /failed call to cuInit[^\n]*CUDA_ERROR_NO_DEVICE[^\n]*|no CUDA-capable device is detected/i,
    always(
      'no-devices',
      'cpu',
      'expected the driver to give a card to CUDA, got none',
      'See what `nvidia-smi` lists and what CUDA_VISIBLE_DEVICES says. In a container: `docker run --gpus all ...`.',
    ),
  ],
  [
    /failed call to cuInit[^\n]*/,
    always(
      'unknown',
      'cpu',
      'expected CUDA to start, but it does not',
      'Load the module for programs, `sudo modprobe nvidia_uvm`, or restart the machine; see `sudo dmesg | grep -i nvrm`.',
    ),
  ],
  [
    /not built with CUDA kernel binaries compatible with compute capability ([\d.]+\d)/,
    ([, capability = '']) => ({
      kind: 'card-without-kernels',
      effect: 'note',
      problem: `TensorFlow has no compiled kernels for compute capability ${capability}: the driver compiles them when they are first used`,
      hint: 'The first start takes minutes, later ones do not: they are kept in ~/.nv/ComputeCache.',
    }),
  ],
];

/** What words of TensorFlow, of its log or an error, say of a GPU; undefined where they say nothing that is known. */
export function explainTensorflowWords(text: string): GpuProblem | undefined {
  const memory = described(text);
  if (memory !== undefined) return memoryProblem(memory, undefined);
  for (const [words, reading] of READINGS) {
    const match = text.match(words);
    if (match !== null) return reading(match, text);
  }
  return undefined;
}
