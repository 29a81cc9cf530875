import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf, textOf } from '../temp-files.ts';

const IMAGES = { 'a/1.jpg': 'a1', 'b/2, two.png': 'b2', 'c "3".webp': 'c3' };

/** The path of a list in a folder with three files. */
const listOf = (name: string, content: string): string => join(folderOf({ ...IMAGES, [name]: content }), name);

describe('a list of images', () => {
  it.each([
    ['list.csv', '\ufeffpath,label\r\na/1.jpg,cat\r\n"b/2, two.png",dog\r\n\r\n"c ""3"".webp",cat\r\n'],
    ['list.csv', 'Class;ID;Image\ncat;1;a/1.jpg\ndog;2;b/2, two.png\ncat;3;"c ""3"".webp"\n'],
    ['list.tsv', 'label\tfile\ncat\ta/1.jpg\ndog\tb/2, two.png\ncat\t"c ""3"".webp"'],
    [
      'list.jsonl',
      '{"path": "a/1.jpg", "label": "cat"}\n\n{"path": "b/2, two.png", "label": "dog", "x": [1]}\n{"label": "cat", "path": "c \\"3\\".webp"}\n',
    ],
  ])('reads %s with quotes, a byte order mark and any order of columns', async (name, content) => {
    const { train, description } = await openForTest(listOf(name, content));
    expect(description).toBe('list: 3 images in 2 classes, no test images');
    expect([0, 1, 2].map(train.name)).toEqual(['a/1.jpg', 'b/2, two.png', 'c "3".webp']);
    expect(await Promise.all([0, 1, 2].map((i) => textOf(train.read(i))))).toEqual(['a1', 'b2', 'c3']);
    expect(train.labels).toEqual(Int32Array.of(0, 1, 0));
  });

  it('needs no labels, and guesses none where some are missing', async () => {
    const plain = await openForTest(listOf('list.csv', 'path\na/1.jpg\n'));
    expect(plain.description).toBe('images without labels (list): 1 image, no test images');
    const partly = await openForTest(listOf('list.csv', 'path,label\na/1.jpg,cat\n"b/2, two.png",\n'));
    expect(partly.description).toBe('images without labels (list; line 3 has none): 2 images, no test images');
  });

  it('orders numbered classes as numbers', async () => {
    const { train } = await openForTest(listOf('list.csv', 'path,class\na/1.jpg,10\na/1.jpg,9\na/1.jpg,10\n'));
    expect([train.classes, train.labels]).toEqual([['9', '10'], Int32Array.of(1, 0, 1)]);
  });

  it('divides by a split column, takes another list for tests, and another column of labels', async () => {
    const split = await openForTest(
      listOf(
        'list.csv',
        'path,split,label,breed\na/1.jpg,train,cat,persian\na/1.jpg,train,dog,beagle\na/1.jpg,val,dog,beagle\n',
      ),
    );
    expect(split.description).toBe(
      'list: 2 images in 2 classes, test 1, images named again in 2 lines, such as line 3',
    );
    expect(split.test?.labels).toEqual(Int32Array.of(1));
    const named = listOf('list.csv', 'path,split\na/1.jpg,Training\na/1.jpg,train extra\n');
    expect((await openForTest(named)).train.count).toBe(1);
    expect((await openForTest(named, { train: 'train extra' })).train.count).toBe(1);
    const folder = folderOf({
      ...IMAGES,
      'train.csv': 'path,label,x\na/1.jpg,cat,3\na/1.jpg,dog,4\n',
      'other.jsonl': '{"path": "a/1.jpg", "label": "dog", "x": 3}',
    });
    const lists = await openForTest(join(folder, 'train.csv'), { test: join(folder, 'other.jsonl') });
    expect([lists.train.classes, lists.test?.labels]).toEqual([['cat', 'dog'], Int32Array.of(1)]);
    const x = await openForTest(join(folder, 'train.csv'), { test: join(folder, 'other.jsonl'), labelField: 'x' });
    expect([x.train.classes, x.test?.labels]).toEqual([['3', '4'], Int32Array.of(0)]);
    expect(await problemOf(join(folder, 'train.csv'), { labelField: 'labels' })).toContain(
      'expected a column labels (data.labelField), got path, label, x (PATH) | Did you mean label?',
    );
  });

  it('leaves out and counts header lines of lists that were joined', async () => {
    const files = { '0.jpg': '0', '1.jpg': '1', '2.jpg': '2' };
    const parts = ['path,label\n0.jpg,a\n', '\ufeffpath,label\n1.jpg,b\n', '"path", "label"\n\n2.jpg,a\n'];
    const list = join(folderOf({ ...files, 'all.csv': parts.join('') }), 'all.csv');
    const { train, description } = await openForTest(list);
    expect([train.count, train.classes]).toEqual([3, ['a', 'b']]);
    expect(description).toContain('header again in 2 lines, such as line 3');
    const quoted = folderOf({ ...files, 'all.csv': '"path","label"\n0.jpg,a\n\ufeff"path","label"\n1.jpg,b\n' });
    expect((await openForTest(join(quoted, 'all.csv'))).train.count).toBe(2);
    const lines = folderOf({ ...files, 'all.jsonl': '{"path": "0.jpg"}\n\ufeff{"path": "1.jpg"}\n' });
    expect((await openForTest(join(lines, 'all.jsonl'))).train.count).toBe(2);
    const turned = folderOf({ ...files, 'all.csv': 'path,label\n0.jpg,a\nlabel,path\nb,1.jpg\n' });
    expect(await problemOf(join(turned, 'all.csv'))).toBe(
      'expected the columns path, label, got them in another order in line 3 (PATH) | Join lists whose columns are the same, or name one of them.',
    );
  });

  it('counts a missing file as a bad image with its line', async () => {
    const folder = folderOf({ ...IMAGES, 'list.csv': 'path\na/1.jpg\n"no\nwhere.jpg"\na\nfifo\n' });
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const { train } = await openForTest(join(folder, 'list.csv'));
    await expect(train.read(1)).rejects.toMatchObject({
      name: 'DecodeProblem',
      message: 'does not exist (a dangling link?) (line 4 of the list)',
    });
    await expect(train.read(2)).rejects.toMatchObject({ message: 'is a folder (line 5 of the list)' });
    await expect(train.read(3)).rejects.toMatchObject({
      message: 'is a pipe or a device, not a file (line 6 of the list)',
    });
  });

  it('takes absolute paths, and relative ones only below its folder', async () => {
    const elsewhere = join(folderOf(IMAGES), 'a/1.jpg');
    const { train } = await openForTest(listOf('list.csv', `path\n${elsewhere}\na/../a/1.jpg\n`));
    expect([await textOf(train.read(0)), await textOf(train.read(1))]).toEqual(['a1', 'a1']);
    const path = listOf('list.csv', 'path\na/1.jpg\na/../../x.jpg\n');
    expect(await problemOf(path)).toBe(
      'expected a path below the list\'s folder, got "a/../../x.jpg" in line 3 of PATH | Put the list into a folder that holds all images, or write absolute paths.',
    );
  });

  it.each([
    [
      'list.csv',
      'a/1.jpg,cat\nb/2.jpg,dog\n',
      "expected a column path, file, image, filename, file_name, got a/1.jpg, cat (PATH) | The first line names the columns. This adds it: sed '1i path,label' PATH > ",
    ],
    ['list.csv', 'path,label\n', 'expected a line for each image, got none in PATH'],
    ['list.csv', '', 'expected a line for each image, got none in PATH'],
    ['list.csv', 'path,label\na/1.jpg,cat,extra\n', 'expected 2 fields (path, label), got 3 in line 2 (PATH)'],
    ['list.csv', 'path,label\n"a/1.jpg,cat\n', 'expected lines of fields, got another: Quote Not Closed'],
    ['list.csv', 'path,label\n,cat\n', 'expected the path of an image, got "" in line 2 of PATH'],
    [
      'list.csv',
      'path\nhttps://example.org/1.jpg\n',
      'expected the path of a file, got "https://example.org/1.jpg" in line 2',
    ],
    ['list.jsonl', '{"path": "a/1.jpg"}\n{"path": \n', 'expected a JSON object in line 2, got "{"path":"'],
    ['list.jsonl', '["a/1.jpg"]', 'expected a JSON object in line 1, got "["a/1.jpg"]"'],
    ['list.jsonl', '{"name": "a/1.jpg"}', 'expected a column path, file, image, filename, file_name, got name'],
  ])('says what is wrong: %s %j', async (name, content, problem) => {
    expect(await problemOf(listOf(name, content))).toContain(problem);
  });
});
