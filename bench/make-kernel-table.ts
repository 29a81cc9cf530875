import { writeFileSync } from 'node:fs';
import { libraryKernels } from '../src/runtime/placement/library-kernels.ts';

// Writes data/gpu-kernels.json anew, for another release of TensorFlow. The GPU build is fetched for it, 3.38 GB, and
// needs no GPU: CL_TENSORFLOW=gpu npm run bench -- make-kernel-table
process.env['CL_TENSORFLOW'] ??= 'gpu';
const table = libraryKernels();
if (table === undefined) {
  console.error('Expected the GPU build of TensorFlow: CL_TENSORFLOW=gpu npm run bench -- make-kernel-table');
  process.exit(2);
}
// One operation a line, so that a difference can be read.
const lines = Object.entries(table.kernels).map(
  ([name, groups]) => `    ${JSON.stringify(name)}: ${JSON.stringify(groups)}`,
);
const text = `{\n  "tensorflow": ${JSON.stringify(table.tensorflow)},\n  "kernels": {\n${lines.join(',\n')}\n  }\n}\n`;
writeFileSync('data/gpu-kernels.json', text);
console.log(`data/gpu-kernels.json: ${lines.length} operations of TensorFlow ${table.tensorflow}`);
