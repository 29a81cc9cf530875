import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeSource } from '../../../src/data/sources/describe-source.ts';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { type RawEntry, rawTar } from '../raw-tar.ts';
import { folderOf, tempFolder, textOf } from '../temp-files.ts';

/** An archive of these files, each of which holds its own name unless more is said. */
function tarFile(...files: readonly (string | RawEntry)[]): string {
  const path = join(tempFolder(), 'set.tar');
  writeFileSync(path, rawTar(files.map((file) => (typeof file === 'string' ? [file, file] : file))));
  return path;
}

const labelsOf = (source: ImageSource): [string, string | undefined][] =>
  Array.from({ length: source.count }, (_, i) => [source.name(i), source.classes[source.labels?.[i] ?? -1]]);

describe('keys that meet', () => {
  it('by dots in names: each image has the label file of its own name, in any order', async () => {
    const { train, description } = await openForTest(
      tarFile(
        'p_0.15mm.jpg',
        ['p_0.05mm.cls', '0'],
        'p_0.05mm.jpg',
        ['p_0.15mm.cls', '1'],
        ['q_1.5.json', '{"cls":2}'],
        'q_1.5.png',
      ),
    );
    expect(labelsOf(train)).toEqual([
      ['p_0.05mm.jpg', '0'],
      ['p_0.15mm.jpg', '1'],
      ['q_1.5.png', '2'],
    ]);
    expect(await textOf(train.read(1))).toBe('p_0.15mm.jpg');
    expect(description).toBe(
      'tar shards: 3 images in 3 classes, no test images, 2 images told apart by the last dot of their names (webdataset reads them as one sample), such as p_0.05mm.jpg',
    );
  });

  it('never give an image the label of another: one without its own has none', async () => {
    const files = ['a_1.5.jpg', ['a_1.5.cls', '1'], 'a_2.5.jpg', 'b_1.5.jpg', ['b_2.5.cls', '0']] as const;
    const { train } = await openForTest(tarFile(...files));
    expect(describeSource(train)).toBe('images without labels (tar shards; a_2.5.jpg has none, and 1 more): 3 images');
    const copy = await openForTest(tarFile('a.jpg', ['a.cls', '3'], 'a.copy.jpg', ['a.copy.cls', '4']));
    expect(labelsOf(copy.train)).toEqual([
      ['a.copy.jpg', '4'],
      ['a.jpg', '3'],
    ]);
  });

  it('never give an image a label file that names one that is gone', async () => {
    const gone = await openForTest(tarFile(['p_0.05mm.json', '{"label":0}'], 'p_0.15mm.jpg', 'r.jpg', ['r.cls', '1']));
    expect(gone.train.unlabelled).toBe('p_0.15mm.jpg has no label file of its own (p_0.05mm.json names another image)');
    const numbered = await openForTest(tarFile('m.01.jpg', ['m.01.cls', '1'], 'n.01.jpg', ['n.02.cls', '0']));
    expect(numbered.train.unlabelled).toBe('n.01.jpg has no label file of its own (n.02.cls names another image)');
    const first = await openForTest(tarFile('n.jpg', ['n.02.cls', '0'], 'm.jpg', ['m.cls', '1']));
    expect(first.train.unlabelled).toContain('n.jpg has no label file of its own');
    const views = await openForTest(tarFile('n.back.jpg', ['n.back.cls', '0'], 'm.jpg', ['m.back.cls', '1']));
    expect(views.train.unlabelled).toContain('m.jpg has no label file of its own');
    const usual = tarFile('n.img.jpg', ['n.cls', '0'], 'm.jpg', ['m.info.json', '{"label":1}']);
    expect(labelsOf((await openForTest(usual)).train)).toEqual([
      ['m.jpg', '1'],
      ['n.img.jpg', '0'],
    ]);
  });

  it('by several label files of an image: none is guessed, data.labelField chooses', async () => {
    const files = [0, 1].flatMap((i): (string | RawEntry)[] => [
      `${i}.jpg`,
      [`${i}.coarse.cls`, `c${i}`],
      [`${i}.fine.cls`, `f${i}`],
    ]);
    expect((await openForTest(tarFile(...files))).train.unlabelled).toBe(
      '0.jpg has several label files (0.coarse.cls, 0.fine.cls; choose one: --set data.labelField=fine)',
    );
    expect((await openForTest(tarFile(...files), { labelField: 'fine' })).train.classes).toEqual(['f0', 'f1']);
    expect((await openForTest(tarFile(...files), { labelField: 'coarse' })).train.classes).toEqual(['c0', 'c1']);
    const plain = tarFile('0.jpg', ['0.cls', 'a'], ['0.fine.cls', 'b']);
    expect((await openForTest(plain)).train.classes).toEqual(['a']);
  });

  it('by several images of a sample: the first is taken, the others are counted', async () => {
    const path = tarFile('0.jpg', '0.png', ['0.cls', '1'], '1.png', '1.mask.png', ['1.cls', '0']);
    const { train, description } = await openForTest(path);
    expect(labelsOf(train)).toEqual([
      ['0.jpg', '1'],
      ['1.png', '0'],
    ]);
    expect(description).toBe(
      'tar shards: 2 images in 2 classes, no test images, ' +
        '2 images left out for another one with the same key, such as 0.png',
    );
    const none = await openForTest(path, { labels: 'none' });
    expect([none.train.count, none.train.labels, none.train.unlabelled]).toEqual([2, undefined, 'data.labels is none']);
  });

  it('in other shards, or apart in one, are no matter', async () => {
    const folder = folderOf({
      '0.tar': rawTar([
        ['0.jpg', 'x'],
        ['1.jpg', 'y'],
        ['0.cls', 'cat'],
        ['1.cls', 'dog'],
      ]),
      '1.tar': rawTar([
        ['0.jpg', 'z'],
        ['0.cls', 'dog'],
      ]),
    });
    expect(labelsOf((await openForTest(folder)).train)).toEqual([
      ['0.tar/0.jpg', 'cat'],
      ['0.tar/1.jpg', 'dog'],
      ['1.tar/0.jpg', 'dog'],
    ]);
    const split = folderOf({
      '0.tar': rawTar([
        ['0.jpg', 'x'],
        ['1.jpg', 'y'],
        ['1.cls', 'a'],
      ]),
      '1.tar': rawTar([['0.cls', 'cat']]),
    });
    expect((await openForTest(split)).train.unlabelled).toBe('0.tar/0.jpg has none');
  });
});

