import { defineConfig } from 'vitest/config';

// Each fork maps the 0.8 GB TensorFlow library, and its kernels use every core: few workers, in processes.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/redirect-image-cache.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
