import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { openArchive } from '../../../src/data/files/archive.ts';
import { cifarFiles, openForTest, problemOf, rowsOf, sourceFixture, unpackedFixture } from '../fixture-sources.ts';
import { type RawZipEntry, rawZip } from '../raw-zip.ts';
import { folderOf, patternPng, tempFolder, textOf } from '../temp-files.ts';

function zipFile(entries: readonly RawZipEntry[], end?: { count?: number }): string {
  const path = join(tempFolder(), 'set.zip');
  writeFileSync(path, rawZip(entries, end));
  return path;
}

/** A zip file that Python writes of a folder's files, in a changing order. */
function pythonZip(folder: string, method: 'STORED' | 'DEFLATED', isLarge = false): string {
  const path = join(tempFolder(), 'python.zip');
  const script = `
import os, sys, zipfile
files = sorted((os.path.join(d, f) for d, _, fs in os.walk(sys.argv[2]) for f in fs), key=lambda p: p[::-1])
with zipfile.ZipFile(sys.argv[1], 'w', getattr(zipfile, 'ZIP_' + sys.argv[3])) as z:
    for file in files:
        info = zipfile.ZipInfo(os.path.relpath(file, sys.argv[2]))
        info.compress_type = z.compression
        with z.open(info, 'w', force_zip64=sys.argv[4] == 'true') as out:
            out.write(open(file, 'rb').read())
`;
  execFileSync('python3', ['-c', script, path, folder, method, String(isLarge)]);
  return path;
}

/** The reason why an image can't be read. */
async function reasonOf(path: string, index = 0): Promise<string> {
  const { train } = await openForTest(path);
  const error: Error = await train.read(index).then(
    () => new Error('could be read'),
    (thrown: Error) => thrown,
  );
  return `${error.name}: ${error.message}`;
}

