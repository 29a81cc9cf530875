import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { problemOf } from '../fixture-sources.ts';
import { rawTar } from '../raw-tar.ts';
import { rawZip } from '../raw-zip.ts';
import { folderOf } from '../temp-files.ts';

it.each([
  ['photos.7z', '7z x PATH -oFOLDER/photos'],
  ['photos.rar', 'unrar x PATH FOLDER/photos/'],
  ['photos.tar.bz2', 'mkdir FOLDER/photos && tar -xf PATH -C FOLDER/photos'],
  ['photos.tar.xz', 'mkdir FOLDER/photos && tar -xf PATH -C FOLDER/photos'],
  ['photos.tar.zst', 'mkdir FOLDER/photos && tar -xf PATH -C FOLDER/photos'],
  [
    "my photos' best.7z",
    "7z x 'FOLDER/my photos'\\''' best.7z' -o'FOLDER/my photos'\\''' best'".replaceAll("'''", "''"),
  ],
])('%s is unpacked by the command that is told, alone and in its folder', async (name, command) => {
  const folder = folderOf({ [name]: 'of another kind' });
  const path = join(folder, name);
  const wanted = command.replaceAll('PATH', path).replaceAll('FOLDER', folder);
  for (const place of [path, folder]) {
    expect((await problemOf(place)).replaceAll('PATH', place)).toContain(`Unpack it: ${wanted} (then --data `);
  }
});

it.each([
  ['x.zip.001', 'cat FOLDER/x.zip.??? > FOLDER/x.zip (then --data FOLDER/x.zip)'],
  ['x.tar.gz.part_aa', 'cat FOLDER/x.tar.gz.part_?? > FOLDER/x.tar.gz'],
  ['x.tar.aa', 'cat FOLDER/x.tar.?? > FOLDER/x.tar'],
  ['x.7z.01', 'cat FOLDER/x.7z.?? > FOLDER/x.7z'],
])('%s is a piece, which is joined by the command that is told', async (name, command) => {
  const folder = folderOf({ [name]: 'a piece', 'x.asc': 'no piece' });
  for (const place of [folder, join(folder, name)]) {
    const problem = (await problemOf(place)).replaceAll('PATH', place);
    expect(problem).toContain(`Join its pieces: ${command.replaceAll('FOLDER', folder)}`);
  }
});

it('a piece that begins as an archive is joined, too', async () => {
  const folder = folderOf({ 'x.zip.001': rawZip([{ name: 'a.jpg', body: 'x' }]).subarray(0, 40) });
  expect(await problemOf(join(folder, 'x.zip.001'))).toContain('Join its pieces: cat ');
});

it('a file that is compressed alone is unpacked', async () => {
  const folder = folderOf({ 'usps.bz2': 'x' });
  expect(await problemOf(folder)).toContain('Unpack it: bunzip2 --keep PATH/usps.bz2');
});

describe('a folder of an archive without images', () => {
  const problemIn = (files: Record<string, string | Uint8Array>): Promise<string> => problemOf(folderOf(files));

  it('says what helps with the files beside it or inside', async () => {
    const pickles = ['cifar-10-batches-py/data_batch_1', 'cifar-10-batches-py/batches.meta'];
    const packed = rawTar(pickles.map((name) => [name, 'x']));
    const fetch = 'curl -O https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz';
    expect(await problemIn({ [pickles[0] as string]: 'x', 'cifar-10-python.tar.gz': gzipSync(packed) })).toContain(
      fetch,
    );
    expect(await problemIn({ 'cifar-10-python.tar': packed })).toContain(fetch);
    const bitmaps = { 's.tar': rawTar([['a/1.bmp', 'x']]) };
    const folder = folderOf(bitmaps);
    for (const place of [folder, join(folder, 's.tar')]) {
      expect((await problemOf(place)).replaceAll('PATH', place)).toContain(
        `Unpack it first: mkdir ${folder}/s && tar -xf ${folder}/s.tar -C ${folder}/s. Convert them with ImageMagick, which writes .png files beside them: find ${folder}/s -name '*.bmp'`,
      );
    }
    const nested = 'Unpack it: mkdir PATH/all && tar -xf PATH/all.tar -C PATH/all (then --data PATH/all)';
    expect(await problemIn({ 'all.tar': rawTar([['n01.tar', rawTar([['1.jpg', 'x']])]]) })).toContain(nested);
    const zip = rawZip([{ name: 'train.zip', body: rawZip([{ name: '1.jpg', body: 'x' }]) }]);
    expect(await problemIn({ 'all.zip': zip })).toContain('Unpack it: unzip PATH/all.zip -d PATH/all');
  });
});