describe('labels', () => {
  /** The classes of images with these `.json` files, or why there are none. */
  async function classesOf(contents: readonly (string | Uint8Array)[], labelField?: string): Promise<unknown> {
    const files = contents.flatMap((content, i): RawEntry[] => [
      [`${i}.jpg`, 'x'],
      [`${i}.JSON`, content],
    ]);
    const { train } = await openForTest(tarFile(...files), { labelField });
    return train.unlabelled ?? labelsOf(train).map(([, name]) => name);
  }

  it('of .json are exact, whatever their type', async () => {
    expect(await classesOf(['{"label": 9007199254740993}', '{"label": 9007199254740992}'])).toEqual([
      '9007199254740993',
      '9007199254740992',
    ]);
    expect(await classesOf(['{"label": true}', '{"label": false, "score": NaN}'])).toEqual(['true', 'false']);
    expect(await classesOf(['{"label": 1.0}', '{"label": "2.0"}'])).toEqual(['1', '2']);
    expect(await classesOf(['{"meta": {"label": "a"}}', '{"meta.label": "b"}'], 'meta.label')).toEqual(['a', 'b']);
  });

  it('that are none are told, with the first image and the reason', async () => {
    expect(await classesOf(['{"label": "a"}', '{"label": [1, 2]}'])).toBe('1.jpg has a list of labels');
    expect(await classesOf(['{"label": null}', '{"label": "a"}'])).toBe('0.jpg has none');
    expect(await classesOf(['{"label": "a"}', '{"label": -1}', '{"label": {}}'])).toBe(
      '1.jpg has none (-1), and 1 more',
    );
  });

  it('of .cls are names or whole numbers: lists, fractions and negative numbers are none', async () => {
    const unlabelledBy = async (first: string): Promise<unknown> => {
      const { train } = await openForTest(tarFile('0.jpg', ['0.cls', first], '1.jpg', ['1.cls', 'x']));
      return train.unlabelled?.replace(/^0.jpg /, '') ?? train.classes[0];
    };
    for (const list of ['[1, 0]', '1 0 0', '1,0', '1\n0\n', '(1, 0)', "['a', 'b']", '[1. 0.]', '0.1\t.9', 'cat\ndog']) {
      expect([list, await unlabelledBy(list)]).toEqual([list, 'has a list of labels']);
    }
    expect(await unlabelledBy('{"label": 1}')).toBe('has a structure for a label');
    expect(await unlabelledBy('0.3')).toBe('has 0.3, which is no class');
    expect(await unlabelledBy('-100')).toBe('has none (-100)');
    for (const name of ['golden retriever', '[unknown]', '3 wolves', 'a, b', 'n02084071']) {
      expect(await unlabelledBy(name)).toBe(name);
    }
    const floats = tarFile('0.jpg', ['0.cls', '3.0\n'], '1.jpg', ['1.cls', '0.000000000000000000e+00']);
    expect((await openForTest(floats)).train.classes).toEqual(['0', '3']);
    expect(await classesOf(['{"label": -100}', '{"label": 1}'])).toBe('0.jpg has none (-100)');
    expect(await classesOf(['{"label":0,', '{"label": 1}'])).toBe('0.jpg has a label file that is no JSON');
    expect(await classesOf(['[{"label":0}]', '{"label": 1}'])).toBe('0.jpg has a list of labels');
  });

  it('that are names in one shard and numbers in another are none', async () => {
    const shard = (...labels: readonly string[]): Buffer =>
      rawTar(
        labels.flatMap((label, i): RawEntry[] => [
          [`${i}.jpg`, 'x'],
          [`${i}.cls`, label],
        ]),
      );
    const mixed = await openForTest(folderOf({ '0.tar': shard('cat', 'dog'), '1.tar': shard('0', '1') }));
    expect(mixed.train.unlabelled).toBe(
      'classes are numbers in some shards and names in others: 0 (1.tar/0.jpg) and cat (0.tar/0.jpg)',
    );
    const names = await openForTest(folderOf({ '0.tar': shard('cat', '404'), '1.tar': shard('404', '404') }));
    expect(names.train.classes).toEqual(['404', 'cat']);
  });

  it('that are not UTF-8 are none, and UTF-16 with its mark is read', async () => {
    const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
    const path = tarFile('0.jpg', ['0.cls', latin('pôle')], '1.jpg', ['1.cls', latin('pâle')]);
    expect((await openForTest(path)).train.unlabelled).toBe('0.jpg has a label that is not UTF-8 (likely Latin-1)');
    expect(await classesOf([latin('{"label": "pôle"}'), '{"label": "b"}'])).toBe(
      '0.jpg has a label that is not UTF-8 (likely Latin-1)',
    );
    expect(await classesOf([latin('{"label": "a", "by": "André"}'), '{"label": "b"}'])).toEqual(['a', 'b']);
    const utf16 = tarFile('0.jpg', ['0.cls', Buffer.from('\ufeffcat\r\n', 'utf16le')], '1.jpg', ['1.cls', 'dog']);
    expect((await openForTest(utf16)).train.classes).toEqual(['cat', 'dog']);
  });

  it('in a field that was named and can not serve are an error', async () => {
    const path = tarFile('0.jpg', ['0.json', '{"cls": 1, "tags": ["a"]}']);
    expect(await problemOf(path, { labelField: 'clas' })).toContain(
      'expected labels in clas (data.labelField), got no .json file with it beside an image: PATH',
    );
    expect(await problemOf(path, { labelField: 'tags' })).toContain('got none: 0.jpg has a list of labels in PATH');
    const shards = folderOf({
      '0.tar': rawTar([
        ['a/0.jpg', 'x'],
        ['b/1.jpg', 'x'],
      ]),
    });
    expect(await problemOf(shards, { labelField: 'cls' })).toContain('expected labels in cls (data.labelField)');
    expect((await openForTest(shards, { labelField: 'cls', labels: 'none' })).train.count).toBe(2);
  });
});

it('images outside the folders of the splits are counted', async () => {
  const names = ['train/a/1.jpg', 'train/b/1.jpg', 'val/a/1.jpg', 'extra/1.jpg'];
  const folder = folderOf({ '0.tar': rawTar(names.map((name) => [name, 'x'])) });
  expect((await openForTest(folder)).description).toContain('not used: extra (1 image)');
});
