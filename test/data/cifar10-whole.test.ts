import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadImages } from '../../src/data/loading/load-images.ts';
import { createSampler } from '../../src/data/loading/sampler.ts';
import type { ImageSource } from '../../src/data/sources/image-source.ts';
import { openForTest, sourceFixture } from './fixture-sources.ts';
import { tempFolder } from './temp-files.ts';

// All of CIFAR-10: CL_CIFAR10 names its class folders (train/airplane/0000.jpg), CL_PYTHON a Python with numpy, pillow,
// pyarrow and webdataset, which writes the other formats.
const { CL_CIFAR10, CL_PYTHON = 'python3' } = process.env;

/** A digest of an epoch's images, each with its label, that does not depend on their order. */
async function epochOf(source: ImageSource): Promise<string> {
  const loaded = await loadImages(source, { budgetBytes: 2 ** 30, concurrency: 2 });
  if (loaded === undefined) throw new Error('expected images that fit into memory');
  const { count } = loaded.images;
  const data = loaded.images.data as Uint8Array;
  const order = createSampler({ count, batchSize: count, seed: 5 }).order(3);
  const rows = Array.from(order, (index) =>
    createHash('sha1')
      .update(source.classes[loaded.labels?.[index] ?? -1] ?? '')
      .update(data.subarray(index * 3072, (index + 1) * 3072))
      .digest('base64'),
  );
  return createHash('sha1').update(rows.sort().join()).digest('hex');
}

it.skipIf(CL_CIFAR10 === undefined)(
  'all of CIFAR-10 has the same pixels and labels in every format (CL_CIFAR10, CL_PYTHON)',
  { timeout: 590_000 },
  async () => {
    const folder = tempFolder();
    execFileSync(CL_PYTHON, [sourceFixture('make.py'), CL_CIFAR10 as string, folder], { stdio: 'inherit' });
    mkdirSync(join(folder, 'shards'));
    for (const name of [...Array(10).keys()]
      .map((i) => `train-00000${i}.tar`)
      .concat('test-000000.tar', 'test-000001.tar')) {
      renameSync(join(folder, name), join(folder, 'shards', name));
    }
    const parquet = `${folder}/train-{00000..00001}-of-00002.parquet`;
    const places: [string, string, string | undefined][] = [
      ['files', CL_CIFAR10 as string, undefined],
      ['archive', join(folder, 'files.tar'), undefined],
      ['binary', join(folder, 'cifar-10-binary.tar.gz'), undefined],
      ['shards', join(folder, 'shards'), undefined],
      ['.npz', join(folder, 'cifar10.npz'), undefined],
      ['Parquet', parquet, join(folder, 'test-00000-of-00001.parquet')],
    ];
    const epochs: Record<string, [number, string, string]> = {};
    for (const [name, path, other] of places) {
      const { train, test } = await openForTest(path, { test: other });
      // Shards number their classes; Parquet, binary and folders name them in the same order.
      const named = (source: ImageSource): ImageSource => ({
        ...source,
        classes: source.classes.map((_, i) => String(i)),
      });
      epochs[name] = [
        train.count + (test?.count ?? 0),
        await epochOf(named(train)),
        await epochOf(named(test as ImageSource)),
      ];
    }
    expect(epochs.files?.[0]).toBe(60_000);
    for (const [name] of places) expect([name, epochs[name]]).toEqual([name, epochs.files]);
  },
);
