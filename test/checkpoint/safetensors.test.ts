import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/checkpoint/safetensors-read.ts';
import { writeSafetensors } from '../../src/checkpoint/safetensors-write.ts';
import { elementCount, float32, type HostTensor, int32, uint8 } from '../../src/runtime/host-tensor.ts';
import { UserError } from '../../src/util/errors.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/safetensors');
let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  path = join(folder, 'a.safetensors');
});
afterAll(() => rm(folder, { recursive: true }));

const tensor: fc.Arbitrary<HostTensor> = fc
  .tuple(fc.array(fc.nat(4), { maxLength: 4 }), fc.constantFrom('float32', 'int32', 'uint8'))
  .chain(([shape, dtype]): fc.Arbitrary<HostTensor> => {
    const size = { minLength: elementCount(shape), maxLength: elementCount(shape) };
    if (dtype === 'float32') return fc.float32Array(size).map((data) => ({ dtype, shape, data }));
    if (dtype === 'int32') return fc.int32Array(size).map((data) => ({ dtype, shape, data }));
    return fc.uint8Array(size).map((data) => ({ dtype: 'uint8' as const, shape, data }));
  });
const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text !== '__metadata__');

function bytesOf(found: HostTensor | undefined): Buffer {
  if (found === undefined) return Buffer.alloc(0);
  return Buffer.from(found.data.buffer, found.data.byteOffset, found.data.byteLength);
}

/** Bits rather than values, so that NaN payloads and signed zeros count. */
function bits(tensors: Readonly<Record<string, HostTensor>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tensors).map(([key, t]) => [key, [t.dtype, t.shape, bytesOf(t).toString('hex')]]),
  );
}

/** A file with a given header and data section. */
async function craft(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): Promise<void> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  await writeFile(path, Buffer.concat([prefix, json, data]));
}

async function problem(): Promise<string> {
  try {
    await readSafetensors(path);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(message.startsWith(`Cannot read ${path}: `)).toBe(true);
    return message.slice(`Cannot read ${path}: `.length);
  }
  throw new Error('the file was accepted');
}

describe('writeSafetensors and readSafetensors', () => {
  it('give back any tensors and metadata, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, tensor, { maxKeys: 6 }),
        fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' }), { maxKeys: 3 }),
        async (tensors, metadata) => {
          await writeSafetensors(path, tensors, metadata);
          const read = await readSafetensors(path);
          expect(bits(read.tensors)).toEqual(bits(tensors));
          expect(read.metadata).toEqual({ ...metadata, fileSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
          expect(read.checked).toBe(true);
        },
      ),
      { numRuns: 150, seed: 7 },
    );
  });

  it('write equal bytes whatever the order of the record, views included', async () => {
    const whole = new Float32Array(10).map((_, i) => i);
    const b = float32(whole.subarray(2, 5), [3]);
    await writeSafetensors(path, { a: uint8(Uint8Array.of(9), []), b, c: int32([1, 2], [1, 2]) });
    const first = await readFile(path);
    await writeSafetensors(path, {
      c: int32([1, 2], [1, 2]),
      b: float32([2, 3, 4], [3]),
      a: uint8(Uint8Array.of(9), []),
    });
    expect(await readFile(path)).toEqual(first);
    const headerBytes = Number(first.readBigUInt64LE());
    expect(headerBytes % 8).toBe(0);
    expect(first.readFloatLE(8 + headerBytes)).toBe(2);
  });

  it('keep several slices in order', async () => {
    const data = new Int32Array(5_000_001).map((_, i) => i);
    await writeSafetensors(path, { large: int32(data, [5_000_001]), small: int32([5], [1]) });
    const { tensors } = await readSafetensors(path);
    expect(Buffer.compare(bytesOf(tensors['large']), Buffer.from(data.buffer))).toBe(0);
    expect(tensors['small']?.data).toEqual(Int32Array.of(5));
  });

  it("keep PyTorch's counters, first in the file and aligned", async () => {
    const tracked = { dtype: 'int64', shape: [], data: BigInt64Array.of(-3n) } as const;
    await writeSafetensors(path, { a: uint8(Uint8Array.of(9), [1]), b: float32([2], [1]), tracked });
    const bytes = await readFile(path);
    expect(bytes.readBigInt64LE(8 + Number(bytes.readBigUInt64LE()))).toBe(-3n);
    expect((await readSafetensors(path)).tensors['tracked']).toEqual(int32([-3], []));
  });

  it('refuse tensors that contradict their shape', async () => {
    const write = (t: HostTensor, key = 'a') => writeSafetensors(path, { [key]: t });
    await expect(write(float32([1, 2], [3]))).rejects.toThrow('Expected tensor "a" to hold float32 [3], got 2 values');
    await expect(write({ dtype: 'float32', shape: [1], data: Int32Array.of(1) })).rejects.toThrow('in a Int32Array');
    await expect(write(float32([], [0]), '__metadata__')).rejects.toThrow(RangeError);
  });
});

