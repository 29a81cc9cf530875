import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { readNpy } from '../../../src/data/files/npy.ts';
import { openNpz } from '../../../src/data/files/npz.ts';
import { csvPieces, float32Text, namesCsvPieces } from '../../../src/interop/tables/csv-table.ts';
import { npyContent, npzPieces } from '../../../src/interop/tables/numpy-table.ts';
import { parquetPieces } from '../../../src/interop/tables/parquet-table.ts';
import { tableFiles } from '../../../src/interop/tables/table-files.ts';
import { joinPieces, NAMES, smallTable, VALUES } from './tables.ts';

const FLOATS = Float32Array.from(VALUES);
const LABELS = ['dög, or "hound"', 'cat', 'dög, or "hound"', 'dög, or "hound"', '', ''];
const CLASSES = [1, 0, 1, 1, -1, -1];
const INDICES = [0, 2, 3, 7, 0, 1];
const SPLITS = ['train', 'train', 'train', 'train', 'test', 'test'];

const bytesOf = (content: Uint8Array) => ({
  size: content.length,
  readAt: async (offset: number, length: number) => content.subarray(offset, offset + length),
  close: async () => {},
});

/** The values of a .npy file, as the repository's own reader of images finds them. */
async function readArray(content: Uint8Array): Promise<{ type: string; shape: readonly number[]; values: Buffer }> {
  const { type, shape, start, bytes } = await readNpy(bytesOf(content), 'x.npy');
  return { type, shape, values: Buffer.from(await bytes.readAt(start, bytes.size - start)) };
}

/** Texts of UTF-32, without the zeros at their ends. */
function texts({ type, shape: [count = 0], values }: Awaited<ReturnType<typeof readArray>>): string[] {
  const width = Number(type.slice(2));
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: width }, (_, i) => String.fromCodePoint(values.readUInt32LE(4 * (row * width + i))))
      .join('')
      .replace(/\0+$/, ''),
  );
}

test('.npy: the values bit for bit, behind an aligned header', async () => {
  const { bytes, pieces } = npyContent(smallTable());
  const content = await joinPieces(pieces());
  expect(content.length).toBe(bytes);
  const { type, shape, values } = await readArray(content);
  expect({ type, shape }).toEqual({ type: '<f4', shape: [6, 2] });
  expect(values).toEqual(Buffer.from(FLOATS.buffer));
  expect((content.length - values.length) % 64).toBe(0);
});

test(".npz: all columns, names in the widest one's code points", async () => {
  const arrays = await openNpz('x.npz', bytesOf(await joinPieces(npzPieces(smallTable()))), 2 ** 20);
  const read = async (name: string) => {
    const array = arrays.get(name);
    return readArray((await array?.readAt(0, array.size)) as Uint8Array);
  };
  const int64 = async (name: string) => {
    const { type, values } = await read(name);
    expect(type).toBe('<i8');
    return Array.from({ length: values.length / 8 }, (_, i) => Number(values.readBigInt64LE(8 * i)));
  };
  expect([...arrays.keys()]).toEqual(['features', 'names', 'indices', 'splits', 'labels', 'classes']);
  expect((await read('features')).values).toEqual(Buffer.from(FLOATS.buffer));
  expect(texts(await read('names'))).toEqual(NAMES);
  expect(texts(await read('splits'))).toEqual(SPLITS);
  expect(texts(await read('classes'))).toEqual(['cat', 'dög, or "hound"']);
  expect(await int64('labels')).toEqual(CLASSES);
  expect(await int64('indices')).toEqual(INDICES);
  const bare = await joinPieces(npzPieces(smallTable(6, { isLabelled: false, hasSplits: false })));
  expect([...(await openNpz('x.npz', bytesOf(bare), 2 ** 20)).keys()]).toEqual(['features', 'names', 'indices']);
});

