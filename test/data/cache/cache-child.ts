// Loads a folder's images with a cache: node --import tsx cache-child.ts IMAGES CACHE BUDGET [STOP]
// With STOP it stands still after so many images, until it is killed. Prints where the images are, and a digest.
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { loadImages } from '../../../src/data/loading/load-images.ts';

const [path = '', folder = '', budget = '', stop] = process.argv.slice(2);
const notes: string[] = [];
const { train, close } = await openDataset(path);
const loaded = await loadImages(train, {
  budgetBytes: Number(budget),
  cache: {
    folder,
    limitBytes: 1e9,
    worthSeconds: 0,
    largestImage: 1e6,
    onNote: (note) => notes.push(note),
    inUse: new Set(),
  },
  concurrency: 2,
  onDeclined: (reason) => notes.push(reason),
  onProgress: (done) => {
    if (done !== Number(stop)) return;
    writeSync(1, 'standing');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
});
const rows = Array.from({ length: loaded?.images.count ?? 0 }, (_, row) => row);
const pixels = (await loaded?.images.gather(rows)) ?? new Uint8Array();
const digest = createHash('sha256').update(pixels).digest('hex');
process.stdout.write(`${JSON.stringify({ storage: loaded?.storage, digest, notes })}\n`);
await loaded?.close();
await close();
