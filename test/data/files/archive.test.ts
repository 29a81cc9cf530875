import { execFileSync } from 'node:child_process';
import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { openArchive } from '../../../src/data/files/archive.ts';
import { decodeRgb } from '../../../src/data/pixels/decode.ts';
import { folderOfFixtures, openForTest, problemOf, rowsOf, sourceFixture } from '../fixture-sources.ts';
import { folderOf, patternPixels, tempFolder, textOf } from '../temp-files.ts';

const longName = `train/${'deep/'.repeat(30)}${'n'.repeat(90)}.jpg`;

async function tarOf(files: Record<string, string>): Promise<Uint8Array> {
  const entries = Object.entries(files).map(([name, body]) => ({
    header: { name, size: Buffer.byteLength(body) },
    body,
  }));
  return packTar(entries);
}

function fileOf(name: string, bytes: Uint8Array): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

describe('openArchive', () => {
  it.each(['set.tar', 'set.tar.gz', 'set.tgz'])(
    'reads images out of %s in place, with a folder’s layout rules',
    async (name) => {
      const tar = await tarOf({
        './set/train/b/1.jpg': 'b1',
        'set/train/a/2.JPEG': 'x'.repeat(20_000),
        'set/train/a/10.png': 'a10',
        'set/test/b/é 😀.webp': 'test',
        'set/train/a/._2.jpg': 'hidden',
        'set/readme.txt': 'no image',
        [`set/${longName}`]: 'long',
      });
      const dataset = await openDataset(fileOf(name, name === 'set.tar' ? tar : gzipSync(tar)));
      const { train, test } = dataset;
      expect(dataset.description).toBe(
        'class folders: 4 images in 3 classes, test 1, not read: 1 file (1 .txt), such as set/readme.txt',
      );
      expect([0, 1, 2, 3].map(train.name)).toEqual([
        'set/train/a/10.png',
        'set/train/a/2.JPEG',
        'set/train/b/1.jpg',
        `set/${longName}`,
      ]);
      expect(await textOf(train.read(0))).toBe('a10');
      expect(await textOf(train.read(1))).toBe('x'.repeat(20_000));
      expect(await textOf(train.read(3))).toBe('long');
      expect(test?.name(0)).toBe('set/test/b/é 😀.webp');
      await dataset.close();
    },
  );

  it.each(['PAX', 'GNU', 'USTAR'])('reads what Python writes as %s', async (format) => {
    const path = join(tempFolder(), 'python.tar');
    const names = [
      'a/1.jpg',
      'b/2.jpg',
      ...(format === 'USTAR' ? [] : [longName, 'a/ü 😀\n.png', `a/${'é'.repeat(80)}.jpg`]),
    ];
    const script = `
import io, json, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=getattr(tarfile, sys.argv[2] + '_FORMAT')) as tar:
    for name in json.loads(sys.argv[3]):
        data = name.encode() * 50
        info = tarfile.TarInfo(name); info.size = len(data); info.mtime = 1.5
        tar.addfile(info, io.BytesIO(data))
`;
    execFileSync('python3', ['-c', script, path, format, JSON.stringify(names)]);
    const listing = await openArchive(path);
    expect([...listing.images].sort()).toEqual([...names].sort());
    for (const name of names) expect(await textOf(listing.read(name))).toBe(name.repeat(50));
    await listing.close();
  });

  it('refuses links, devices and paths that climb out, and writes nothing', async () => {
    const path = join(tempFolder(), 'evil.tar');
    const script = `
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w') as tar:
    def add(name, type=tarfile.REGTYPE, link='', data=b'data'):
        info = tarfile.TarInfo(name); info.type = type; info.linkname = link
        info.size = len(data) if type == tarfile.REGTYPE else 0
        tar.addfile(info, io.BytesIO(data))
    add('../climbs.jpg'); add('a/../../climbs.jpg'); add('/absolute.jpg')
    add('symbolic.jpg', tarfile.SYMTYPE, '/etc/passwd'); add('hard.jpg', tarfile.LNKTYPE, '../x'); add('fifo.jpg', tarfile.FIFOTYPE)
    add('good.jpg'); add('twice.jpg', data=b'old'); add('twice.jpg', data=b'new')
`;
    execFileSync('python3', ['-c', script, path]);
    const listing = await openArchive(path);
    expect(listing.images).toEqual(['good.jpg', 'twice.jpg']);
    expect(listing.refused).toEqual([
      '../climbs.jpg (leads out of the archive)',
      'a/../../climbs.jpg (leads out of the archive)',
      '/absolute.jpg (leads out of the archive)',
      'symbolic.jpg (a link)',
      'hard.jpg (a link)',
      'fifo.jpg (a pipe)',
      'twice.jpg (stands again later in the archive)',
    ]);
    expect(await textOf(listing.read('twice.jpg'))).toBe('new');
    await expect(listing.read('symbolic.jpg')).rejects.toThrow('does not exist');
    await listing.close();
  });

  it('names what is wrong with an archive', async () => {
    const tar = await tarOf({ 'a.jpg': 'x'.repeat(5000), 'b.jpg': 'y' });
    const packed = gzipSync(tar);
    const damaged = Buffer.from(tar);
    damaged[5632 + 3] = 1;
    const zip = Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(600)]);
    const cases: [string, Uint8Array, RegExp][] = [
      ['cut.tar', tar.subarray(0, 3000), /ends within an entry \(at byte 3000\); it is cut short$/],
      ['cut.tgz', packed.subarray(0, 40), /got a damaged one \(unexpected end of file\)/],
      ['damaged.tar', damaged, /has no valid header at byte 5632$/],
      ['notes.tar', Buffer.from('not a tar archive'), /or a file of a known format, got another: /],
      ['set.zip', zip, /expected a whole zip archive, got a damaged one/],
      ['notes.gz', gzipSync('only text'), /or a file of a known format, got another: /],
      ['empty.tar', new Uint8Array(0), /or a file of a known format, got another: /],
      ['text.tar', await tarOf({ 'a.txt': 'x' }), /only other files \(1 .txt\)/],
    ];
    for (const [name, bytes, reason] of cases) {
      const error = await openDataset(fileOf(name, bytes)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name: 'UserError', exitCode: 2, message: expect.stringMatching(reason) });
    }
  });

  it('holds a compressed archive in memory only up to its limit, whatever its header says', async () => {
    const tar = await tarOf({ 'a.jpg': '\0'.repeat(9 * 2 ** 20), 'b.jpg': 'end' });
    const path = fileOf('bomb.tar.gz', gzipSync(tar));
    await expect(openArchive(path, { memoryBytes: 8 * 2 ** 20 })).rejects.toMatchObject({
      message: `expected a compressed file of at most 8 MiB unpacked (it is held in memory), got more: ${path}`,
      hint: `Run "gunzip --keep ${path}" and use the unpacked file, which is read in place whatever its size.`,
    });
    const listing = await openArchive(path, { memoryBytes: 10 * 2 ** 20 });
    expect((await listing.read('a.jpg')).length).toBe(9 * 2 ** 20);
    expect(await textOf(listing.read('b.jpg'))).toBe('end');
  });
});