describe('zip archives', () => {
  it.each([
    ['STORED', false],
    ['DEFLATED', false],
    ['DEFLATED', true],
  ] as const)('%s (zip64: %s) have the images, classes and splits of their folder', async (method, isLarge) => {
    const folder = unpackedFixture('files.tar');
    const files = await cifarFiles();
    const { train, test, description } = await openForTest(pythonZip(folder, method, isLarge));
    const unpacked = await openForTest(folder);
    expect(description).toBe(unpacked.description);
    expect([train.name(0), train.name(19)]).toEqual([unpacked.train.name(0), unpacked.train.name(19)]);
    expect(train.classes).toEqual(unpacked.train.classes);
    expect(await rowsOf(train)).toEqual(files.train);
    expect(await rowsOf(test as typeof train)).toEqual(files.test);
  });

  it('are found by their content, and left alone as NumPy’s .npz', async () => {
    const path = zipFile([{ name: 'a.jpg', body: 'a' }]);
    const other = join(tempFolder(), 'photos');
    writeFileSync(other, readFileSync(path));
    expect((await openForTest(other)).train.count).toBe(1);
    expect((await openForTest(sourceFixture('cifar10.npz'))).description).toContain('NumPy arrays');
  });

  it('may hold the files of any format', async () => {
    const archives = ['cifar-10-binary.tar.gz', 'stl10_binary.tar.gz'] as const;
    for (const archive of archives) {
      const folder = unpackedFixture(archive);
      for (const method of ['STORED', 'DEFLATED'] as const) {
        const { train, description } = await openForTest(pythonZip(folder, method));
        const wanted = await openForTest(folder);
        expect(description).toBe(wanted.description);
        expect(await rowsOf(train)).toEqual(await rowsOf(wanted.train));
      }
    }
    const folder = folderOf({ 'cifar10.npz': readFileSync(sourceFixture('cifar10.npz')) });
    const npz = await openForTest(pythonZip(folder, 'DEFLATED'));
    expect(await rowsOf(npz.train)).toEqual(await rowsOf((await openForTest(folder)).train));
  });

  it('hold compressed arrays in memory only up to its limit, and say how to unpack them', async () => {
    const path = zipFile([{ name: 'x.npy', body: Buffer.alloc(100_000), method: 8 }]);
    expect(await problemOf(path, { archiveBytes: 1000 })).toBe(
      'expected compressed files of at most 1.00 kB unpacked inside a zip archive (they are held in memory), got more: x.npy in PATH' +
        ` | Raise data.memoryBudget, or unpack it: unzip PATH -d ${path.slice(0, -4)}`,
    );
  });

  it('have names in UTF-8, with the flag or without; those in another encoding are left out, never merged', async () => {
    const shiftJis = (text: string): Buffer => Buffer.from(text, 'hex');
    const path = zipFile([
      { name: 'é/1.jpg', body: 'x', flags: 0x800 },
      { name: 'ö/1.jpg', body: 'x' },
      { name: Buffer.from('pôle/1.jpg', 'latin1'), body: 'x' },
      { name: Buffer.from('pôle/2.jpg', 'latin1'), body: 'x', flags: 0x800 },
      // Two classes in Shift-JIS whose names begin alike and hold the byte of a backslash.
      { name: Buffer.concat([shiftJis('835c83748367'), Buffer.from('/1.jpg')]), body: 'x' },
      { name: Buffer.concat([shiftJis('835c8f8a'), Buffer.from('/2.jpg')]), body: 'x' },
      { name: 'windows\\2.jpg', body: 'x' },
    ]);
    const { train, description } = await openForTest(path);
    expect(train.classes).toEqual(['windows', 'é', 'ö']);
    expect(description).toContain('4 entries left out, such as p\ufffdle/1.jpg (its name is not UTF-8)');
    expect(description).toContain(
      `unpack it with the encoding of its names: python3 -m zipfile --metadata-encoding cp932 -e ${path} `,
    );
    const none = zipFile([{ name: Buffer.from('pôle/1.jpg', 'latin1'), body: 'x' }]);
    expect(await problemOf(none)).toContain(
      'Unpack it with the encoding of its names: python3 -m zipfile --metadata-encoding cp932 -e PATH ',
    );
  });

  it.each([
    ['cp850', ['6b8474 7a6368656e', '68816e646368656e']],
    ['cp850', ['626172', '6284 72', '6672826572 65']],
    // ソフト, 所 and a Latin word with ソ.
    ['cp932', ['835c83748367']],
    ['cp932', ['8f8a']],
    ['cp932', ['70686f746f5f835c']],
    // 狗 in GBK.
    ['cp932', ['b9b7']],
  ])('proposes %s for the bytes %j of folders', async (encoding, folders) => {
    const path = zipFile(
      folders.map((hex, i) => ({
        name: Buffer.concat([Buffer.from(hex.replaceAll(' ', ''), 'hex'), Buffer.from(`/${i}.jpg`)]),
        body: 'x',
      })),
    );
    const told = folders.length > 2 ? (await openForTest(path)).description : await problemOf(path);
    expect(told).toContain(`--metadata-encoding ${encoding} -e `);
  });

  it('leave out and count links, devices, encrypted entries, other methods and paths that lead out', async () => {
    const listing = await openArchive(
      zipFile([
        { name: '../a.jpg' },
        { name: 'a/../../b.jpg' },
        { name: '/c.jpg' },
        { name: 'C:\\d.jpg' },
        { name: '..\\e.jpg' },
        { name: 'link.jpg', body: '/etc/passwd', mode: 0o120777 },
        { name: 'pipe.jpg', mode: 0o010644 },
        { name: 'secret.jpg', flags: 1 },
        { name: 'd64.jpg', method: 9 },
        { name: 'odd.jpg', method: 77 },
        { name: 'folder/', mode: 0o040755 },
        { name: '__MACOSX/._good.jpg', body: 'x' },
        { name: 'good.jpg', body: 'old' },
        { name: './good.jpg', body: 'new', method: 8 },
      ]),
    );
    expect(listing.images).toEqual(['good.jpg']);
    expect(await textOf(listing.read('good.jpg'))).toBe('new');
    expect(listing.refused).toEqual([
      '../a.jpg (leads out of the archive)',
      'a/../../b.jpg (leads out of the archive)',
      '/c.jpg (leads out of the archive)',
      'C:/d.jpg (leads out of the archive)',
      '../e.jpg (leads out of the archive)',
      'link.jpg (a link)',
      'pipe.jpg (a pipe)',
      'secret.jpg (encrypted)',
      'd64.jpg (compressed by Deflate64)',
      'odd.jpg (compressed by method 77)',
      'good.jpg (stands again later in the archive)',
    ]);
    await listing.close();
  });

  it('of which nothing can be read say how to unpack them', async () => {
    const secret = zipFile([{ name: 'a.jpg', flags: 1 }]);
    expect(await problemOf(secret)).toBe(
      `expected a zip archive whose files can be read, got none, such as a.jpg (encrypted): PATH | Unpack it with its password: 7z x PATH -o${secret.slice(0, -4)}`,
    );
    expect(await problemOf(zipFile([{ name: 'a.jpg', method: 9 }]))).toContain('Unpack it: unzip PATH -d ');
    expect(await problemOf(zipFile([]))).toContain('got no files in PATH');
  });

  it('never give an image more memory than its size, and check its content', async () => {
    const zeros = Buffer.alloc(5_000_000);
    const bomb = zipFile([
      { name: 'a.jpg', body: zeros, method: 8, size: 100 },
      { name: 'b.jpg', body: 'x' },
    ]);
    expect(await reasonOf(bomb)).toBe('DecodeProblem: unpacks to more than the 100 bytes that it says');
    const files: [RawZipEntry, string][] = [
      [{ name: 'a.jpg', body: 'x', method: 8, size: 3e8 }, 'is 300000000 bytes, the limit is 268435456'],
      [{ name: 'a.jpg', body: 'x', size: 1, packedSize: 4e8 }, 'is 400000000 bytes, the limit is 268435456'],
      [{ name: 'a.jpg', body: 'x', size: 1000, packedSize: 1000 }, 'is cut short'],
      [{ name: 'a.jpg', body: 'x', checksum: 7 }, 'has a wrong checksum or size in the zip archive, which is damaged'],
      [
        { name: 'a.jpg', body: 'x', method: 8, size: 2 },
        'has a wrong checksum or size in the zip archive, which is damaged',
      ],
      [{ name: 'a.jpg', body: 'xyz', size: 2 }, 'has a wrong checksum or size in the zip archive, which is damaged'],
      [{ name: 'a.jpg', body: 'x', offset: 9 }, 'has no header in the zip archive, which is damaged'],
      [{ name: 'a.jpg', body: 'x', offset: 2 ** 32 - 2 }, 'has no header in the zip archive, which is damaged'],
    ];
    for (const [entry, reason] of files) expect(await reasonOf(zipFile([entry]))).toBe(`DecodeProblem: ${reason}`);
  });

  it('that are damaged are an error, wherever they are cut', async () => {
    const whole = rawZip([
      { name: 'a.jpg', body: 'x'.repeat(100) },
      { name: 'b.jpg', body: 'y', method: 8 },
    ]);
    const folder = tempFolder();
    for (let length = 4; length < whole.length; length += 7) {
      const path = join(folder, `${length}.zip`);
      writeFileSync(path, whole.subarray(0, length));
      const error = await openDataset(path).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        name: 'UserError',
        exitCode: 2,
        message: expect.stringContaining('got a damaged one'),
      });
    }
    for (let at = whole.length - 150; at < whole.length; at++) {
      const path = join(folder, `${at}-changed.zip`);
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] as number) ^ 0xff;
      writeFileSync(path, changed);
      const opened = await openDataset(path).catch((thrown: unknown) => thrown);
      if (opened instanceof Error) expect(opened.name, `byte ${at}`).toBe('UserError');
      else await (opened as Awaited<ReturnType<typeof openDataset>>).close();
    }
    expect(await problemOf(zipFile([{ name: 'a.jpg' }, { name: 'b.jpg' }], { count: 1 }))).toContain(
      'got a damaged one (it has more than the 1 entries that it says)',
    );
    expect(await problemOf(zipFile([{ name: 'a.jpg' }], { count: 2 }))).toContain('got a damaged one');
  });

  it('that are written into during a run stop it', async () => {
    const path = zipFile([{ name: 'a.jpg', body: 'x'.repeat(1000) }]);
    const { train } = await openForTest(path);
    truncateSync(path, 100);
    await expect(train.read(0)).rejects.toThrow('expected files that stay as they are during a run');
  });
});

