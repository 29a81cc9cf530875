import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Random } from '../../src/util/rng.ts';
import { idx, npy, type SetFiles, zip } from './damage-data-sets.ts';
import { gzipZeros, PARQUET_BOMBS } from './damage-parquet-bombs.ts';

type Bomb = (random: Random) => SetFiles;

const IMAGES = join(import.meta.dirname, '../../test/fixtures/images');
const image = (name: string): Buffer => readFileSync(join(IMAGES, name));

const GIB = 2 ** 30;

/** The header of an entry of a tar archive. */
function tarHeader(name: string, size: number, type = '0'): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  block.write('0000000\x000000000\0', 108);
  if (size < 8 ** 11) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write('00000000000\0', 136);
  block.write(`        ${type}`, 148);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function tar(
  entries: readonly (readonly [name: string, content: Buffer, size?: number | undefined, type?: string | undefined])[],
): Buffer {
  const parts = entries.flatMap(([name, content, size = content.length, type]) => {
    const rest = (512 - (content.length % 512)) % 512;
    return [tarHeader(name, size, type), content, Buffer.alloc(rest)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** A PNG that claims a size. */
function claimingPng(width: number, height: number): Buffer {
  const png = image('rgb.png');
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

const csv = (content: string): SetFiles => ({
  list: 'list.csv',
  files: { 'a.jpg': image('rgb-444.jpg'), 'list.csv': Buffer.from(content) },
});
const jsonLines = (content: string): SetFiles => ({
  list: 'list.jsonl',
  files: { 'a.jpg': image('rgb-444.jpg'), 'list.jsonl': Buffer.from(content) },
});
const alone = (name: string, content: Buffer, size?: number): SetFiles => ({
  files: { [name]: content },
  ...(size !== undefined && { sparse: { [name]: size } }),
});
const many = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join('');
const claimedNpy = (shape: readonly number[], type?: string): Buffer => npy(shape, Buffer.alloc(64), type);

/** Data sets that take memory or time where they are trusted, and those whose messages would be long. */
export const DATA_BOMBS: Readonly<Record<string, Bomb>> = {
  ...Object.fromEntries(
    Object.entries(PARQUET_BOMBS).map(([kind, make]) => [
      `bomb: Parquet, ${kind}`,
      (random: Random) => alone('train.parquet', make(random)),
    ]),
  ),
  'bomb: .gz of zeros': () => alone('train-images-idx3-ubyte.gz', gzipZeros(3000)),
  'bomb: .tar.gz of zeros': () => alone('shard.tar.gz', gzipZeros(3000)),
  'bomb: zip, a small image claims gigabytes': (random) =>
    alone('files.zip', zip({ 'a.png': image('rgb.png') }, true, 2 ** (29 + random.integer(3)))),
  'bomb: zip, arrays claim gigabytes': () =>
    alone('set.npz', zip({ 'x_train.npy': npy([6, 8, 8], Buffer.alloc(384)) }, true, 2 ** 31)),
  'bomb: zip, very many entries': (random) =>
    alone(
      'files.zip',
      zip(
        Object.fromEntries(
          Array.from({ length: 20_000 + random.integer(30_000) }, (_, i) => [`${i}.png`, Buffer.alloc(0)]),
        ),
        false,
      ),
    ),
  'bomb: tar, an entry of terabytes': (random) =>
    alone('a.tar', tar([['a.png', image('rgb.png'), 2 ** (30 + random.integer(22))]])),
  'bomb: tar, a long name': (random) => {
    const name = Buffer.alloc(2 ** (16 + random.integer(9)), 'x');
    return alone(
      'a.tar',
      tar([
        ['././@LongLink', name, undefined, 'L'],
        ['a.png', image('rgb.png')],
      ]),
    );
  },
  'bomb: tar, a long attribute': (random) => {
    const value = 'x'.repeat(2 ** (16 + random.integer(9)));
    return alone(
      'a.tar',
      tar([
        ['pax', Buffer.from(`${value.length + 20} path=${value}\n`), undefined, 'x'],
        ['a.png', image('rgb.png')],
      ]),
    );
  },
  'bomb: tar, a long text of a label': (random) =>
    alone(
      'a-0000.tar',
      tar([
        ['1.png', image('rgb.png')],
        ['1.cls', Buffer.alloc(2 ** (16 + random.integer(9)), '7')],
      ]),
    ),
  'bomb: tar, a deep JSON': (random) =>
    alone(
      'a-0000.tar',
      tar([
        ['1.png', image('rgb.png')],
        ['1.json', Buffer.from('['.repeat(2 ** (10 + random.integer(10))))],
      ]),
    ),
  'bomb: tar, very many entries': () =>
    alone('a.tar', tar(Array.from({ length: 60_000 }, (_, i) => [`${i}.png`, Buffer.alloc(0)] as const))),
  'bomb: NumPy, a shape of any size': (random) =>
    alone(
      'x.npy',
      claimedNpy(
        [2 ** random.integer(60), 2 ** random.integer(60), 3],
        ['|u1', '<f8', '<U999999', '|S999999'][random.integer(4)],
      ),
    ),
  'bomb: NumPy, no values of any number': (random) => alone('x.npy', claimedNpy([2 ** random.integer(60), 0, 3])),
  'bomb: NumPy, an array of terabytes': (random) => {
    const count = 2 ** (28 + random.integer(12));
    const head = npy([count, 1, 1], Buffer.alloc(0));
    return alone('x.npy', head, head.length + count);
  },
  'bomb: NumPy, labels of gigabytes': (random) => {
    const count = 2 ** (26 + random.integer(7));
    const [x, y] = [npy([count, 1, 1], Buffer.alloc(0)), npy([count], Buffer.alloc(0))];
    return {
      files: { 'x_train.npy': x, 'y_train.npy': y },
      sparse: { 'x_train.npy': x.length + count, 'y_train.npy': y.length + count },
    };
  },
  'bomb: IDX, sizes of any number': (random) =>
    alone(
      'train-images-idx3-ubyte',
      idx([2 ** random.integer(32), 2 ** random.integer(32), random.integer(3)], Buffer.alloc(64)),
    ),
  'bomb: IDX, labels of gigabytes': (random) => {
    const count = 2 ** (26 + random.integer(6));
    const [x, y] = [idx([count, 1, 1], Buffer.alloc(0)), idx([count], Buffer.alloc(0))];
    return {
      files: { 'train-images-idx3-ubyte': x, 'train-labels-idx1-ubyte': y },
      sparse: { 'train-images-idx3-ubyte': x.length + count, 'train-labels-idx1-ubyte': y.length + count },
    };
  },
  'bomb: CIFAR, a file of terabytes': (random) =>
    alone('data_batch_1.bin', Buffer.alloc(3073), 3073 * 2 ** (24 + random.integer(8))),
  'bomb: STL-10, files of gigabytes': (random) => {
    const count = 2 ** (12 + random.integer(15));
    return {
      files: { 'train_X.bin': Buffer.alloc(1), 'train_y.bin': Buffer.alloc(1) },
      sparse: { 'train_X.bin': 27_648 * count, 'train_y.bin': count },
    };
  },
  'bomb: list of gigabytes': (random) => ({
    ...csv('path,label\na.jpg,1\n'),
    sparse: { 'list.csv': GIB * (1 + random.integer(4)) },
  }),
  'bomb: list, a long line': (random) => csv(`path,label\n${'x'.repeat(2 ** (12 + random.integer(13)))},1\n`),
  'bomb: list, a long label': (random) => csv(`path,label\na.jpg,"${'y'.repeat(2 ** (12 + random.integer(13)))}"\n`),
  'bomb: list, a long column': (random) =>
    csv(`file of ${'x'.repeat(2 ** (12 + random.integer(13)))},label\na.jpg,1\n`),
  'bomb: list, very many columns': (random) =>
    csv(`${many(2 ** (10 + random.integer(9)), (i) => `c${i},`)}d\n${','.repeat(3)}\n`),
  'bomb: list, very many labels': (random) =>
    csv(`path,label\n${many(2 ** (10 + random.integer(8)), (i) => `a.jpg,class ${i}\n`)}`),
  'bomb: list, an open quote': (random) =>
    csv(`path,label\na.jpg,"${many(2 ** (10 + random.integer(9)), (i) => `b${i},"c\n`)}`),
  'bomb: list, very many fields': (random) => csv(`path,label\na.jpg${',x'.repeat(2 ** (10 + random.integer(13)))}\n`),
  'bomb: list, very many paths that are not there': (random) =>
    csv(`path,label\n${many(2 ** (10 + random.integer(9)), (i) => `b/${i}.jpg,1\n`)}`),
  'bomb: JSON lines, a deep one': (random) =>
    jsonLines(`{"path": "a.jpg", "label": ${'['.repeat(2 ** (10 + random.integer(12)))}}\n`),
  'bomb: JSON lines, a deep and whole one': (random) => {
    const depth = 2 ** (10 + random.integer(11));
    return jsonLines(`{"path": "a.jpg", "label": ${'['.repeat(depth)}${']'.repeat(depth)}}\n`);
  },
  'bomb: JSON lines, very many keys': (random) =>
    jsonLines(`{"path": "a.jpg"${many(2 ** (10 + random.integer(9)), (i) => `, "k${i}": 1`)}}\n`),
  'bomb: JSON lines, a long line of anything': (random) => jsonLines('x'.repeat(2 ** (12 + random.integer(14)))),
  'bomb: a PNG that claims any size': (random) =>
    alone('cat/a.png', claimingPng(2 ** random.integer(31), 2 ** random.integer(31))),
  'bomb: README of aliases': () => ({
    files: {
      'README.md': Buffer.from(
        `---\na: &a [1,2]\n${many(40, (i) => `b${i}: &b${i} [*${i === 0 ? 'a' : `b${i - 1}`}, *${i === 0 ? 'a' : `b${i - 1}`}]\n`)}configs: *b39\n---\n`,
      ),
      'train.parquet': readFileSync(join(import.meta.dirname, '../../test/fixtures/sources/labels.parquet')),
    },
  }),
  'bomb: very many files of other kinds': (random) => ({
    files: Object.fromEntries(
      Array.from({ length: 300 + random.integer(900) }, (_, i) => [`${'n'.repeat(200)}${i}.kind${i}`, Buffer.alloc(1)]),
    ),
  }),
  'bomb: very many classes of long names': (random) => ({
    files: Object.fromEntries(
      Array.from({ length: 100 + random.integer(400) }, (_, i) => [
        `${'c'.repeat(240)}${i}/a.jpg`,
        Buffer.from('no image'),
      ]),
    ),
  }),
};