describe('other implementations', () => {
  it('a file that Python wrote is read', async () => {
    const { tensors, metadata, checked } = await readSafetensors(join(FIXTURES, 'python.safetensors'));
    expect(metadata).toEqual({ 'made by': 'safetensors.numpy', quote: '"\\' });
    expect(checked).toBe(false);
    expect(tensors).toEqual({
      'conv1.weight': float32(
        Array.from({ length: 24 }, (_, i) => i / 8 - 1),
        [2, 3, 2, 2],
      ),
      'bn1.num_batches_tracked': int32([-7], []),
      labels: int32([1, -2, 2 ** 31 - 1], [3]),
      pixels: uint8(Uint8Array.of(0, 60, 120, 180, 240), [5]),
      empty: float32([], [0, 4]),
      größe: float32([Infinity, -Infinity, NaN, -0, 2 ** -149], [5]),
    });
  });

  it("PyTorch's half and double precision come as float32, and are told", async () => {
    const { tensors, converted } = await readSafetensors(join(FIXTURES, 'types.safetensors'));
    expect(converted).toEqual({ half: 'F16', brain: 'BF16', double: 'F64' });
    // Printed by make-types.py.
    const infinities = [-Infinity, NaN];
    const half = [1, -2.5, 0.333251953125, 0, -0, 2 ** -24, 6.097555160522461e-5, 65504, Infinity];
    const brain = [1, -2.5, 0.333984375, 0, -0, 6.007030606269836e-8, 6.103515625e-5, 65536, 3.00405527047391e38];
    const double = [1, -2.5, 1 / 3, 0, -0, 6e-8, 6.1e-5, 65504, 3e38];
    expect(tensors['half']).toEqual(float32([...half, ...infinities], [11]));
    expect(tensors['brain']).toEqual(float32([...brain, ...infinities, 9.183549615799121e-41], [12]));
    expect(tensors['double']).toEqual(float32([...double, ...infinities, 1e-40, Infinity], [13]));
    expect(tensors['single']).toEqual(float32([...double, ...infinities], [11]));
    expect(tensors['bn1.num_batches_tracked']).toEqual(int32([40], []));
  });

  it('Python reads what is written here (needs python3 with safetensors and numpy)', async (test) => {
    const python = process.env['PYTHON'] ?? 'python3';
    try {
      execFileSync(python, ['-c', 'import safetensors.numpy'], { stdio: 'ignore' });
    } catch {
      return test.skip(`${python} has no safetensors (set PYTHON to one that has)`);
    }
    await writeSafetensors(
      path,
      {
        w: float32([1.5, -2], [2, 1]),
        n: int32([-3], []),
        'p "ü"': uint8(Uint8Array.of(255), [1]),
        e: float32([], [0]),
        tracked: { dtype: 'int64', shape: [], data: BigInt64Array.of(2n ** 40n) },
      },
      { progress: '{"step":1}' },
    );
    const script = join(import.meta.dirname, 'read-with-python.py');
    const seen = JSON.parse(execFileSync(python, [script, path], { encoding: 'utf8' }));
    expect(seen.metadata).toMatchObject({ progress: '{"step":1}' });
    expect(seen.tensors).toEqual({
      w: ['float32', [2, 1], [1.5, -2]],
      n: ['int32', [], [-3]],
      'p "ü"': ['uint8', [1], [255]],
      e: ['float32', [0], []],
      tracked: ['int64', [], [2 ** 40]],
    });
  });
});

