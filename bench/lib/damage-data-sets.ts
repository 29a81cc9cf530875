import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync, gunzipSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';

/** The files of a data set, by their paths. */
export interface SetFiles {
  readonly files: Readonly<Record<string, Buffer>>;
  /** The list that is opened in place of the folder. */
  readonly list?: string | undefined;
  /** Files that are made longer, to so many bytes, without taking room on the disk. */
  readonly sparse?: Readonly<Record<string, number>> | undefined;
}

/** A sound data set in a few small files. */
export interface SoundSet extends SetFiles {
  readonly name: string;
}

/** Writes a data set into a folder, and returns the path that the reader takes. */
export function writeSet(folder: string, { files, list, sparse = {} }: SetFiles): string {
  const path = join(folder, list === undefined ? 'set' : `${list}-set`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  for (const [name, size] of Object.entries(sparse)) truncateSync(join(path, name), size);
  return path;
}

const SOURCES = join(import.meta.dirname, '../../test/fixtures/sources');
const IMAGES = join(import.meta.dirname, '../../test/fixtures/images');

const stored = (name: string): Buffer => readFileSync(join(SOURCES, name));
const image = (name: string): Buffer => readFileSync(join(IMAGES, name));

/** A .npy file as NumPy writes it. */
export function npy(shape: readonly number[], data: Uint8Array, type = '|u1'): Buffer {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = Buffer.from(`{'descr': '${type}', 'fortran_order': False, 'shape': (${sides}), }\n`);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, header, data]);
}

/** A zip archive, stored or deflated; `claimed` is the size that it says of every file. */
export function zip(files: Readonly<Record<string, Uint8Array>>, isDeflated = true, claimed?: number): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = isDeflated ? deflateRawSync(content) : content;
    const head = (isCentral: boolean): Buffer => {
      const block = Buffer.alloc(isCentral ? 46 : 30);
      block.writeUInt32LE(isCentral ? 0x02014b50 : 0x04034b50);
      const at = isCentral ? 6 : 4;
      block.writeUInt16LE(20, at);
      block.writeUInt16LE(isDeflated ? 8 : 0, at + 4);
      block.writeUInt32LE(crc32(content), at + 10);
      block.writeUInt32LE(packed.length, at + 14);
      block.writeUInt32LE(claimed ?? content.length, at + 18);
      block.writeUInt16LE(Buffer.byteLength(name), at + 22);
      if (isCentral) block.writeUInt32LE(position, 42);
      return Buffer.concat([block, Buffer.from(name)]);
    };
    const local = Buffer.concat([head(false), packed]);
    directory.push(head(true));
    parts.push(local);
    position += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(position, 16);
  return Buffer.concat([...parts, central, end]);
}

/** An IDX file, as MNIST's. */
export function idx(sizes: readonly number[], data: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  for (const [i, value] of [0x800 + sizes.length, ...sizes].entries()) head.writeUInt32BE(value, 4 * i);
  return Buffer.concat([head, data]);
}

const ramp = (length: number, by = 7): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * by) % 251));
const classes = (count: number, most: number): Buffer => Buffer.from(Array.from({ length: count }, (_, i) => i % most));

