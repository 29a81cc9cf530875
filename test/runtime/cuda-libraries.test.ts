import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { installFolder, readManifest } from '../../src/util/tensorflow-folder.ts';

const hasGpuBuild = readManifest(installFolder('gpu')) !== undefined;
if (!hasGpuBuild)
  process.stdout.write('CUDA libraries are not looked for: the GPU build of TensorFlow is not fetched.\n');

function ask(how: string): string {
  const script = join(import.meta.dirname, 'cuda-libraries-child.ts');
  const env = { ...process.env, CL_TENSORFLOW: 'gpu' };
  return execFileSync(process.execPath, ['--import', 'tsx', script, how], { encoding: 'utf8', env });
}

it.runIf(hasGpuBuild)("CUDA's libraries are found, which TensorFlow 2.21 alone does not", () => {
  // Where this line fails, a release finds them itself, and src/runtime/cuda-libraries.ts can go.
  expect(ask('alone')).toBe('not found');
  expect(ask('opened')).toBe('found');
});
