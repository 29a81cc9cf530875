import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DataType, tensorflowVersion } from '../../../src/runtime/c-api.ts';
import { findKernel, type KernelTable, readKernelTable } from '../../../src/runtime/placement/kernel-table.ts';
import { libraryKernels } from '../../../src/runtime/placement/library-kernels.ts';
import { installFolder } from '../../../src/util/tensorflow-folder.ts';

const table = readKernelTable();
const of = (operation: string, types: Readonly<Record<string, keyof typeof DataType>>) =>
  findKernel(table, operation, (attribute) => {
    const type = types[attribute];
    return type && DataType[type];
  });

it('has the types that GPUs convolve, and not those that they do not', () => {
  for (const type of ['float32', 'float16', 'bfloat16'] as const)
    expect(of('Conv2D', { T: type })).toEqual({ attributes: ['T'], host: [], types: expect.any(Array) });
  expect(of('Conv2D', { T: 'uint8' })).toBeUndefined();
  expect(of('HSVToRGB', { T: 'float32' })).toBeDefined();
  expect(of('HSVToRGB', { T: 'bfloat16' })).toBeUndefined();
  expect(of('NoSuchOperation', {})).toBeUndefined();
});

it('knows which arguments lie in the memory of the host', () => {
  expect(of('AddV2', { T: 'float32' })?.host).toEqual([]);
  expect(of('AddV2', { T: 'int32' })?.host).toEqual(['x', 'y', 'z']);
  expect(of('Reshape', { T: 'float32', Tshape: 'int32' })?.host).toEqual(['shape']);
});

it('takes one of the types that a kernel takes alike', () => {
  const either: KernelTable = {
    tensorflow: '',
    kernels: { Op: [{ attributes: ['T', 'U'], host: [], types: ['1/2,3'] }] },
  };
  const has = (T: number, U: number): boolean => findKernel(either, 'Op', (name) => ({ T, U })[name]) !== undefined;
  expect([has(1, 3), has(2, 3), has(3, 3), has(1, 1)]).toEqual([true, true, false, false]);
});

it('is of the TensorFlow that the set-up fetches', () => {
  expect(table.tensorflow).toBe(tensorflowVersion());
});

it('is not taken from a build for CPUs, which lists no kernels for GPUs', () => {
  const isGpuBuild = process.env['CL_TENSORFLOW'] === 'gpu';
  expect(libraryKernels()).toEqual(isGpuBuild ? table : undefined);
});

it.skipIf(!existsSync(installFolder('gpu')))('is that of the GPU build, which is fetched where there is a card', () => {
  // A process has one TensorFlow.
  const program = `import('./src/runtime/placement/library-kernels.ts').then(({ libraryKernels }) => console.log(JSON.stringify(libraryKernels())))`;
  const text = execFileSync(process.execPath, ['--import', 'tsx', '-e', program], {
    env: { ...process.env, CL_TENSORFLOW: 'gpu' },
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(JSON.parse(text)).toEqual(table);
});