/** Data sets of every format that is read. */
export async function makeSoundSets(): Promise<SoundSet[]> {
  const [jpeg, png, webp] = [image('rgb-444.jpg'), image('rgb.png'), image('lossy.webp')];
  const ppm = Buffer.concat([Buffer.from('P6\n16 12\n255\n'), ramp(16 * 12 * 3)]);
  const raw16 = Buffer.concat(await Promise.all([jpeg, png].map((file) => sharp(file).png().toBuffer())));
  const pictures = { 'cat/a.jpg': jpeg, 'cat/b.png': png, 'dog/c.webp': webp, 'dog/d.ppm': ppm };
  const flat = { 'a.jpg': jpeg, 'b.png': png, 'c.webp': webp };
  const records = (extra: number): Buffer =>
    Buffer.concat(Array.from({ length: 6 }, (_, i) => Buffer.concat([Buffer.alloc(extra, i), ramp(3072, i + 1)])));
  const parquet = [
    ...['test-00000-of-00001.parquet', 'train-00001-of-00002.parquet'],
    ...['columns.parquet', 'labels.parquet', 'strings.parquet', 'pages.parquet', 'split-column.parquet'],
    ...['img2dataset.parquet', 'subset-column.parquet', 'flags.parquet', 'odd-labels.parquet', 'split-lists.parquet'],
  ];
  const alone = (name: string, file: string, content: Buffer): SoundSet => ({ name, files: { [file]: content } });
  const unpacked = gunzipSync(stored('cifar-10-binary.tar.gz'));
  const cifar100 = Buffer.concat(Array.from({ length: 6 }, (_, i) => Buffer.concat([Buffer.of(i, i), ramp(3072, i)])));
  return [
    { name: 'class folders', files: pictures },
    { name: 'class folders', files: { 'train/cat/a.png': png, 'test/cat/b.png': raw16, 'train/dog/c.jpg': jpeg } },
    // Parquet has the most ways to be damaged.
    ...[...parquet, ...parquet].map((name) => alone('Parquet', name.replace(/-0.*-of-\d+/, ''), stored(name))),
    alone('tar', 'files.tar', stored('files.tar')),
    alone('WebDataset', 'train-000000.tar', stored('train-000000.tar')),
    alone('tar.gz', 'shard-000000.tar.gz', stored('json-train-0.tar.gz')),
    { name: 'tar.gz', list: 'cifar.tar.gz', files: { 'cifar.tar.gz': stored('cifar-10-binary.tar.gz') } },
    { name: 'tar', list: 'cifar.tar', files: { 'cifar.tar': unpacked } },
    alone('zip', 'files.zip', zip(pictures)),
    alone('zip', 'stored.zip', zip(pictures, false)),
    alone('NumPy', 'cifar10.npz', stored('cifar10.npz')),
    {
      name: 'NumPy',
      files: { 'x_train.npy': npy([6, 8, 8, 3], ramp(6 * 192)), 'y_train.npy': npy([6], classes(48, 3), '<i8') },
    },
    alone(
      'NumPy',
      'set.npz',
      zip({ 'x_train.npy': npy([6, 8, 8], ramp(384)), 'y_train.npy': npy([6], classes(6, 3)) }),
    ),
    {
      name: 'IDX',
      files: {
        'train-images-idx3-ubyte': idx([6, 8, 8], ramp(384)),
        'train-labels-idx1-ubyte': idx([6], classes(6, 3)),
      },
    },
    {
      name: 'IDX',
      files: {
        'train-images-idx3-ubyte.gz': gzipSync(idx([6, 8, 8], ramp(384))),
        'train-labels-idx1-ubyte.gz': gzipSync(idx([6], classes(6, 3))),
      },
    },
    { name: 'CIFAR', files: { 'data_batch_1.bin': records(1), 'batches.meta.txt': Buffer.from('a\nb\nc\nd\ne\nf\n') } },
    { name: 'CIFAR', files: { 'train.bin': cifar100 } },
    {
      name: 'STL-10',
      files: {
        'train_X.bin': ramp(4 * 27_648),
        'train_y.bin': Buffer.of(1, 2, 1, 2),
        'class_names.txt': Buffer.from('a\nb\n'),
        'fold_indices.txt': Buffer.from('0 1\n2 3\n'),
      },
    },
    {
      name: 'list',
      list: 'list.csv',
      files: {
        ...flat,
        'list.csv': Buffer.from('path,label,split\na.jpg,cat,train\nb.png,dog,train\n"c.webp","cat",test\n'),
      },
    },
    {
      name: 'list',
      list: 'list.tsv',
      files: { ...flat, 'list.tsv': Buffer.from('image\tclass\na.jpg\t1\nb.png\t2\nc.webp\t1.0\n') },
    },
    {
      name: 'list',
      list: 'list.jsonl',
      files: {
        ...flat,
        'list.jsonl': Buffer.from(
          '{"path": "a.jpg", "label": "cat"}\n{"path": "b.png", "label": 12345678901234567890}\n{"path": "c.webp", "label": [1, {"x": NaN}]}\n',
        ),
      },
    },
    { name: 'lists beside', files: { ...flat, 'labels.txt': Buffer.from('a.jpg 0\nb.png 1\nc.webp 0\n') } },
  ];
}