test('.csv: names as RFC 4180 quotes them, numbers that read back as the same float32', async () => {
  const rows = parse(await joinPieces(csvPieces(smallTable())), { columns: true }) as Record<string, string>[];
  expect(rows.map(({ name }) => name)).toEqual(NAMES);
  expect(rows.map(({ label }) => label)).toEqual(LABELS);
  expect(rows.map((row) => Number(row['class']))).toEqual(CLASSES);
  expect(rows.map(({ split }) => split)).toEqual(SPLITS);
  expect(rows.map(({ index }) => Number(index))).toEqual(INDICES);
  const number = (text = ''): number => Number(text.replace('inf', 'Infinity').replace(/^nan$/, 'NaN'));
  expect(Float32Array.from(rows.flatMap(({ f0, f1 }) => [number(f0), number(f1)]))).toEqual(FLOATS);
  const names = parse(await joinPieces(namesCsvPieces(smallTable())), { columns: true }) as Record<string, string>[];
  expect(names).toEqual(rows.map(({ f0: _, f1: __, ...others }) => others));
});

test('numbers have no more digits than tell them from their neighbours', () => {
  expect([0.1, 2, 1 / 3, 1e-10, 123456.79].map((value) => float32Text(Math.fround(value)))).toEqual([
    '0.1',
    '2',
    '0.33333334',
    '1e-10',
    '123456.79',
  ]);
});

test('.parquet: columns by name, features as lists, row groups of bounded size', async () => {
  const file = new Uint8Array(await joinPieces(parquetPieces(smallTable()))).buffer;
  const rows = await parquetReadObjects({ file });
  expect(rows.map(({ features }) => Array.from(features as number[]))).toEqual(
    Array.from({ length: 6 }, (_, i) => Array.from(FLOATS.subarray(2 * i, 2 * i + 2))),
  );
  expect(rows.map(({ features: _, ...others }) => others)).toEqual(
    NAMES.map((name, i) => ({
      name,
      label: LABELS[i],
      class: CLASSES[i],
      split: SPLITS[i],
      index: INDICES[i],
    })),
  );
  const wide = 2 ** 18;
  const table = { ...smallTable(1), width: wide };
  const large = {
    ...table,
    async *parts() {
      for await (const part of table.parts()) yield { ...part, features: async () => new Float32Array(wide) };
    },
  };
  const pieces = [];
  for await (const piece of parquetPieces(large)) pieces.push(piece);
  const { row_groups: groups } = parquetMetadata(new Uint8Array(Buffer.concat(pieces)).buffer);
  expect(groups.map(({ num_rows }) => Number(num_rows))).toEqual([4, 2]);
  expect(pieces).toHaveLength(2);
});

test("the bytes of a file don't depend on the parts that it is made of", async () => {
  for (const path of ['a.npy', 'a.npz', 'a.csv', 'a.parquet']) {
    const made = async (most: number) =>
      Promise.all(
        tableFiles(path, smallTable(most)).map(async ({ path: name, pieces }) => [name, await joinPieces(pieces())]),
      );
    expect(await made(1)).toEqual(await made(4));
  }
});

// A Python with pandas, pyarrow, polars and duckdb: CL_PYTHON=python3 npx vitest run test/interop/tables
test.skipIf(process.env['CL_PYTHON'] === undefined)(
  'NumPy, pandas, pyarrow, polars and DuckDB read all of it',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tables-'));
    try {
      for (const path of ['a.npy', 'a.npz', 'a.csv', 'a.parquet']) {
        for (const { path: name, pieces } of tableFiles(path, smallTable())) {
          writeFileSync(join(folder, name), await joinPieces(pieces()));
        }
      }
      const output = execFileSync(
        process.env['CL_PYTHON'] as string,
        [join(import.meta.dirname, 'read-tables.py'), folder],
        { encoding: 'utf8' },
      );
      const found = JSON.parse(output) as Record<string, { names: string[]; labels?: string[]; features: string }>;
      const features = Buffer.from(FLOATS.buffer).toString('hex');
      for (const [reader, table] of Object.entries(found)) {
        expect({ reader, ...table }).toEqual({ reader, names: NAMES, classes: CLASSES, features });
      }
      expect(Object.keys(found)).toEqual([
        'numpy .npz',
        'numpy .npy',
        'pandas .csv',
        'pandas',
        'pyarrow',
        'polars',
        'duckdb',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
