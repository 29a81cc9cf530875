import { execSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

const IMAGES = { 'a/0.jpg': '', 'a/b c.jpg': '' };

describe('a file of text that is no list', () => {
  it.each([
    ['x.txt', 'a/0.jpg 3\na/b c.jpg 4\n', 'csv', ['3', '4']],
    ['x.txt', 'a/0.jpg\na/b c.jpg\n', 'csv', []],
    ['x.txt', 'path,label\na/0.jpg,u\n"a/b c.jpg",v\n', 'csv', ['u', 'v']],
    ['x.json', '[{"path": "a/0.jpg", "label": "u"},\n {"path": "a/b c.jpg", "label": "v"}]', 'jsonl', ['u', 'v']],
    ['x.json', '{"path": "a/0.jpg", "label": "u"}\n{"path": "a/b c.jpg", "label": "v"}\n', 'jsonl', ['u', 'v']],
    ['x.json', '{"a/0.jpg": "u", "a/b c.jpg": "v"}', 'jsonl', ['u', 'v']],
    ['x.json', '{"info": {}, "images": [{"file_name": "0.jpg"}, {"file_name": "b c.jpg"}]}', 'jsonl', []],
  ])('gets the command that makes one: %s %j', async (name, content, extension, classes) => {
    const path = join(folderOf({ ...IMAGES, [name]: content }), name);
    const problem = await problemOf(path);
    execSync((/: ((?:sed|cp|python3) .*)$/.exec(problem)?.[1] ?? 'false').replaceAll('PATH', path));
    const { train } = await openForTest(join(dirname(path), `x.${extension}`));
    expect([train.count, train.classes]).toEqual([2, classes]);
  });
});

it.each([
  ['x.xlsx', 'pandas.read_excel(sys.argv[1], dtype=str)'],
  ['x.ods', 'pip install pandas odfpy'],
  ['x.xls', 'pip install pandas xlrd'],
  ['x.h5', 'h5ls '],
  ['train_32x32.mat', 'scipy.io.loadmat'],
  ['lmdb/data.mdb', 'lmdb.open(sys.argv[1]'],
  ['train.tfrecord-00000-of-00002', 'tf.data.TFRecordDataset'],
  ['film.MP4', 'ffmpeg -i '],
  ['scan.tif', "-name '*.tif' -exec mogrify -format png {} +"],
])('names the command that makes images of %s', async (name, command) => {
  const folder = folderOf({ [name]: 'x' });
  expect(await problemOf(folder)).toContain(command);
  if (!name.includes('/')) expect(await problemOf(join(folder, name))).toContain(command);
});

it('wants the folder of a single image, and of what a pattern means, and says that one is empty', async () => {
  const folder = folderOf({ ...IMAGES, 'x/y/.hidden': '' });
  expect(await problemOf(join(folder, 'a/0.jpg'))).toContain(`name their folder, ${folder}/a`);
  expect(await problemOf(join(folder, 'x'))).toContain('got no files in PATH | It holds no files');
  const pattern = join(folder, 'a/*.jpg');
  const problem = await problemOf(pattern);
  expect(problem).toContain(`Name the folder ${folder}/a, or a list of the files: (echo path; ls PATH) > list.csv`);
  execSync(`(echo path; ls ${pattern}) > ${folder}/list.csv`);
  expect((await openForTest(join(folder, 'list.csv'))).train.count).toBe(2);
  expect(await problemOf(join(folder, 'train-*.tar'))).toContain('a range of numbers');
  expect(await problemOf(`${folder}/a `)).toContain(`has white space at an end. Did you mean ${folder}/a?`);
});