describe('data/cifar10-mini.tar.gz', () => {
  const path = join(import.meta.dirname, '../../../data/cifar10-mini.tar.gz');

  it('holds 5,000 training and 2,000 test images of 32 x 32, balanced', async () => {
    const { train, test, description } = await openDataset(path);
    expect(description).toBe('class folders: 5,000 images in 10 classes, test 2,000');
    const perClass = (labels: Int32Array | undefined, k: number): number =>
      labels?.filter((label) => label === k).length ?? 0;
    expect(train.classes.map((_, k) => [perClass(train.labels, k), perClass(test?.labels, k)])).toEqual(
      Array(10).fill([500, 200]),
    );
    expect(train.name(4999)).toBe('train/truck/0499.jpg');
    expect(await decodeRgb(await train.read(4999))).toMatchObject({ height: 32, width: 32 });
  });

  it('names neither times nor people', () => {
    const tar = gunzipSync(readFileSync(path));
    expect(tar.subarray(0, 512).toString('latin1').replaceAll('\0', ' ')).toMatch(
      /^test\/airplane\/0000\.jpg .*0000644 0000000 0000000 /s,
    );
    expect(Number.parseInt(tar.subarray(136, 147).toString(), 8)).toBe(0);
    expect(tar.subarray(265, 329).every((byte) => byte === 0)).toBe(true);
  });
});

