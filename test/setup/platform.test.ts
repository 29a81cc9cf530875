import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectMachine } from '../../src/setup/inspect-machine.ts';
import { assertPlatform, describeMachine, type Machine } from '../../src/setup/platform.ts';
import { isKept, wheelsFor } from '../../src/setup/wheels.ts';
import { formatBytes } from '../../src/util/format-bytes.ts';

const DEBIAN: Machine = { platform: 'linux', arch: 'x64', glibc: '2.36', avx: true };

describe('assertPlatform', () => {
  it('takes this machine and others with wheels', () => {
    expect(assertPlatform(describeMachine())).toBe(process.arch);
    expect(assertPlatform({ ...DEBIAN, glibc: '2.27' })).toBe('x64');
    expect(assertPlatform({ ...DEBIAN, arch: 'arm64', avx: undefined })).toBe('arm64');
  });

  it.each<[string, Partial<Machine>, string]>([
    ['macOS', { platform: 'darwin' }, 'for Linux only, but this is darwin'],
    ['musl', { glibc: undefined }, 'another C library (musl)'],
    ['an old glibc', { glibc: '2.17' }, '2.27 or later, but this system has 2.17'],
    ['another processor', { arch: 'riscv64' }, 'this is riscv64'],
    ['a processor without AVX', { avx: false }, 'AVX'],
  ])('refuses %s', (_, difference, message) => {
    expect(() => assertPlatform({ ...DEBIAN, ...difference })).toThrow(message);
  });
});

describe('wheels', () => {
  it('are pinned by checksum and size, the GPU build with its CUDA libraries', () => {
    expect(wheelsFor('x64', 'cpu')).toHaveLength(1);
    expect(wheelsFor('x64', 'gpu').map(({ requirement }) => requirement.split('==')[0])).toEqual([
      'tensorflow',
      ...['cublas', 'cuda-cupti', 'cuda-nvcc', 'cuda-nvrtc', 'cuda-runtime', 'cudnn', 'cufft', 'curand'].map(cuda),
      ...['cusolver', 'cusparse', 'nccl', 'nvjitlink'].map(cuda),
    ]);
    for (const wheel of [...wheelsFor('x64', 'cpu'), ...wheelsFor('x64', 'gpu'), ...wheelsFor('arm64', 'cpu')]) {
      expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(wheel.bytes).toBeGreaterThan(1e5);
      expect(wheel.unpacked).toBeGreaterThan(1e5);
      expect(wheel.file).toContain(wheel.requirement.split('==')[1]);
    }
  });

  it('are as large as the pages say', () => {
    const sum = (variant: 'cpu' | 'gpu', key: 'bytes' | 'unpacked') =>
      formatBytes(wheelsFor('x64', variant).reduce((total, wheel) => total + wheel[key], 0));
    const page = (name: string) => readFileSync(join(import.meta.dirname, '../..', name), 'utf8').replaceAll('\n', ' ');
    expect(page('README.md')).toContain(`fetched too: ${sum('cpu', 'bytes')}, or ${sum('gpu', 'bytes')} with`);
    const commands = page('docs/commands.md');
    expect(commands).toContain(`download of ${sum('cpu', 'bytes')} and takes ${sum('cpu', 'unpacked')} on disk`);
    expect(commands).toContain(`CUDA libraries, ${sum('gpu', 'bytes')} and ${sum('gpu', 'unpacked')}.`);
  });

  it('lose what is only needed to compile or to import them', () => {
    const paths = [
      'tensorflow/libtensorflow_cc.so.2',
      'tensorflow/python/_pywrap_tensorflow_internal.so',
      'tensorflow/include/tensorflow/c/c_api.h',
      'nvidia/cudnn/lib/libcudnn.so.9',
      'nvidia/cudnn/include/cudnn.h',
      'nvidia/cuda_nvcc/bin/ptxas',
      'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc',
      'nvidia/__init__.py',
      'nvidia_cudnn_cu12-9.28.0.42.dist-info/METADATA',
    ];
    const kept = paths.filter(isKept);
    expect(kept).toEqual([paths[0], paths[3], paths[5], paths[6]]);
  });
});

describe('cl-doctor', () => {
  it('describes this machine', () => {
    const findings = Object.fromEntries(inspectMachine().map(({ name, found }) => [name, found]));
    expect(findings['Node']).toBe(process.versions.node);
    expect(findings['System']).toMatch(/^linux \w+, glibc 2\.\d+$/);
    expect(findings['Memory']).toMatch(/^[\d.]+ [GT]B/);
  });
});

function cuda(name: string): string {
  return `nvidia-${name}-cu12`;
}
