import { execSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { folderOf, textOf } from '../temp-files.ts';

/** The path of the last file in a folder with these files. */
function lastOf(files: Readonly<Record<string, string>>): string {
  return join(folderOf(files), Object.keys(files).at(-1) as string);
}

/** What the images of a list hold, and how the list was read beyond what it says. */
async function read(list: string, options = {}): Promise<[string[], string]> {
  const { train, description } = await openForTest(list, options);
  const images = await Promise.all(Array.from({ length: train.count }, (_, i) => textOf(train.read(i))));
  return [images, description.replace(/^.*no test images(?:, )?/, '')];
}

const IMAGES = { 'img/0.jpg': 'i0', 'img/1.jpg': 'i1' };

it('are trimmed, may begin with ./ or file://, and are counted where they come again', async () => {
  const list = lastOf({ ...IMAGES, 'list.tsv': 'path\tx\n ./img/0.jpg \t1\nimg//1.jpg\t2\n' });
  expect(await read(list)).toEqual([['i0', 'i1'], '']);
  const folder = folderOf({ 'my img/ü.jpg': 'u' });
  const url = pathToFileURL(join(folder, 'my img/ü.jpg')).href;
  expect(await read(lastOf({ 'list.csv': `path\n${url}\n` }))).toEqual([['u'], '']);
  const again = lastOf({ ...IMAGES, 'list.csv': 'path\nimg/0.jpg\nimg/1.jpg\n./img/0.jpg\nimg/0.jpg\n' });
  expect(await read(again)).toEqual([['i0', 'i1', 'i0', 'i0'], 'images named again in 2 lines, such as line 4']);
});

it('may have backslashes, unless files have such names', async () => {
  const lines = String.raw`path,label
img\0.jpg,a
.\img\1.jpg,b
`;
  expect(await read(lastOf({ ...IMAGES, 'list.csv': lines }))).toEqual([
    ['i0', 'i1'],
    String.raw`\ in paths read as / (2 lines)`,
  ]);
  expect(await read(lastOf({ 'img\\0.jpg': 'odd', 'list.csv': 'path\nimg\\0.jpg\n' }))).toEqual([['odd'], '']);
  expect(await problemOf(lastOf({ ...IMAGES, 'list.csv': 'path\nimg\\0.jpg\n..\\x.jpg\n' }))).toContain(
    'expected a path below the list\'s folder, got "..\\x.jpg" in line 3',
  );
});

it('may be in the other Unicode form than names of files and folders', async () => {
  const [nfc, nfd] = ['été/é'.normalize('NFC'), 'été/é'.normalize('NFD')];
  for (const [listed, there] of [
    [nfc, nfd],
    [nfd, nfc],
  ]) {
    const files = { [`${there}0.jpg`]: 'e0', [`${there}1.jpg`]: 'e1', 'plain.jpg': 'p' };
    const list = lastOf({ ...files, 'list.csv': `path\n${listed}0.jpg\nplain.jpg\n${listed}1.jpg\n${listed}2.jpg\n` });
    const { train, description } = await openForTest(list);
    expect(description).toContain('2 names found in another Unicode form (NFC, NFD)');
    expect(await Promise.all([0, 1, 2].map((i) => textOf(train.read(i))))).toEqual(['e0', 'p', 'e1']);
    expect(train.origin(0)).toBe(join(dirname(list), `${there}0.jpg`));
    await expect(train.read(3)).rejects.toMatchObject({
      message: 'does not exist (a dangling link?) (line 5 of the list)',
    });
  }
  const both = { [`${nfc}.jpg`]: 'composed', [`${nfd}.jpg`]: 'decomposed' };
  expect(await read(lastOf({ ...both, 'list.csv': `path\n${nfc}.jpg\n${nfd}.jpg\n` }))).toEqual([
    ['composed', 'decomposed'],
    '',
  ]);
});

it("may begin at a folder above the list, or with the list's own folder", async () => {
  const chexpert = 'path\nCheXpert/train/p0/0.jpg\nCheXpert/train/p1/0.jpg\nCheXpert/train/p2/0.jpg\n';
  const images = { 'CheXpert/train/p0/0.jpg': 'p0', 'CheXpert/train/p1/0.jpg': 'p1' };
  const own = lastOf({ ...images, 'CheXpert/train/p2/0.jpg': 'p2', 'CheXpert/train.csv': chexpert });
  expect(await read(own)).toEqual([['p0', 'p1', 'p2'], '"CheXpert/" at the beginning of paths left out']);
  const beside = lastOf({ ...IMAGES, 'lists/train.csv': 'path\nimg/0.jpg\nimg/1.jpg\n' });
  expect(await read(beside)).toEqual([
    ['i0', 'i1'],
    `paths taken from the folder above the list, ${dirname(dirname(beside))}`,
  ]);
  const deep = lastOf({ ...IMAGES, 'lists/a/b/train.csv': 'path\nimg/0.jpg\n' });
  const problem = await problemOf(deep);
  expect(problem).toContain('got nothing at "img/0.jpg" (line 2 of PATH)');
  execSync((/: (cp .*), and/.exec(problem)?.[1] ?? 'false').replaceAll('PATH', deep));
  expect((await read(join(dirname(deep), '../../../train.csv')))[0]).toEqual(['i0']);
});

it('may lack folder and extension, if one file alone can be meant', async () => {
  const flat = lastOf({ ...IMAGES, 'list.csv': 'image,label\n0.jpg,a\n1.jpg,b\n' });
  expect(await read(flat)).toEqual([['i0', 'i1'], 'paths completed, 0.jpg to img/0.jpg']);
  const upper = lastOf({ 'a/x.JPG': 'x', 'list.csv': 'image\na/x\n' });
  expect(await read(upper)).toEqual([['x'], 'paths completed, a/x to a/x.JPG']);
  const two = lastOf({ 'train/0.jpg': 'a', 'test/0.jpg': 'b', 'list.csv': 'image\n0\n' });
  const problem = await problemOf(two);
  expect(problem).toContain('expected one file for "0" of PATH, got several: ');
  execSync((/: (cp .*), and name/.exec(problem)?.[1] ?? 'false').replaceAll('PATH', two));
  expect((await read(join(dirname(two), 'test/list.csv')))[0]).toEqual(['b']);
  expect(await problemOf(lastOf({ '0.jpg': 'a', '0.png': 'b', 'list.csv': 'image\n0\n' }))).toContain(
    'Write the extensions into the list.',
  );
  const folder = folderOf({ 'train/0.jpg': 'a', 'list.csv': 'image\n0\n' });
  symlinkSync('train', join(folder, 'same'));
  expect((await read(join(folder, 'list.csv')))[0]).toEqual(['a']);
});

it('are looked for at the start, with a command that helps where none is there', async () => {
  const upper = lastOf({ 'Img/0.JPG': 'x', 'list.csv': 'path\nImg/0.jpg\n' });
  const problem = await problemOf(upper);
  expect(problem).toContain('expected files at the paths of a list, got nothing at "Img/0.jpg" (line 2 of PATH)');
  execSync((/: (sed .*)$/.exec(problem)?.[1] ?? 'false').replaceAll('PATH', upper));
  expect((await read(join(dirname(upper), 'list.here.csv')))[0]).toEqual(['x']);
  expect(await problemOf(lastOf({ 'Img/0.jpg': 'x', 'list.csv': 'path\nimg/0.jpg\n' }))).toContain(
    'There is Img/0.jpg; case counts.',
  );
  for (const [name, line] of [
    ['list.csv', '/home.old/me/data/img/0.jpg'],
    ['list.csv', String.raw`D:\some\folders\of\me\data\img\0.jpg`],
    ['list.jsonl', String.raw`D:\some\folders\of\me\data\img\0.jpg`],
  ] as const) {
    const text = name === 'list.csv' ? `path\n${line}\n` : JSON.stringify({ path: line });
    const elsewhere = lastOf({ ...IMAGES, [name]: text });
    const said = await problemOf(elsewhere);
    expect(said).toContain('Leave the beginning of the paths out: sed ');
    execSync((/: (sed .*)$/.exec(said)?.[1] ?? 'false').replaceAll('PATH', elsewhere));
    expect((await read(join(dirname(elsewhere), name.replace('.', '.here.'))))[0]).toEqual(['i0']);
  }
  expect(await problemOf(lastOf({ ...IMAGES, 'list.csv': 'path\n/nowhere/9.jpg\n' }))).toContain(
    'These are paths of another machine',
  );
  expect(await problemOf(lastOf({ ...IMAGES, 'list.csv': 'path\nimages/9.jpg\n' }))).toContain('Paths are taken from ');
});

it('never lead out of the folder by what was guessed, and name no address', async () => {
  const folder = folderOf({ 'x.jpg': 'secret', 'a/b/list.csv': 'path\nq/../../../x.jpg\n' });
  expect(await problemOf(join(folder, 'a/b/list.csv'))).toContain("expected a path below the list's folder");
  mkdirSync(join(folder, 'a/c'));
  expect(await problemOf(lastOf({ 'list.csv': "path\nhttps://example.org/it's.jpg\n" }))).toContain(
    'Nothing is downloaded. This fetches its images and writes a list of them: ',
  );
  expect(await problemOf(lastOf({ 'list.csv': 'path\nfile://elsewhere/x.jpg\n' }))).toContain(
    'expected the path of a file on this machine',
  );
  expect(await problemOf(lastOf({ 'list.csv': 'path\ns3://bucket/x.jpg\n' }))).toContain('expected the path of a file');
});

it('may be names that are spread over several folders', async () => {
  const files = { 'part_1/a.jpg': 'a', 'part_1/b.jpg': 'b', 'part_2/c.jpg': 'c', 'part_3/images/d.jpg': 'd' };
  const ids = lastOf({ ...files, 'list.csv': 'path\na\nb\nc\nd\n' });
  expect(await read(ids)).toEqual([['a', 'b', 'c', 'd'], 'paths completed, a to part_1/a.jpg and so on in 3 folders']);
  const names = lastOf({ ...files, 'list.csv': 'path\nc.jpg\na.jpg\nnone.jpg\n' });
  const { train } = await openForTest(names);
  expect(await Promise.all([0, 1].map((i) => textOf(train.read(i))))).toEqual(['c', 'a']);
  await expect(train.read(2)).rejects.toThrow('does not exist');
  const deep = lastOf({ 'p1/x/a.jpg': 'a', 'p2/x/b.jpg': 'b', 'list.csv': 'path\nx/a\nx/b\n' });
  expect((await read(deep))[0]).toEqual(['a', 'b']);
});

it('are taken from the folder that alone holds all of them', async () => {
  const files = { 'few/b.jpg': 'thumb', 'img/a.jpg': 'a', 'img/b.jpg': 'b', 'list.csv': 'path\na.jpg\nb.jpg\n' };
  expect((await read(lastOf(files)))[0]).toEqual(['a', 'b']);
});

it('that are names of two files are an error, which names both', async () => {
  const files = { 'p1/a.jpg': '1', 'p1/b.jpg': '2', 'p2/b.jpg': '3', 'p2/c.jpg': '4', 'list.csv': 'path\na\nb\nc\n' };
  const list = lastOf(files);
  const folder = dirname(list);
  expect(await problemOf(list)).toContain(
    `expected one file for "b" of PATH, got several: ${folder}/p1/b.jpg and ${folder}/p2/b.jpg`,
  );
});

it('that climb out are refused, with the command that mends the list', async () => {
  for (const [name, line] of [
    ['train.csv', String.raw`path,label\n../img/0.jpg,a\n../img/1.jpg,b\n`],
    ['train.csv', String.raw`path,label\n..\\img\\0.jpg,a\n..\\img\\1.jpg,b\n`],
    ['train.jsonl', String.raw`{"path": "../img/0.jpg"}\n{"path": "../img/1.jpg"}\n`],
  ] as const) {
    const list = lastOf({
      ...IMAGES,
      [`lists/${name}`]: line.replaceAll('\\n', '\n').replaceAll('\\\\', '\\'),
    });
    const problem = await problemOf(list);
    const [, command = '', copy = ''] = / \| This leaves \S+ out: (sed .* > (\S+)), and --data \2$/.exec(problem) ?? [];
    execSync(command.replaceAll('PATH', list));
    expect((await read(copy.replaceAll('PATH', list)))[0]).toEqual(['i0', 'i1']);
  }
  const mixed = lastOf({ ...IMAGES, 'lists/a.csv': 'path\n../img/0.jpg\nb.jpg\n' });
  expect(await problemOf(mixed)).toContain(
    '| Put the list into a folder that holds all images, or write absolute paths.',
  );
});
