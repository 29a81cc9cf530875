import { execSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf } from '../temp-files.ts';

const IMAGES = Object.fromEntries([0, 1, 2, 3].map((i) => [`img/${i}.jpg`, `image ${i}`]));

/** The path of a list beside four images. */
const listOf = (name: string, content: string | Uint8Array): string =>
  join(folderOf({ ...IMAGES, [name]: content }), name);

/** What training sees of a list: its description, classes and labels. */
async function seen(name: string, content: string, options = {}): Promise<[string, readonly string[], number[]]> {
  const { description, train } = await openForTest(listOf(name, content), options);
  return [description, train.classes, [...(train.labels ?? [])]];
}

/** The command of a hint, run; the hint ends with it. */
function runHint(problem: string, path: string): void {
  const command = /: ((?:sed|cp|iconv) .*)$/.exec(problem)?.[1] ?? 'false';
  execSync(command.replaceAll('PATH', path));
}

describe('fields', () => {
  it.each([
    ['spaces round quotes', 'list.csv', '"path", "label"\n"img/0.jpg", "a"\n"img/1.jpg" , "b b" \n'],
    ['no quotes but spaces', 'list.csv', 'path, label\nimg/0.jpg, a\n img/1.jpg ,b b\n'],
    ['bars', 'list.csv', 'path|label\nimg/0.jpg|a\nimg/1.jpg|b b\n'],
    ['tabs in .csv', 'list.csv', 'path\tlabel\nimg/0.jpg\ta\nimg/1.jpg\t"b b"\n'],
    ['semicolons beside commas', 'list.csv', 'path;label;a, b\nimg/0.jpg;a;1,5\nimg/1.jpg;b b;2,5\n'],
    ['commas in .tsv', 'list.tsv', 'path,label\nimg/0.jpg,a\nimg/1.jpg,b b\n'],
    ['the line of spreadsheets', 'list.csv', 'sep=;\r\npath;label\r\nimg/0.jpg;a\r\nimg/1.jpg;b b\r\n'],
    ['ends of lines of several systems', 'list.csv', 'path,label\r\nimg/0.jpg,a\nimg/1.jpg,"b b"\r\n'],
    ['ends of lines of old Macs', 'list.csv', 'path,label\rimg/0.jpg,a\rimg/1.jpg,b b\r'],
    ['rows that say nothing', 'list.csv', 'path,label,\nimg/0.jpg,a,\n,,\n\nimg/1.jpg,b b,\n,,\n  \n'],
    ['fields too many that are empty', 'list.csv', 'path,label\nimg/0.jpg,a,\nimg/1.jpg,b b,,\n'],
    ["pandas' index", 'list.csv', ',path,label\n0,img/0.jpg,a\n1,img/1.jpg,b b\n'],
    ["pandas' index, read again", 'list.csv', 'Unnamed: 0,path,label\n0,img/0.jpg,a\n1,img/1.jpg,b b\n'],
    ['a name over two lines', 'list.csv', '"a\nb",path,label\n1,img/0.jpg,a\n2,img/1.jpg,b b\n'],
  ])('may have %s', async (_, name, content) => {
    expect(await seen(name, content)).toEqual(['list: 2 images in 2 classes, no test images', ['a', 'b b'], [0, 1]]);
  });

  it('may hold a stray quote, and lines with quotes keep their numbers', async () => {
    const lines = 'path,label\nimg/0.jpg,5" disc\nimg/1.jpg,"a\nb"\nimg/2.jpg,c\nimg/3.jpg,\n';
    expect(await seen('list.csv', lines)).toEqual([
      'images without labels (list; line 6 has none): 4 images, no test images',
      [],
      [],
    ]);
    expect(await problemOf(listOf('list.csv', 'path,label\nimg/0.jpg,a\n\nimg/1.jpg,"b"c\n'))).toContain('line 4');
  });

  it('are as many as columns, and columns that are used have names of their own', async () => {
    expect(await problemOf(listOf('list.csv', 'path,label\nimg/0.jpg,a\nimg/1.jpg,b,c\n'))).toBe(
      'expected 2 fields (path, label), got 3 in line 3 (PATH) | Quote fields that hold separators: "one,two.jpg"',
    );
    expect(await problemOf(listOf('list.csv', 'label,path\na,img/0.jpg\nimg/1.jpg\n'))).toContain(
      'expected 2 fields (label, path), got 1 in line 3 (PATH) | Write a field for each column',
    );
    expect(await problemOf(listOf('list.csv', 'path,label,label\nimg/0.jpg,a,b\n'))).toContain(
      'expected one column label, got several (PATH)',
    );
    expect((await seen('list.csv', 'path,x,x\nimg/0.jpg,a,b\n'))[0]).toContain('1 image');
  });

  it('may lack at the end of a line, as if they were empty', async () => {
    const lines = 'path,label\nimg/0.jpg,a\nimg/1.jpg\nimg/2.jpg\n';
    expect((await seen('list.csv', lines))[0]).toBe(
      'images without labels (list; line 3 has none, and 1 more): 3 images, no test images, fewer fields than columns in 2 lines, such as line 3',
    );
    const others = 'path,label,x\nimg/0.jpg,a,1\nimg/1.jpg,b\n';
    expect((await seen('list.csv', others))[0]).toContain('2 images in 2 classes');
  });

  it.each([
    ["path,label\n'img/0.jpg','a, b'\n'img/1.jpg','c'\n"],
    ["'path','label'\n'img/0.jpg','a, b'\n'img/1.jpg','c'\n"],
    ["path,label\n'img/0.jpg',a\n'img/1.jpg',b\n"],
  ])('are quoted by ", and a command mends single quotes: %j', async (lines) => {
    const path = listOf('list.csv', lines);
    const problem = await problemOf(path);
    expect(problem).toContain(`Fields are quoted by ", not by '. This writes it so: sed -E `);
    runHint(problem, path);
    expect((await openForTest(join(dirname(path), 'list.quoted.csv'))).train.count).toBe(2);
  });

  it('need a header, which a command adds', async () => {
    for (const [content, header] of [
      ['img/0.jpg,a\nimg/1.jpg,b\n', 'path,label'],
      ['a;img/0.jpg\nb;img/1.jpg\n', 'label;path'],
      ['img/0.jpg\nimg/1.jpg\n', 'path'],
      ['7,img/0.jpg,a\n8,img/1.jpg,b\n', 'label,path,column3'],
    ] as const) {
      const path = listOf('my list.csv', content);
      const problem = await problemOf(path);
      expect(problem).toContain(`This adds it: sed '1i ${header}' 'PATH' > `);
      runHint(problem, path);
      expect((await openForTest(join(dirname(path), 'my list.header.csv'))).train.count).toBe(2);
    }
    expect(await problemOf(listOf('list.csv', 'img/0.jpg,a'))).toContain('This adds it');
  });
});

