import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openForTest, problemOf } from '../fixture-sources.ts';
import { paxRecord, type RawEntry, rawTar } from '../raw-tar.ts';
import { folderOf, tempFolder, textOf } from '../temp-files.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

function tarFile(entries: readonly RawEntry[]): string {
  const path = join(tempFolder(), 'set.tar');
  writeFileSync(path, rawTar(entries));
  return path;
}

it.each<[string, (name: string) => RawEntry[]]>([
  ['its header', (name) => [[latin(name), name]]],
  [
    'a PAX header',
    (name) => [
      ['pax', Buffer.concat([paxRecord('hdrcharset', latin('BINARY')), paxRecord('path', latin(name))]), 'x'],
      ['short', name],
    ],
  ],
  [
    'a GNU long name',
    (name) => [
      ['long', Buffer.concat([latin(name), Buffer.alloc(1)]), 'L'],
      ['short', name],
    ],
  ],
])(
  'leaves out entries whose name in %s is not UTF-8, and says how many, so that no classes merge',
  async (_, entry) => {
    const path = tarFile([...entry('pôle/1.jpg'), ...entry('pâle/2.jpg'), ['a/3.jpg', 'a'], ['bé/4.jpg', 'b']]);
    const { train, description } = await openForTest(path);
    expect(description).toBe(
      'class folders: 2 images in 2 classes, no test images, 2 entries left out, such as p\ufffdle/1.jpg (its name is not UTF-8)',
    );
    expect(train.classes).toEqual(['a', 'bé']);
  },
);

it('says so too where no name is left', async () => {
  expect(await problemOf(tarFile([[latin('é/1.jpg'), 'x']]))).toContain(
    '1 entry left out, such as \ufffd/1.jpg (its name is not UTF-8)',
  );
});

it('counts entries that stand again later, of which the last counts as when unpacking', async () => {
  const { train, description } = await openForTest(
    tarFile([
      ['a.jpg', 'old'],
      ['./b.jpg', 'b'],
      ['./a.jpg', 'newer'],
      ['a.jpg', 'newest'],
    ]),
  );
  expect(description).toContain('2 entries left out, such as a.jpg (stands again later in the archive)');
  expect([await textOf(train.read(0)), await textOf(train.read(1))]).toEqual(['newest', 'b']);
});

it('takes an empty shard for one that was cut, and counts shards without images', async () => {
  const shard = rawTar([['0.jpg', 'x']]);
  const cut = folderOf({ '0.tar': shard, '1.tar': '' });
  expect(await problemOf(cut)).toBe(
    'expected a whole tar archive, but PATH/1.tar is empty (0 bytes) | Fetch or pack it again.',
  );
  const none = folderOf({ '0.tar': shard, '1.tar': rawTar([]), '2.tar': rawTar([['a.txt', 'x']]) });
  expect((await openForTest(none)).description).toBe(
    'images without labels (tar shards): 1 image, no test images, 3 shards, 2 of them without images, such as 1.tar, 1 file in them not read, such as 2.tar/a.txt',
  );
});

it('ignores hidden entries, as macOS leaves them, and what lies before a name', async () => {
  const { train } = await openForTest(
    tarFile([
      ['./a//1.jpg', 'a'],
      ['./__MACOSX/a/._1.jpg', 'x'],
      ['a/._1.jpg', 'x'],
      ['./b/./2.jpg', 'b'],
    ]),
  );
  expect([train.name(0), train.name(1), train.count]).toEqual(['a/1.jpg', 'b/2.jpg', 2]);
});

it('reads names with the separators of Windows as paths', async () => {
  const { train, test, description } = await openForTest(
    tarFile([
      ['train\\cat\\0.jpg', 'a'],
      ['train\\dog\\0.jpg', 'b'],
      ['test\\cat\\1.jpg', 'c'],
      ['C:\\pets\\0.jpg', 'd'],
      ['..\\0.jpg', 'e'],
    ]),
  );
  expect(description).toBe(
    'class folders: 2 images in 2 classes, test 1, 2 entries left out, such as C:\\pets\\0.jpg (leads out of the archive)',
  );
  expect([train.classes, test?.count]).toEqual([['cat', 'dog'], 1]);
});
