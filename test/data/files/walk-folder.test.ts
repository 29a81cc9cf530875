import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
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

it('leaves out what programs leave among the data', async () => {
  const folders = ['node_modules/x', '__pycache__', 'venv/lib', 'wandb', 'found.000', 'FOUND.012', '@tmp', 'mlruns'];
  const names = [...folders, 'lightning_logs', 'tensorboard', 'cat', 'dog', 'found.you'];
  expect(await describe(folderOf(Object.fromEntries(names.map((name) => [`${name}/0.jpg`, '']))))).toBe(
    'class folders: 3 images in 3 classes, no test images, system files left out: 10 (@tmp, FOUND.012, __pycache__, ...)',
  );
});

it('follows a link to each folder once, wherever it is met', async () => {
  const folder = folderOf({ 'a/0.jpg': '', 'b/1.jpg': '' });
  symlinkSync(join(folder, 'a'), join(folder, 'b', 'linked'));
  symlinkSync(folder, join(folder, 'b', 'linked-up'));
  symlinkSync(join(folder, 'b'), join(folder, 'b', 'self'));
  expect(await describe(folder)).toBe('class folders: 3 images in 2 classes, no test images');
});