describe('the column of paths', () => {
  it.each(['filepath', 'file_path', 'Filename', 'image_path', 'img_path', 'image_name', 'file name', 'filepaths'])(
    'may be called %s',
    async (column) => {
      const [description] = await seen('list.csv', `label,${column}\na,img/0.jpg\nb,img/1.jpg\n`);
      expect(description).toBe('list: 2 images in 2 classes, no test images');
    },
  );

  it('is the one that is named, or the error says which it can be', async () => {
    const path = listOf('list.csv', 'photo,path,label\nimg/0.jpg,nowhere.jpg,a\nimg/1.jpg,x.jpg,b\n');
    const { train } = await openForTest(path, { pathField: 'photo' });
    expect([train.count, train.name(1)]).toEqual([2, 'img/1.jpg']);
    expect(await problemOf(path, { pathField: 'foto' })).toBe(
      'expected a column foto (data.pathField), got photo, path, label (PATH) | Did you mean photo?',
    );
    expect(await problemOf(listOf('list.csv', 'my photo,label\nimg/0.jpg,a\n'))).toBe(
      "expected a column path, file, image, filename, file_name, got my photo, label (PATH) | Name it: --set 'data.pathField=my photo'",
    );
    expect(await problemOf(listOf('list.csv', 'photo,mask\nimg/0.jpg,img/1.jpg\n'))).toContain(
      'photo, mask hold paths. Name the one that is meant: --set data.pathField=photo',
    );
    const lines = '{"meta": {"photo": "img/0.jpg", "label": 3}}\n{"meta": {"photo": "img/1.jpg", "label": 4}}\n';
    const nested = await openForTest(listOf('list.jsonl', lines), {
      pathField: 'meta.photo',
      labelField: 'meta.label',
    });
    expect([nested.train.name(1), nested.train.classes]).toEqual(['img/1.jpg', ['3', '4']]);
    expect(await problemOf(listOf('list.jsonl', '{"image": {"path": "img/0.jpg"}}\n'))).toContain(
      'got a structure in line 1 (PATH) | Name what is inside: --set data.pathField=image.path',
    );
  });

  it('may hold names without folder and extension', async () => {
    const folder = folderOf({
      'train/0001.jpg': '1',
      'train/0002.jpg': '2',
      'test/0003.jpg': '3',
      'labels.csv': 'id,breed\n0001,a\n0002,b\n',
    });
    const path = join(folder, 'labels.csv');
    expect(await problemOf(path)).toContain('got id, breed (PATH) | Name it: --set data.pathField=id');
    const { description, train } = await openForTest(path, { pathField: 'id', labelField: 'breed' });
    expect(description).toBe('list: 2 images in 2 classes, no test images, paths completed, 0001 to train/0001.jpg');
    expect([train.origin(1), train.name(1)]).toEqual([join(folder, 'train/0002.jpg'), '0002']);
  });
});

