import { defineConfig } from 'vitest/config';
import { cpuArithmetic } from './src/util/cpu-arithmetic.ts';

/** Tests of numbers against references, and of bit-identical runs, which the instruction sets decide. */
const NUMERIC = [
  'test/losses/*.test.ts',
  'test/methods/whole-loss.test.ts',
  'test/nn/{batch-norm,mlp,residual,transformer}.test.ts',
  'test/runtime/folded-batch-norm.test.ts',
  'test/optim/optimizer.test.ts',
  'test/backbones/resnet.test.ts',
  'test/runtime/{conv2d,determinism,small-maps}.test.ts',
  'test/e2e/resume-exactly.test.ts',
];

/** Tests that leave nothing behind in their process, and share one: a process of its own costs half a second a file. */
const SHARED = [
  'test/{evaluate,losses,nn,optim}/*.test.ts',
  'test/{config,docs,report,util}/**/*.test.ts',
  'test/data/{dataset,files,formats,inspect,loading,pixels,sources}/**/*.test.ts',
  'test/interop/{tables,weights}/**/*.test.ts',
  'test/run/{assembly,export,folder,images,plan}/**/*.test.ts',
  'test/setup/gpu/*.test.ts',
];

const hasMore = cpuArithmetic().instructionSets.includes('AVX-512');
if (!hasMore)
  process.stdout.write('Tests of numbers run once: no AVX-512 to turn off (processor or ONEDNN_MAX_CPU_ISA).\n');

// Each fork maps the 0.8 GB TensorFlow library, and its kernels use every core: few workers, in processes.
export default defineConfig({
  test: {
    globalSetup: ['test/redirect-image-cache.ts', 'test/link-programs.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      // Lists are joined with those of the root: each project has its own.
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: SHARED } },
      { extends: true, test: { name: 'shared', include: SHARED, isolate: false } },
      ...(hasMore
        ? [
            {
              extends: true,
              test: {
                name: 'avx2',
                include: NUMERIC,
                // The libraries read them when they load: in the forks, and in the programs that tests start.
                env: { ONEDNN_MAX_CPU_ISA: 'AVX2', XLA_FLAGS: '--xla_cpu_max_isa=AVX2' },
              },
            } as const,
          ]
        : []),
    ],
  },
});
