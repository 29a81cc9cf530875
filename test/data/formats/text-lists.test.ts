import { execSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf, textOf } from '../temp-files.ts';

const IMAGES = { 'a/0.jpg': '0', 'a/1.jpg': '1', 'b c/2.jpg': '2', 'b c/3,4.jpg': '3' };

/** What the images of the list hold that the command of the hint makes of a text file, with their classes. */
async function madeOf(
  text: string | Uint8Array,
  name = 'train.txt',
  files: Record<string, string> = IMAGES,
  options = {},
) {
  const folder = folderOf({ ...files, [name]: text });
  const path = join(folder, name);
  const problem = (await problemOf(path)).replaceAll('PATH', path);
  execSync(/: ((?:sed|cp|tr|iconv) .*)$/.exec(problem)?.[1] ?? 'false');
  const { train } = await openForTest(join(folder, name.replace(/\.\w+$/, '.csv')), options);
  const images = await Promise.all(Array.from({ length: train.count }, (_, i) => textOf(train.read(i))));
  return [images.join(''), [...(train.labels ?? [])].map((label) => train.classes[label]).join(' '), problem];
}

it.each([
  ['Caffe', 'a/0.jpg 3\na/1.jpg 4\n', '01', '3 4'],
  ['tabs', 'a/0.jpg\t3\na/1.jpg\t3\n', '01', '3 3'],
  ['several spaces, at ends of lines too', '  a/0.jpg    3 \na/1.jpg  4\n', '01', '3 4'],
  ['spaces in paths', 'a/0.jpg 3\nb c/2.jpg 3\n', '02', '3 3'],
  ['spaces in all paths', 'b c/2.jpg 3\nb c/2.jpg 4\n', '22', '3 4'],
  ['a comma in a path', 'a/0.jpg 3\nb c/3,4.jpg 4\n', '03', '3 4'],
  ['spaces in labels', 'a/0.jpg great dane\na/1.jpg cat\n', '01', 'great dane cat'],
  ['a comment first', '# made by a tool, see page 3\n\na/0.jpg 3\n# more\na/1.jpg 4\n', '01', '3 4'],
  ['a heading', 'filename class\na/0.jpg 3\na/1.jpg 4\n', '01', '3 4'],
  ['a heading of other words', 'what which\na/0.jpg 3\na/1.jpg 4\n', '01', '3 4'],
  ['a comment and a heading', '% x\npath label\na/0.jpg 3\na/1.jpg 4\n', '01', '3 4'],
  ['Windows', 'a/0.jpg 3\r\na/1.jpg 4\r\n', '01', '3 4'],
  ['old Macintosh', 'a/0.jpg 3\ra/1.jpg 4\r', '01', '3 4'],
  ['a mark of the encoding', '\ufeffa/0.jpg 3\na/1.jpg 4\n', '01', '3 4'],
  ['UTF-16', Buffer.from('\ufeffa/0.jpg 3\na/1.jpg 4\n', 'utf16le'), '01', '3 4'],
  ['an id before the path, as of CUB', '1 a/0.jpg\n2 a/1.jpg\n3 b c/2.jpg\n', '012', ''],
  ['a label before the path', 'cat a/0.jpg\ncat a/1.jpg\n', '01', 'cat cat'],
  ['id, label and path, as of MXNet', '0\t3.000000\ta/0.jpg\n1\t4.000000\ta/1.jpg\n', '01', '3 4'],
  ['commas without a heading', 'a/0.jpg,u\na/1.jpg,v\n', '01', 'u v'],
  ['commas with one', 'image,label\na/0.jpg,u\na/1.jpg,v\n', '01', 'u v'],
  ['commas and comments', '# x\na/0.jpg,u\na/1.jpg,v\n', '01', 'u v'],
  ['bars', 'a/0.jpg|u\na/1.jpg|v\n', '01', 'u v'],
  ['paths', 'a/0.jpg\nb c/2.jpg\nb c/3,4.jpg\n', '023', ''],
  ['paths of which all have spaces', 'b c/2.jpg\nb c/3,4.jpg\n', '23', ''],
  ['paths below a heading', 'images\na/0.jpg\na/1.jpg\n', '01', ''],
])('a text list with %s gets the command that makes a list', async (_, text, images, labels) => {
  expect((await madeOf(text)).slice(0, 2)).toEqual([images, labels]);
});

it('lists of names without extensions, and of several values, get it, too', async () => {
  const voc = { 'JPEGImages/2008_000002.jpg': 'x', 'JPEGImages/2008_000003.jpg': 'y' };
  expect((await madeOf('2008_000002 -1\n2008_000003  1\n', 'cat.txt', voc))[0]).toBe('xy');
  expect((await madeOf('2008_000002\n2008_000003\n', 'train.txt', voc))[0]).toBe('xy');
  const values = await madeOf('a/0.jpg 1 0\na/1.jpg 0 1\n', 'multi.txt', IMAGES, { labelField: 'value2' });
  expect(values.slice(0, 2)).toEqual(['01', '0 1']);
  expect(values[2]).toContain('(--set data.labelField=value1 chooses one of 2 values)');
  expect((await madeOf('0\t3\ta/0.jpg\n1\t4\ta/1.jpg\n', 'train.lst'))[1]).toBe('3 4');
});

it('other text gets none', async () => {
  for (const text of ['', 'This is a page.\nIt says nothing.\n', '0 0.5 0.5 0.1 0.1\n1 0.2 0.2 0.1 0.1\n']) {
    const path = join(folderOf({ 'x.txt': text }), 'x.txt');
    expect(await problemOf(path)).toContain('Name a folder of images, or write a list (path,label in the first line');
  }
});
