import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTorchFile } from '../../../src/interop/torch/torch-file.ts';
import type { HostTensor } from '../../../src/runtime/host-tensor.ts';
import { outcomeOf, pickle, tensorParts, torchFixture, torchZip } from './torch-fixtures.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'torch-file-'));
  path = join(folder, 'a.pth');
});
afterAll(() => rm(folder, { recursive: true }));

interface Values {
  readonly shape: number[];
  readonly values: number[];
}
const expected = JSON.parse(readFileSync(torchFixture('values.json'), 'utf8')) as Record<string, Values>;
const plain = (tensor: HostTensor | undefined): Values => ({
  shape: [...(tensor?.shape ?? [])],
  values: [...(tensor?.data ?? [])],
});
const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

describe('readTorchFile', () => {
  it.each([1, 2, 3, 4, 5])('reads what PyTorch wrote by protocol %i: types, views, parameters', async (protocol) => {
    const { tensors, notes } = await readTorchFile(torchFixture(`values-${protocol}.pth`));
    expect(Object.keys(tensors)).toEqual(Object.keys(expected));
    for (const [name, { shape, values }] of Object.entries(expected)) {
      const wanted = name === 'double' ? [...Float32Array.from(values)] : values;
      expect([name, plain(tensors[name])]).toEqual([name, { shape, values: wanted }]);
    }
    expect(Object.entries(tensors).map(([name, { dtype }]) => `${name} ${dtype}`)).toEqual(
      expect.arrayContaining(['double float32', 'half float32', 'int64 int32', 'int8 int32', 'bool uint8']),
    );
    expect(notes).toEqual([
      '1 tensor of float16 read as float32',
      '1 tensor of bfloat16 read as float32',
      '1 tensor of float64 read as float32',
    ]);
  });

  it.each(['training-state.pth', 'training-state-4.pth'])('joins the keys of a training state: %s', async (name) => {
    const { tensors, notes } = await readTorchFile(torchFixture(name));
    expect(Object.keys(tensors)).toEqual([
      ...['0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var', '1.num_batches_tracked'].map(
        (each) => `state_dict.module.${each}`,
      ),
      ...[0, 1, 2, 3].map((i) => `optimizer.state.${i}.momentum_buffer`),
      'rng',
      '1.3.0',
    ]);
    expect(notes).toEqual([]);
  });

  it("reads Lightning's checkpoints", async () => {
    const { tensors } = await readTorchFile(torchFixture('lightning.ckpt'));
    expect(Object.keys(tensors)).toEqual([
      'state_dict.backbone.0.weight',
      'state_dict.projection_head.layers.0.weight',
    ]);
  });

  it('reads a storage that tensors share, once for equal views', async () => {
    const { tensors } = await readTorchFile(torchFixture('shared.pth'));
    expect(Object.keys(tensors)).toEqual(['whole', 'again', 'row', 'dictionary.whole']);
    expect(tensors.again).toBe(tensors.whole);
    expect(plain(tensors.row)).toEqual({ shape: [4], values: [1, 1, 1, 1] });
  });

  it('leaves out integers that do not fit, and says so', async () => {
    const { tensors, notes } = await readTorchFile(torchFixture('wide.pth'));
    expect(Object.keys(tensors)).toEqual(['weight']);
    expect(notes).toEqual(['left out, their int64 values do not fit 32 bits: seed']);
  });

  it('keeps names that JavaScript has for itself', async () => {
    await writeFile(
      path,
      torchZip(pickle('}', { text: '__proto__' }, ...tensorParts('0', [1], [1]), 's.'), { 0: floats(1, 2) }),
    );
    const { tensors } = await outcomeOf(path);
    expect(Object.keys(tensors ?? {})).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype);
  });
});