describe('a damaged file', () => {
  const entry = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });

  it.each<[string, unknown, number, string]>([
    ['is an array', [], 0, 'the header must be a JSON object'],
    ['has text after the header', '{} x', 0, 'the header is not JSON text'],
    ['has metadata that is not text', { __metadata__: { a: 1 } }, 0, '"__metadata__" must be an object of strings'],
    ['has an entry that is no object', { a: 3 }, 0, 'tensor "a": its entry must be an object'],
    [
      'has an unknown dtype',
      { a: entry('F8_E4M3', [1], [0, 1]) },
      1,
      'expected dtype F64, F32, F16, BF16, I64, I32, U8, got "F8_E4M3"',
    ],
    ['has half the bytes', { a: entry('BF16', [2], [0, 2]) }, 2, 'BF16 of shape [2] takes 4 bytes'],
    ['has a dtype of the prototype', { a: entry('toString', [1], [0, 2]) }, 2, 'got "toString"'],
    ['has a negative size', { a: entry('U8', [-1], [0, 1]) }, 1, 'its shape must be a list of sizes, got [-1]'],
    ['has a fractional size', { a: entry('U8', [0.5], [0, 1]) }, 1, 'its shape must be a list of sizes'],
    ['has no offsets', { a: { dtype: 'U8', shape: [1] } }, 1, 'data_offsets must be two numbers, got nothing'],
    ['has three offsets', { a: entry('U8', [1], [0, 1, 2]) }, 1, 'data_offsets must be two numbers, got [0,1,2]'],
    ['ends before it begins', { a: entry('U8', [1], [1, 0]) }, 1, 'its data ends (0) before it begins (1)'],
    [
      'has another shape',
      { a: entry('F32', [2, 3], [0, 20]) },
      20,
      'F32 of shape [2, 3] takes 24 bytes, its data_offsets span 20',
    ],
    ['has an overflowing shape', { a: entry('U8', [2 ** 50, 2 ** 50], [0, 4]) }, 4, 'its data_offsets span 4'],
    [
      'claims a petabyte',
      { a: entry('U8', [1e15], [0, 1e15]) },
      4,
      'cut short: expected 1000000000000000 bytes of data, got 4',
    ],
    [
      'has overlapping tensors',
      { a: entry('U8', [4], [0, 4]), b: entry('U8', [4], [2, 6]) },
      6,
      'tensor "b": its data overlaps that of "a"',
    ],
    [
      'has one place twice',
      { a: entry('U8', [4], [0, 4]), b: entry('U8', [4], [0, 4]) },
      4,
      'tensor "b": its data overlaps',
    ],
    [
      'has a gap',
      { a: entry('U8', [1], [0, 1]), b: entry('U8', [1], [3, 4]) },
      4,
      '2 unused bytes between "a" and "b"',
    ],
    ['begins late', { a: entry('U8', [1], [1, 2]) }, 2, '1 unused byte between the header and "a"'],
    ['has bytes left', { a: entry('U8', [1], [0, 1]) }, 3, '2 bytes too many after the last tensor'],
    [
      'has a name twice',
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
      2,
      'the header has "a" twice',
    ],
  ])('that %s is refused', async (_, header, dataBytes, message) => {
    await craft(header, new Uint8Array(dataBytes));
    expect(await problem()).toContain(message);
  });

  it('whose lengths lie is refused before memory is taken', async () => {
    await craft('{}', undefined, 2n ** 63n);
    expect(await problem()).toContain('not a safetensors file: its header would have 9223372036854775808 bytes');
    await craft('{}', undefined, 99_999_999n);
    expect(await problem()).toContain('cut short: its header should have 99999999 bytes, the file has 10');
    await writeFile(path, 'hello');
    expect(await problem()).toContain('cut short: expected a safetensors file, got 5 bytes');
    await writeFile(path, 'x'.repeat(100));
    expect(await problem()).toContain('not a safetensors file');
  });

  it('with bytes that are not UTF-8, or a byte order mark, is refused', async () => {
    await writeFile(path, Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"\xff', 'latin1')]));
    expect(await problem()).toContain('the header is not JSON text');
    await craft('\ufeff{}');
    expect(await problem()).toContain('the header is not JSON text');
  });

  it('that is larger than the memory is refused before any is taken', async () => {
    // A file with a hole takes no space, and is of that size nevertheless.
    const bytes = 2 ** 43;
    await craft({ big: entry('F32', [bytes / 4], [0, bytes]) });
    await truncate(path, (await stat(path)).size + bytes);
    expect(await problem()).toMatch(/^it has 8\.80 TB, more than the memory of this machine \(\d.*B\)\.$/);
  });

  it('with I64 values beyond int32 is refused', async () => {
    await craft({ n: entry('I64', [1], [0, 8]) }, Uint8Array.of(0, 0, 0, 128, 0, 0, 0, 0));
    expect(await problem()).toBe('tensor "n": 2147483648 does not fit 32 bits, and I64 is read as int32.');
  });

  it.each([
    ['a type', (long: string) => ({ a: entry(long, [1], [0, 4]) })],
    ['a shape', (long: string) => ({ a: entry('F32', long, [0, 4]) })],
    ['sizes', (long: string) => ({ a: entry('F32', [...long].map(Number), [0, 4]) })],
    ['a name', (long: string) => ({ [long]: entry('F9', [1], [0, 4]) })],
    ['a name of metadata', (long: string) => ({ __metadata__: { [long]: '' } })],
    ['a key of an entry', (long: string) => ({ a: { [long]: 1 } })],
    ['text that never ends', (long: string) => `{"${long}`],
    ['text behind its end', (long: string) => `{}${long}`],
    ['nesting', (long: string) => `{"a":${'['.repeat(long.length)}${']'.repeat(long.length)}}`],
  ])('with %s of a megabyte is refused in a few words', async (_, make) => {
    await craft(make('1'.repeat(2 ** 20)), new Uint8Array(4));
    const message = await problem();
    expect(message.length).toBeLessThan(300);
    expect(message).not.toContain('call stack');
  });

  it('with more tensors, metadata or text than any tool writes is refused before they are read', async () => {
    const list = (count: number, make: (i: number) => string): string =>
      Array.from({ length: count }, (__, i) => make(i)).join();
    await craft(`{${list(30_001, (i) => `"${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`)}}`);
    expect(await problem()).toBe('the header has more than 30,000 tensors.');
    await craft(`{"__metadata__":{${list(10_001, (i) => `"${i}":""`)}}}`);
    expect(await problem()).toBe('the header has more than 10,000 entries of metadata.');
    await craft({ __metadata__: { a: 'x'.repeat(17_000_000) } });
    expect(await problem()).toBe('its header has 17.0 MB, of which at most 16.8 MB are read.');
    await expect(writeSafetensors(path, {}, { a: 'x'.repeat(17_000_000) })).rejects.toThrow('16.8 MB can be read');
    await expect(writeSafetensors(path, { ['x'.repeat(2000)]: float32([], [0]) })).rejects.toThrow(
      /named "x+\.\.\.\.$/,
    );
  });

  it('keeps metadata of megabytes', async () => {
    const metadata = { long: 'x'.repeat(5_000_000), quotes: '"\\'.repeat(1_000_000), ü: 'ü'.repeat(1_000_000) };
    await writeSafetensors(path, { w: float32([1], [1]) }, metadata);
    expect((await readSafetensors(path)).metadata).toMatchObject(metadata);
  });

  it('with a hole is refused before it is read', async () => {
    const bytes = 2 ** 28;
    await craft({ big: entry('F32', [bytes / 4], [0, bytes]) });
    await truncate(path, (await stat(path)).size + bytes);
    expect(await problem()).toMatch(/^it has a hole: 4.10 kB of its 268 MB are on the disk/);
  });

  it('that is no file is refused', async () => {
    await expect(readSafetensors(folder)).rejects.toThrow(UserError);
    await expect(readSafetensors(join(folder, 'none'))).rejects.toThrow(/^Cannot read .*none: ENOENT/);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(readSafetensors(pipe)).rejects.toThrow('expected a file, got a folder or device');
  });
});
