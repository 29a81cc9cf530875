// Makes data/cifar10-mini.tar.gz from CIFAR-10 as JPEG class folders (see datasets.md):
//   npx tsx bench/make-bundled-archive.ts FOLDER [OUTPUT]
// The bytes depend on the images alone: sorted names, no times, owners or permissions of the machine.
import { renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { constants, gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { openDataset } from '../src/data/dataset/dataset.ts';

const [folder, output = fileURLToPath(new URL('../data/cifar10-mini.tar.gz', import.meta.url))] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: npx tsx bench/make-bundled-archive.ts FOLDER [OUTPUT]');
  process.exit(2);
}

const { train, test } = await openDataset(folder, { subset: 500, testSubset: 200 });
if (train.count !== 5000 || test?.count !== 2000)
  throw new Error(`expected CIFAR-10, got ${train.count} + ${test?.count} images`);

const header = { mode: 0o644, uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0), type: 'file' } as const;
const entries = [];
for (const source of [test, train]) {
  for (let i = 0; i < source.count; i++) {
    const body = await source.read(i);
    if (!(body instanceof Uint8Array)) throw new Error(`expected files, got pixels: ${source.name(i)}`);
    entries.push({ header: { ...header, name: source.name(i), size: body.length }, body });
  }
}
const packed = gzipSync(await packTar(entries), { level: constants.Z_BEST_COMPRESSION, memLevel: 9 });
writeFileSync(`${output}.partial`, packed);
renameSync(`${output}.partial`, output);
console.log(`${output}: ${entries.length} images, ${packed.length} bytes`);
