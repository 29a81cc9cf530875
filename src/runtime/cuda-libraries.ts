import { existsSync } from 'node:fs';
import path from 'node:path';
import koffi from 'koffi';

const RTLD_LAZY = 0x1;
const RTLD_NODELETE = 0x1000;

/** Libraries that TensorFlow asks for by name before it takes a GPU, and whose folders its own RUNPATH lacks. */
const NOT_FOUND = ['cusolver/lib/libcusolver.so.11'];

/**
 * Opens those of CUDA's libraries beside TensorFlow that it would not find itself: a name that is loaded is found.
 *
 * Works around the wheel of TensorFlow 2.21: `libtensorflow_framework.so.2` opens libcusolver, but the folder of it is
 * in the RUNPATH of `libtensorflow_cc.so.2` alone. Without it every GPU is refused ("Cannot dlopen some GPU
 * libraries"). `test/runtime/cuda-libraries.test.ts` tells when a release needs this no more. It takes 0.1 s.
 *
 * @param folder the real folder of TensorFlow's libraries; `nvidia` lies beside it, as in a folder of Python packages.
 */
export function openCudaLibraries(folder: string): void {
  const open = koffi.load(null).func('void *dlopen(const char *, int)');
  for (const name of NOT_FOUND) {
    const file = path.join(folder, '..', 'nvidia', name);
    if (existsSync(file)) open(file, RTLD_LAZY | RTLD_NODELETE);
  }
}