describe('files of PyTorch that are not read', () => {
  it.each([
    ['one-tensor.pth', 'it holds one tensor without a name, not a dictionary of tensors.', 'model.state_dict()'],
    [
      'network.pth',
      'it holds a whole network, not its tensors alone: it names torch.nn.modules.container.Sequential, which is code.',
      'model.state_dict()',
    ],
    [
      'namespace.pth',
      'it names argparse.Namespace, numpy._core.multiarray.scalar, numpy.dtype, which are neither tensors nor plain containers.',
      'weights_only=False',
    ],
    ['path.pth', 'it names pathlib.PurePosixPath, which is neither a tensor nor a plain container.', '-tensors.pth'],
    ['sparse.pth', 'it holds a sparse tensor (torch._utils._rebuild_sparse_tensor), which is not read.', 'dense'],
    ['quantised.pth', 'it holds a quantised tensor (torch._utils._rebuild_qtensor), which is not read.', 'dense'],
    [
      'float8.pth',
      'it holds a tensor of a rare type, such as float8 (torch._utils._rebuild_tensor_v3), which is not read.',
      'float32',
    ],
    ['complex.pth', 'it holds a tensor of complex numbers (torch.ComplexFloatStorage), which is not read.', 'float32'],
    ['self-containing.pth', '"self" contains itself.', undefined],
    [
      'torchscript.pt',
      'it holds a program of TorchScript beside its tensors, which is code.',
      'torch.jit.load(sys.argv[1]',
    ],
  ])('says what %s holds', async (name, problem, hint) => {
    const found = await outcomeOf(torchFixture(name));
    expect(found.problem).toBe(problem);
    if (hint === undefined) expect(found.hint).toBeUndefined();
    else expect(found.hint).toContain(hint);
  });

  const tensor = tensorParts('0', [2], [1]);
  it.each([
    [
      'beyond its storage',
      pickle('}', { text: 'w' }, ...tensorParts('0', [2, 3], [3, 1]), 's.'),
      'goes beyond the 16 B of its storage',
    ],
    ['behind its storage', pickle('}', { text: 'w' }, ...tensorParts('0', [2], [1], 3), 's.'), 'goes beyond the 16 B'],
    ['beyond it by strides', pickle('}', { text: 'w' }, ...tensorParts('0', [2], [9]), 's.'), 'goes beyond the 16 B'],
    [
      'without a storage',
      pickle('}', { text: 'w' }, ...tensorParts('1', [2], [1]), 's.'),
      'has no storage in the file',
    ],
    [
      'of more values than any file has',
      pickle('}', { text: 'w' }, ...tensorParts('0', [255, 255, 255, 255], [0, 0, 0, 0]), 's.'),
      'its tensors would take 16.9 GB, it has',
    ],
    [
      'with fewer strides',
      pickle('}', { text: 'w' }, ...tensorParts('0', [2, 1], [1]), 's.'),
      'tensor "w" has a damaged shape',
    ],
    [
      'of a negative size',
      pickle('}', { text: 'w' }, ...tensor.slice(0, -1), 'K\x04tQK\x00J\xff\xff\xff\xff\x85K\x01\x85\x89}tRs.'),
      'tensor "w" has a damaged shape',
    ],
    [
      'under two equal keys',
      pickle('}(', { text: 'w' }, ...tensor, { text: 'w' }, ...tensor, 'u.'),
      'the pickle has the key "w" twice',
    ],
    [
      'under keys that join to one name',
      pickle('}(', { text: 'a.b' }, ...tensor, { text: 'a' }, '}', { text: 'b' }, ...tensor, 'su.'),
      'two tensors are called "a.b"',
    ],
    [
      'under a name that is no text',
      pickle('}X\x01\x00\x00\x00\xff', ...tensor, 's.'),
      'the pickle has text that is not UTF-8',
    ],
    [
      'under a name of a thousand characters',
      pickle('}', { text: 'w'.repeat(1025) }, ...tensor, 's.'),
      "a tensor's name has 1025 characters",
    ],
    ['in lists without end', pickle('}', { text: 'w' }, ']q\x00h\x00as.'), '"w.0" contains itself'],
    [
      'in a hundred lists',
      pickle('}', { text: 'w' }, ...tensor, '\x85'.repeat(100), 's.'),
      'lies more than 64 levels deep',
    ],
    ['reached in too many ways', pickle('}q\x00', '2\x86'.repeat(30), '.'), 'reached in more than'],
    ['cut short', pickle('}', { text: 'w' }), 'the pickle is cut short'],
    ['of an unknown operation', pickle('\xff.'), 'an operation 0xff, which is not read'],
    ['without a mark', pickle('}t.'), 'the pickle lacks a mark'],
    ['without values', pickle('R.'), 'takes more values than it has'],
    ['of a value that is not there', pickle('h\x05.'), 'refers to a value that it does not have'],
  ])('refuses a tensor %s', async (_, data, problem) => {
    await writeFile(path, torchZip(data, { 0: floats(1, 2, 3, 4) }));
    expect((await outcomeOf(path)).problem).toContain(problem);
  });

  it('takes no memory for values that share a storage many times over', async () => {
    const storage = new Uint8Array(4 * 250 * 250);
    const views = Array.from({ length: 200 }, (_, i) => [
      { text: `w${i}` },
      ...tensorParts('0', [250, 249], [1, 249 + (i % 2)], i),
    ]);
    await writeFile(path, torchZip(pickle('}(', ...views.flat(), 'u.'), { 0: storage }));
    expect((await outcomeOf(path)).problem).toMatch(/its tensors would take [\d.]+ MB, it has [\d.]+ kB/);
  });

  it('refuses dictionaries that are copied without end', async () => {
    const pairs = Array.from({ length: 2000 }, (_, i) => `(M${String.fromCharCode(i & 255, i >> 8)}Nt`).join('');
    const list = `](${pairs}eq\x00`;
    const copies = 'ccollections\nOrderedDict\nh\x00\x85R0'.repeat(2000);
    await writeFile(path, torchZip(pickle(list, copies, '.')));
    expect((await outcomeOf(path)).problem).toContain('more than 2000000 values');
  });

  const good = pickle('}', { text: 'w' }, ...tensor, 's.');
  it('refuses archives that could unpack to any size, and damaged ones', async () => {
    const storage = floats(1, 2, 3, 4);
    const problemOf = async (bytes: Uint8Array): Promise<string | undefined> => {
      await writeFile(path, bytes);
      return (await outcomeOf(path)).problem;
    };
    const entry = { name: 'archive/data/0', body: storage };
    expect(await problemOf(torchZip(good, { 0: storage }))).toBeUndefined();
    const bomb = { name: 'archive/data/0', body: new Uint8Array(50_000_000), method: 8 };
    expect(await problemOf(torchZip(good, {}, [bomb]))).toContain('data/0 is compressed, which torch.save never does');
    expect(await problemOf(torchZip(good, {}, [{ ...entry, size: 1e9 }]))).toContain('is compressed');
    expect(await problemOf(torchZip(good, {}, [{ ...entry, size: 1e9, packedSize: 1e9 }]))).toContain('wrong size');
    expect(await problemOf(torchZip(good, {}, [{ ...entry, checksum: 1 }]))).toContain('wrong checksum');
    expect(await problemOf(torchZip(good, {}, [entry, entry]))).toContain('two entries of the archive have one name');
    const order = { name: 'archive/byteorder', body: 'big' };
    expect(await problemOf(torchZip(good, { 0: storage }, [order]))).toContain('its numbers are big-endian');
    expect(await problemOf(torchZip(new Uint8Array(16 * 2 ** 20 + 1)))).toContain('its data.pkl would have 16.8 MB');
    const whole = torchZip(good, { 0: storage });
    expect(await problemOf(whole.subarray(0, whole.length - 30))).toContain(
      'a zip archive that is cut short or damaged',
    );
  });
});