describe('folders of zip archives', () => {
  it('are splits by their names, as competitions have them', async () => {
    const png = await patternPng(4, 4);
    const folder = folderOf({
      'train.zip': rawZip([
        { name: 'train/a/1.png', body: png },
        { name: 'train/b/1.png', body: png },
      ]),
      'test.zip': rawZip([{ name: 'test/1.png', body: png, method: 8 }]),
      'sample_submission.csv': 'id,label\n',
    });
    const { train, description } = await openForTest(folder);
    expect(description).toBe(
      'zip archives: 2 images in 2 classes, test 1 (without labels), not read: 1 file (1 .csv), such as sample_submission.csv, 2 archives',
    );
    expect(train.name(1)).toBe('train.zip/train/b/1.png');
    const range = await openForTest(join(folder, '{train,test}.zip'));
    expect([range.train.count, range.test?.count]).toEqual([2, 1]);
  });

  it('inside a zip archive are unpacked by the command that is told', async () => {
    const path = zipFile([{ name: 'train.zip', body: rawZip([{ name: 'a.jpg' }]) }]);
    const folder = path.slice(0, -4);
    expect(await problemOf(path)).toBe(
      'expected images (.jpg .jpeg .png .webp .ppm), got only other files (1 .zip) in PATH' +
        ` | Unpack it: unzip PATH -d ${folder} (then --data ${folder})`,
    );
    execFileSync('unzip', ['-q', path, '-d', folder]);
    expect((await openForTest(folder)).train.count).toBe(1);
  });
});
