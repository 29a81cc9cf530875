import koffi from 'koffi';
import { openCudaLibraries } from '../../src/runtime/cuda-libraries.ts';
import { loadLibrary } from '../../src/runtime/library.ts';
import { locateTensorflow } from '../../src/util/tensorflow-folder.ts';

// Asks TensorFlow what it asks itself before it takes a GPU: whether CUDA's libraries can be opened.
const [how] = process.argv.slice(2);
loadLibrary();
const { folder } = locateTensorflow();
if (how === 'opened') openCudaLibraries(folder);
const framework = koffi.load(`${folder}/libtensorflow_framework.so.2`);
const ask = framework.func('void *_ZN3tsl8internal9DsoLoader26MaybeTryDlopenGPULibrariesEv(_Out_ uint64_t *)');
const status = [0];
ask(status);
// Of absl's Status, which is a pointer or a number: 1 is OK.
process.stdout.write(BigInt(status[0] ?? 0) === 1n ? 'found' : 'not found');
