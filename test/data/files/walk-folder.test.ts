import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { problemOf } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

async function describe(folder: string): Promise<string> {
  const { description, close } = await openDataset(folder);
  await close();
  return description;
}

it('leaves out what systems leave, unreadable or not, and counts it', async () => {
  const folder = folderOf({
    'cat/0.jpg': '',
    'dog/1.jpg': '',
    'cat/@eaDir/0.jpg/SYNOPHOTO_THUMB_M.jpg': '',
    '__MACOSX/cat/0.jpg': '',
    'lost+found/#123.jpg': '',
    'dog/.ipynb_checkpoints/1-checkpoint.jpg': '',
    'dog/Thumbs.db': '',
    '#recycle/2.jpg': '',
  });
  chmodSync(join(folder, 'lost+found'), 0);
  expect(await describe(folder)).toBe(
    'class folders: 2 images in 2 classes, no test images, system files left out: 6 (#recycle, __MACOSX, cat/@eaDir, ...)',
  );
  chmodSync(join(folder, 'lost+found'), 0o700);
});

it('leaves out the snapshots of file servers', async () => {
  const folder = folderOf({
    'cat/0.jpg': '',
    'dog/1.jpg': '',
    '~snapshot/hourly.0/cat/0.jpg': '',
    '.snapshot/daily/cat/0.jpg': '',
    'dog/.zfs/snapshot/a/1.jpg': '',
  });
  expect(await describe(folder)).toBe(
    'class folders: 2 images in 2 classes, no test images, system files left out: 3 (.snapshot, dog/.zfs, ~snapshot)',
  );
});

it('leaves out what programs leave among the data', async () => {
  const folders = ['node_modules/x', '__pycache__', 'venv/lib', 'wandb', 'found.000', 'FOUND.012', '@tmp', 'mlruns'];
  const names = [...folders, 'lightning_logs', 'tensorboard', 'cat', 'dog', 'found.you'];
  expect(await describe(folderOf(Object.fromEntries(names.map((name) => [`${name}/0.jpg`, '']))))).toBe(
    'class folders: 3 images in 3 classes, no test images, system files left out: 10 (@tmp, FOUND.012, __pycache__, ...)',
  );
});

const HIDDEN = {
  'cat/.0001x.jpg': '',
  'dog/.2.PNG': '',
  'dog/._1.jpg': '',
  'dog/.DS_Store': '',
  'dog/.thumbnails/1.jpg': '',
  'cat/.3.jpg.icloud': '',
  'cat/.4.HEIC.icloud': '',
  'cat/.notes.pages.icloud': '',
};

it('counts hidden images, and those that iCloud holds', async () => {
  const folder = folderOf({ ...HIDDEN, 'cat/0.jpg': '', 'dog/1.jpg': '' });
  const noted =
    'class folders: 2 images in 2 classes, no test images, not read: 2 hidden images, such as cat/.0001x.jpg';
  expect(await describe(folder)).toBe(
    `${noted}, 2 images are not downloaded from iCloud, such as cat/.3.jpg.icloud (on the Mac: brctl download ${folder})`,
  );
  execFileSync('tar', ['-cf', join(folder, 'x.tar'), '-C', folder, 'cat', 'dog']);
  expect(await describe(join(folder, 'x.tar'))).toContain(`${noted}, 2 images are not downloaded from iCloud, such as`);
});

it('says so where there are no others', async () => {
  expect(await problemOf(folderOf({ 'cat/.3.jpg.icloud': '', 'lost+found/1.jpg': '' }))).toBe(
    'expected images (.jpg .jpeg .png .webp .ppm), got no files in PATH (system files left out: 1 (lost+found); 1 image is not downloaded from iCloud, such as cat/.3.jpg.icloud (on the Mac: brctl download PATH)) | Fetch or rename what was left out, or name another folder.',
  );
});

it('follows a link to each folder once, wherever it is met', async () => {
  const folder = folderOf({ 'a/0.jpg': '', 'b/1.jpg': '' });
  symlinkSync(join(folder, 'a'), join(folder, 'b', 'linked'));
  symlinkSync(folder, join(folder, 'b', 'linked-up'));
  symlinkSync(join(folder, 'b'), join(folder, 'b', 'self'));
  expect(await describe(folder)).toBe('class folders: 3 images in 2 classes, no test images');
});