describe('an archive that changes while it is read', () => {
  const twoImages = () => tarOf({ 'a.png': 'first', 'b.png': 'second' });

  it('stops the run when it is written into', async () => {
    const path = fileOf('set.tar', await twoImages());
    const { read, close } = await openArchive(path);
    expect(Buffer.from(await read('a.png')).toString()).toBe('first');
    const [{ atime }, file] = [statSync(path), openSync(path, 'r+')];
    writeSync(file, 'other', 512);
    closeSync(file);
    utimesSync(path, atime, new Date('2001-01-01'));
    await expect(read('a.png')).rejects.toMatchObject({
      name: 'UserError',
      message: `expected files that stay as they are during a run, but this one changed: ${path}`,
    });
    await close();
  });

  it('is read on when another takes its name, and when it is deleted', async () => {
    const path = fileOf('set.tar', await twoImages());
    const { read, close } = await openArchive(path);
    renameSync(fileOf('new.tar', await tarOf({ 'a.png': 'other' })), path);
    expect(Buffer.from(await read('a.png')).toString()).toBe('first');
    rmSync(path);
    expect(Buffer.from(await read('b.png')).toString()).toBe('second');
    await close();
  });
});

describe('compressed files inside an archive', () => {
  /** An archive of these files, as a user would make it. */
  function packed(folder: string, options: string): string {
    const path = join(tempFolder(), 'packed');
    execFileSync('tar', [options, path, '-C', folder, '.']);
    return path;
  }

  it.each(['-cf', '-czf'])('.npz, and MNIST’s .gz are read out of tar %s', async (options) => {
    const npz = await openForTest(packed(folderOfFixtures('cifar10.npz'), options));
    expect(npz.description).toBe('NumPy arrays: 20 images of 32 x 32 in 10 classes, test 10');
    expect(await rowsOf(npz.train)).toEqual(await rowsOf((await openForTest(sourceFixture('cifar10.npz'))).train));

    const idx = Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4]), patternPixels(6, 4, 1)]);
    const folder = folderOf({ 'train-images-idx3-ubyte.gz': gzipSync(idx) });
    const mnist = await openForTest(packed(folder, options));
    expect(mnist.description).toBe(
      'images without labels (IDX; no file of labels has the name of train-images-idx3-ubyte.gz): 2 images of 4 x 3, no test images',
    );
    expect(await rowsOf(mnist.train)).toEqual(await rowsOf((await openForTest(folder)).train));
  });

  it('are refused beyond the memory, and where they are damaged', async () => {
    const bomb = packed(folderOf({ 'train-images-idx3-ubyte.gz': gzipSync(Buffer.alloc(3 * 2 ** 20)) }), '-cf');
    expect(await problemOf(bomb, { archiveBytes: 2 ** 20 })).toContain(
      'at most 1 MiB unpacked (it is held in memory), got more',
    );
    const cut = gzipSync(Buffer.alloc(3000)).subarray(0, 20);
    expect(await problemOf(packed(folderOf({ 'train-images-idx3-ubyte.gz': cut }), '-cf'))).toContain(
      'expected a whole gzip file, got a damaged one (unexpected end of file)',
    );
    const npz = packed(folderOfFixtures('cifar10.npz'), '-cf');
    expect(await problemOf(npz, { archiveBytes: 1000 })).toContain(
      'expected compressed arrays of at most 0 MiB unpacked',
    );
  });
});
