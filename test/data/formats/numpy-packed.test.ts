import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, pixelsOf, problemOf } from '../fixture-sources.ts';
import { npy } from '../numpy-files.ts';
import { rawZip } from '../raw-zip.ts';
import { folderOf } from '../temp-files.ts';

const photos = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`photos/${i % 2 ? 'a' : 'b'}/${i}.jpg`, `${i}`]),
);

/** An .npz of compressed arrays; of damaged ones everything behind the first tenth is wrong. */
function packed(arrays: Record<string, Uint8Array>, isDamaged = false): Buffer {
  const file = rawZip(Object.entries(arrays).map(([name, body]) => ({ name: `${name}.npy`, body, method: 8 })));
  return isDamaged ? file.fill(0xff, Math.floor(file.length / 10), file.length - 400) : file;
}

describe('compressed arrays beside images', () => {
  const values = randomBytes(10 * 64 * 64);

  it('are counted by their headers, and not unpacked', async () => {
    const folder = folderOf({ ...photos, 'x.npz': packed({ images: npy([10, 64, 64], values) }, true) });
    expect((await openForTest(folder)).description).toContain(
      `class folders: 20 images in 2 classes, no test images, not read: 1 file (1 .npz), such as x.npz, not taken: 10 images of another format (NumPy) (--data ${folder}/x.npz takes them)`,
    );
  });

  it('that are none of images are left alone by their names and headers', async () => {
    const arrays = { features: npy([10, 4096], values), image_ids: npy([40_960], values) };
    for (const [name, array] of Object.entries(arrays)) {
      const folder = folderOf({ ...photos, 'x.npz': packed({ [name]: array }, true) });
      expect((await openForTest(folder)).description).toContain('class folders: 20 images in 2 classes');
    }
  });
});

it('are unpacked whole when their pixels are read, with their checksum', async () => {
  const values = randomBytes(300 * 128 * 128);
  const folder = folderOf({
    'good.npz': packed({ images: npy([300, 128, 128], values) }),
    'bad.npz': packed({ images: npy([300, 128, 128], values) }, true),
  });
  const { train } = await openForTest(join(folder, 'good.npz'));
  for (const i of [0, 299, 1]) {
    const pixels = await pixelsOf(train, i);
    expect(pixels.filter((_, at) => at % 3 === 0)).toEqual([...values.subarray(i * 16_384, (i + 1) * 16_384)]);
  }
  const bad = await openForTest(join(folder, 'bad.npz'));
  await expect(bad.train.read(299)).rejects.toThrow('expected a whole .npz file, got a damaged one');
});

it('do not fit into memory together where each does', async () => {
  const array = npy([4, 32, 32], randomBytes(4096));
  const folder = folderOf({ 'x.npz': packed({ x_train: array, x_test: array }) });
  expect((await openForTest(folder, { archiveBytes: 9000 })).train.count).toBe(4);
  expect(await problemOf(folder, { archiveBytes: 6000 })).toContain('expected compressed arrays of at most 0 MiB');
});