describe('the column of labels', () => {
  it('gives reasons where there are no labels, and is an error where it was named', async () => {
    const lists = '{"path": "img/0.jpg", "label": "a"}\n{"path": "img/1.jpg", "label": ["a", "b"]}\n';
    expect((await seen('list.jsonl', lists))[0]).toContain('line 2 has a list of labels');
    expect(await problemOf(listOf('list.jsonl', lists), { labelField: 'label' })).toBe(
      'expected a text or number in the column label (data.labelField), got a list in line 2 (PATH) | Name another column.',
    );
    const nested = '{"path": "img/0.jpg", "meta": {"label": "a"}}\n';
    expect(await problemOf(listOf('list.jsonl', nested), { labelField: 'meta' })).toContain(
      'got a structure in line 1 (PATH) | Name what is inside: --set data.labelField=meta.label',
    );
    expect((await seen('list.csv', 'path,breed,Sex\nimg/0.jpg,a,f\n'))[0]).toBe(
      'images without labels (list; no column label or class; data.labelField can name another: breed, Sex): 1 image, no test images',
    );
    expect(await problemOf(listOf('list.csv', 'path,x\nimg/0.jpg,\n'), { labelField: 'x' })).toContain(
      'expected labels in the column x (data.labelField), got none in any line',
    );
  });

  it('takes NaN of JSON, as Python writes it, for no label', async () => {
    const lines = '{"path": "img/0.jpg", "label": "a"}\n{"path": "img/1.jpg", "label": NaN}\n';
    expect((await seen('list.jsonl', lines))[0]).toContain('(list; line 2 has none)');
    expect((await seen('list.jsonl', lines, { labels: 'none' }))[0]).toContain('2 images');
  });

  it.each(['nan', 'NaN', 'null', '', '-1', '-1.0'])('takes %j for no label', async (value) => {
    const [description] = await seen('list.csv', `path,label\nimg/0.jpg,a\nimg/1.jpg,${value}\n`);
    expect(description).toContain('images without labels (list; line 3 has none');
  });

  it('is left alone where no labels are wanted', async () => {
    const lists = '{"path": "img/0.jpg", "label": ["a", "b"]}\n';
    const { description } = await openForTest(listOf('list.jsonl', lists), { labels: 'none', labelField: 'label' });
    expect(description).toBe('images without labels (list; data.labels is none): 1 image, no test images');
  });

  it('keeps whole numbers beyond 2^53 apart, as lists of other kinds do', async () => {
    const lines = [0, 2, 3, 3].map((last, i) => `{"path": "img/${i}.jpg", "label": 900719925474099${last}}`);
    const csv = [0, 2, 3, 3].map((last, i) => `img/${i}.jpg,900719925474099${last}`);
    const classes = ['9007199254740990', '9007199254740992', '9007199254740993'];
    expect((await seen('list.jsonl', lines.join('\n'))).slice(1)).toEqual([classes, [0, 1, 2, 2]]);
    expect((await seen('list.csv', ['path,label', ...csv].join('\n'))).slice(1)).toEqual([classes, [0, 1, 2, 2]]);
    const text = '{"path": "img/0.jpg", "label": 1.0, "note": "9007199254740993 \\" 9007199254740993"}';
    expect((await seen('list.jsonl', text)).slice(1)).toEqual([['1'], [0]]);
  });

  it('takes whole floats for whole numbers, in training and test alike', async () => {
    const rows = Array.from({ length: 11 }, (_, i) => `img/${i % 4}.jpg,${i}.0,train`);
    const path = listOf('list.csv', ['path,label,split', ...rows, 'img/0.jpg,3,test'].join('\n'));
    const { train, test } = await openForTest(path);
    expect(train.classes).toEqual(Array.from({ length: 11 }, (_, i) => `${i}`));
    expect(test?.labels).toEqual(Int32Array.of(3));
  });
});

