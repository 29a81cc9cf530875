import { appendFileSync, readdirSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// Preloaded into a program (NODE_OPTIONS=--import): appends what its process holds to the file that CL_BENCH_WATCH
// names.

const EVERY_MS = 1000;
const count = (folder) => readdirSync(folder).length;

if (isMainThread && process.env.CL_BENCH_WATCH) {
  const begun = performance.now();
  const look = () => {
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    const sample = {
      seconds: (performance.now() - begun) / 1000,
      ...{ rssBytes: rss, heapBytes: heapUsed, externalBytes: external, arrayBufferBytes: arrayBuffers },
      handles: process.getActiveResourcesInfo().length,
      descriptors: count('/proc/self/fd'),
      threads: count('/proc/self/task'),
    };
    appendFileSync(process.env.CL_BENCH_WATCH, `${JSON.stringify(sample)}\n`);
  };
  setInterval(look, EVERY_MS).unref();
}
