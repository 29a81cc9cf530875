import { execFileSync, execSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

const LIST = 'file_name,label\n0.jpg,cat\n1.jpg,dog\n';

it('names the list that may hold the labels of images without', async () => {
  const folder = folderOf({ 'train/0.jpg': '0', 'train/1.jpg': '1', 'train/metadata.csv': LIST });
  const { description } = await openForTest(folder);
  const list = join(folder, 'train/metadata.csv');
  expect(description).toContain(`labels may be in train/metadata.csv: --data ${list}`);
  expect((await openForTest(list)).train.classes).toEqual(['cat', 'dog']);
  expect((await openForTest(folder, { labels: 'none' })).description).not.toContain('labels may be');
});

it('gives settings for columns of other names', async () => {
  const folder = folderOf({ 'img/a.jpg': '0', 'img/b.jpg': '1', 'meta.csv': 'image_id,dx\na,nv\nb,mel\n' });
  const { description } = await openForTest(folder);
  expect(description).toContain(
    `labels may be in meta.csv: --data ${folder}/meta.csv --set data.pathField=image_id --set data.labelField=dx`,
  );
});

it('says nothing of lists without labels, of other images, or beside class folders', async () => {
  for (const files of [
    { '0.jpg': '0', 'l.csv': 'path\n0.jpg\n' },
    { '0.jpg': '0', 'log.csv': 'epoch,loss\n1,0.5\n' },
    { '0.jpg': '0', 'l.csv': 'path,label\nnowhere/9.jpg,cat\n' },
    { 'cat/0.jpg': '0', 'dog/1.jpg': '1', 'l.csv': 'path,label\ncat/0.jpg,a\ndog/1.jpg,b\n' },
  ]) {
    expect((await openForTest(folderOf(files))).description).not.toContain('labels may be');
  }
});

it('says to unpack the images of a list that lie in an archive', async () => {
  const folder = folderOf({ '0.jpg': '0', '1.jpg': '1', 'train.csv': LIST });
  execFileSync('tar', ['-cf', 'images.tar', '0.jpg', '1.jpg'], { cwd: folder });
  execFileSync('rm', ['0.jpg', '1.jpg'], { cwd: folder });
  const { description } = await openForTest(folder);
  const [, command = 'false', list = ''] =
    /labels may be in train\.csv: unpack the images \((.*?)\), then --data (\S+)$/.exec(description) ?? [];
  execSync(command);
  expect((await openForTest(list)).train.classes).toEqual(['cat', 'dog']);
});

it('names a list that lies alone in a folder', async () => {
  const images = folderOf({ '0.jpg': '0' });
  const folder = folderOf({ 'l.csv': `path,label\n${images}/0.jpg,cat\n` });
  expect(await problemOf(folder)).toContain('| Name the list of images: --data PATH/l.csv');
  expect(await problemOf(folderOf({ 'l.csv': 'a,b\n1,2\n' }))).not.toContain('Name the list');
});