describe('the splits', () => {
  it.each([
    ['False', 'True'],
    ['0', '1'],
    ['0.0', '1.0'],
    ['false', 'TRUE'],
  ])('may be told by is_valid (%s, %s)', async (no, yes) => {
    const path = listOf('list.csv', `path,label,is_valid\nimg/0.jpg,a,${no}\nimg/1.jpg,b,${no}\nimg/2.jpg,a,${yes}\n`);
    expect((await openForTest(path)).description).toBe('list: 2 images in 2 classes, test 1, divided by is_valid');
  });

  it('are told where is_valid holds something else, and where a line names none', async () => {
    expect((await seen('list.csv', 'path,is_valid\nimg/0.jpg,0\nimg/1.jpg,maybe\n'))[0]).toContain(
      'is_valid is not used: it holds "maybe" in line 3',
    );
    expect((await seen('list.csv', 'path,split\nimg/0.jpg,train\nimg/1.jpg,\n'))[0]).toContain(
      'not used: files that name no split (1 image)',
    );
    const json = '{"path": "img/0.jpg", "is_valid": false}\n{"path": "img/1.jpg", "is_valid": true}\n';
    expect((await seen('list.jsonl', json))[0]).toContain('1 image, test 1, divided by is_valid');
  });

  it('may lie in a column of another name, if it holds nothing else', async () => {
    const lines = 'filepaths,labels,data set\nimg/0.jpg,a,train\nimg/1.jpg,b,train\nimg/2.jpg,a,valid\n';
    expect((await seen('birds.csv', lines))[0]).toBe('list: 2 images in 2 classes, test 1, divided by data set');
    expect((await seen('list.csv', lines.replace('valid', 'blue')))[0]).toBe(
      'list: 3 images in 2 classes, no test images, data set is not used: it holds "blue" in line 4',
    );
  });
});

it('refuses lists that are not UTF-8, and reads UTF-16', async () => {
  const lines = 'path,label\nimg/0.jpg,pôle\nimg/1.jpg,pâle\n';
  const path = listOf('list.csv', Buffer.from(lines, 'latin1'));
  const problem = await problemOf(path);
  expect(problem).toContain(
    'expected UTF-8 text, got another encoding, most likely Windows-1252, in line 2, column 12 of PATH: "img/0.jpg,pôle"',
  );
  runHint(problem, path);
  expect((await openForTest(join(dirname(path), 'list.utf8.csv'))).train.classes).toEqual(['pâle', 'pôle']);
  writeFileSync(path, Buffer.from(`\ufeff${lines.replaceAll(',', '\t')}`, 'utf16le'));
  expect((await openForTest(path)).train.classes).toEqual(['pâle', 'pôle']);
});

it('names the other column that leads to files where the usual one does not', async () => {
  const files = { 'img/0.jpg': '0', 'img/1.jpg': '1', '0/x.txt': '' };
  const list = join(
    folderOf({ ...files, 'l.csv': 'image,label,filename\n1000,0,img/0.jpg\n1001,1,img/1.jpg\n' }),
    'l.csv',
  );
  const problem = await problemOf(list);
  expect(problem).toContain('got nothing at "1000" (line 2 of PATH)');
  expect(problem).toContain('| The column filename leads to files: --set data.pathField=filename');
  expect((await openForTest(list, { pathField: 'filename' })).train.count).toBe(2);
});

it('has a command against comments before the header', async () => {
  const list = join(folderOf({ '0.jpg': '0', 'l.csv': '# exported, 2024\n# by me\npath,label\n0.jpg,a\n' }), 'l.csv');
  const problem = await problemOf(list);
  expect(problem).toContain('expected the names of columns in line 1, got a comment, "# exported, 2024" (PATH) | ');
  execSync((/: (sed .*), and --data \S+$/.exec(problem)?.[1] ?? 'false').replaceAll('PATH', list));
  expect((await openForTest(list.replace('.csv', '.plain.csv'))).train.count).toBe(1);
  expect(
    (await openForTest(join(folderOf({ '0.jpg': '0', 'l.csv': '#path,x\n0.jpg,a\n' }), 'l.csv'))).train.count,
  ).toBe(1);
});
