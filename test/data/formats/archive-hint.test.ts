import { join } from 'node:path';
import { expect, it } from 'vitest';
import { problemOf } from '../fixture-sources.ts';
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
