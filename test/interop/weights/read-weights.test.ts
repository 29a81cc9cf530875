import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../../src/checkpoint/checkpoint.ts';
import { writeSafetensors } from '../../../src/checkpoint/safetensors-write.ts';
import { readWeights } from '../../../src/interop/weights/read-weights.ts';
import { float32, int32 } from '../../../src/runtime/host-tensor.ts';
import { rawZip } from '../../data/raw-zip.ts';
import { outcomeOf, torchFixture } from '../torch/torch-fixtures.ts';

let root: string;
let folder: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'read-weights-'));
});
beforeEach(async () => {
  folder = join(root, String(count++));
  await mkdir(folder);
});
afterAll(() => rm(root, { recursive: true }));

const weight = float32([1, 2], [2]);
const progress = { step: 1, epoch: 1, seed: 1, configHash: '' };

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** What is wrong with a file of some bytes, and what to do. */
async function refused(name: string, content: string | Uint8Array): ReturnType<typeof outcomeOf> {
  return outcomeOf(await put(name, content), readWeights);
}

describe('readWeights', () => {
  it('tells checkpoints of runs, exports, safetensors of others and files of PyTorch by their content', async () => {
    const path = (name: string): string => join(folder, name);
    await writeCheckpoint(path('a.pth'), { tensors: { 'backbone.w': weight }, progress, toolVersion: '1' });
    await writeSafetensors(path('b.bin'), { w: weight }, { format: 'pt', encoder: '{}' });
    await writeSafetensors(path('c.pt'), { w: weight }, { format: 'pt' });
    await copyFile(torchFixture('training-state.pth'), path('d.safetensors'));
    const found = await Promise.all(['a.pth', 'b.bin', 'c.pt', 'd.safetensors'].map((name) => readWeights(path(name))));
    expect(found.map(({ kind, layout, tensors }) => `${kind} ${layout} ${Object.keys(tensors)[0]}`)).toEqual([
      'checkpoint tensorflow backbone.w',
      'export torch w',
      'safetensors torch w',
      'torch torch state_dict.module.0.weight',
    ]);
  });

  it('notes values that are not numbers, and types that were converted', async () => {
    const tensors = {
      good: weight,
      bad: float32([1, Number.NaN, Number.POSITIVE_INFINITY], [3]),
      whole: int32([1], [1]),
    };
    await writeSafetensors(join(folder, 'a.safetensors'), tensors);
    expect((await readWeights(join(folder, 'a.safetensors'))).notes).toEqual([
      'NaN or infinite values in 1 tensor: bad (2 of 3)',
    ]);
    const types = await readWeights(join(import.meta.dirname, '../../fixtures/safetensors/types.safetensors'));
    expect(types.notes.join()).toMatch(/tensors? of F16 read as float32/);
  });

  it('says what is wrong with safetensors', async () => {
    await writeSafetensors(join(folder, 'a.safetensors'), { w: weight });
    const bytes = Buffer.from(await readFile(join(folder, 'a.safetensors')));
    expect((await refused('cut.safetensors', bytes.subarray(0, bytes.length - 3))).problem).toContain('cut short');
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    expect((await refused('flipped.safetensors', bytes)).problem).toContain('damaged, its checksum is');
    await writeSafetensors(join(folder, 'none.safetensors'), {});
    expect(await outcomeOf(join(folder, 'none.safetensors'), readWeights)).toMatchObject({
      problem: 'it holds no tensors.',
    });
  });
});

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

describe("other tools' files", () => {
  it.each([
    ['a.h5', latin('\x89HDF\r\n\x1a\n\x00'), 'an HDF5 file, as Keras writes (.h5)'],
    ['a.pth', latin('\x89HDF\r\n\x1a\n\x00'), 'an HDF5 file, as Keras writes (.h5)'],
    ['a.onnx', latin('\x08\x07\x12\x07pytorch\x1a\x052.1.0:\x9c\x01'), 'an ONNX model'],
    ['b.onnx', latin('\x08\x0a:\x9c\x01\x0a\x05'), 'an ONNX model'],
    ['saved_model.pb', latin('\x08\x01\x12\xd8\xe6\x5a\x0a\x10'), 'a SavedModel of TensorFlow'],
    ['frozen.pb', latin('\x0a\x2a\x0a\x05input\x12\x0bPlaceholder*\x0b'), 'a graph of TensorFlow'],
    [
      'model.ckpt.index',
      Buffer.concat([Buffer.alloc(60, 7), Buffer.from('57fb808b247547db', 'hex')]),
      'the index of a TensorFlow checkpoint',
    ],
    ['model.ckpt-1.data-00000-of-00001', Buffer.alloc(200, 0x3f), 'the data of a TensorFlow checkpoint'],
    ['checkpoint', latin('model_checkpoint_path: "model.ckpt-1"\n'), 'the list of TensorFlow checkpoints'],
    ['a.msgpack', latin('\x82\xa6params\x81\xa5conv1'), 'a msgpack file, as flax writes'],
    ['a.npy', latin("\x93NUMPY\x01\x00v\x00{'descr': '<f4'"), 'a NumPy array'],
    ['a.gguf', latin('GGUF\x03\x00\x00\x00'), 'a GGUF file of llama.cpp'],
    ['a.tflite', latin('\x1c\x00\x00\x00TFL3\x14\x00'), 'a TensorFlow Lite model'],
    [
      'a.pkl',
      latin('\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00}\x94.'),
      'a Python pickle that torch.save did not write',
    ],
    ['a.pth.gz', gzipSync('weights'), 'a gzip file'],
    ['a.bz2', latin('BZh91AY&SY'), 'a bzip2 file'],
    ['a.xz', latin('\xfd7zXZ\x00\x00'), 'an xz file'],
    ['a.tar', Buffer.concat([Buffer.alloc(257, 'a'), latin('ustar\x0000'), Buffer.alloc(250)]), 'a tar archive'],
    ['a.yaml', latin('backbone:\n  name: resnet18\n'), 'text'],
    ['config.json', latin('{"architectures": ["ResNet"]}'), 'a JSON file'],
    ['a.jpg', latin('\xff\xd8\xff\xe0\x00\x10JFIF'), 'a JPEG image'],
    ['a.bin', Buffer.alloc(5000), 'zeros alone, as an interrupted download leaves them'],
    ['b.bin', latin('\xde\xad\xbe\xef\x00\x01\x02\x03\xff\xfe'), 'a file of an unknown kind'],
    ['c.bin', Buffer.alloc(0), 'an empty file'],
    ['a.weights', Buffer.concat([u64(1e12), latin('{')]), 'a file of an unknown kind'],
  ])('%s is named for what it is', async (name, content, what) => {
    const { problem, hint } = await refused(name, content);
    expect(problem).toBe(`it is ${what}.`);
    expect(hint).toBeTruthy();
  });

  it('in the form before PyTorch 1.6 come with the command that saves them again', async () => {
    const { problem, hint } = await outcomeOf(torchFixture('legacy.pth'), readWeights);
    expect(problem).toBe('it is a file of torch.save in the form before PyTorch 1.6.');
    expect(hint).toMatch(
      /^Save it again: python3 -c '.*weights_only=True\); torch\.save\(.*' \S*legacy\.pth \S*legacy-tensors\.pth$/,
    );
  });

  it.each([
    ['a.keras', ['metadata.json', 'config.json', 'model.weights.h5'], 'a model of Keras (.keras)'],
    ['a.mar', ['MAR-INF/MANIFEST.json', 'model.pt'], 'a model archive of TorchServe (.mar)'],
    ['a.npz', ['params/conv1.npy', 'b.npy'], 'arrays of NumPy (.npz)'],
    ['a.pt2', ['a/archive_format', 'a/models/model.json'], 'a program of torch.export (.pt2)'],
    ['a.zip', ['model/saved_model.pb'], 'a SavedModel of TensorFlow in a zip archive'],
    ['b.zip', ['weights.pth', 'README'], 'a zip archive, but not of torch.save, of weights.pth, README'],
    ['c.zip', [], 'a zip archive, but not of torch.save, of nothing'],
  ])('%s is named for what lies in it', async (name, paths, what) => {
    const { problem, hint } = await refused(name, rawZip(paths.map((path) => ({ name: path, body: 'x' }))));
    expect(problem).toBe(`it is ${what}.`);
    expect(hint).toBeTruthy();
  });

  it('a zip archive that is cut short is damaged, whatever it was', async () => {
    const { problem } = await refused('a.pth', rawZip([{ name: 'archive/data.pkl', body: '.' }]).subarray(0, 40));
    expect(problem).toMatch(/^a zip archive that is cut short or damaged \(.*[^.]\)\.$/);
  });

  it('in several parts come with the command that joins them', async () => {
    const index = (file: string): string => JSON.stringify({ metadata: {}, weight_map: { 'conv1.weight': file } });
    const safetensors = await refused('model.safetensors.index.json', index('model-00001-of-00002.safetensors'));
    expect(safetensors.problem).toBe('it is an index of safetensors in several parts.');
    expect(safetensors.hint).toContain('s.save_file');
    const torch = await refused('pytorch_model.bin.index.json', index('pytorch_model-00001-of-00002.bin'));
    expect(torch.problem).toBe('it is an index of PyTorch files in several parts.');
    expect(torch.hint).toContain('weights_only=True');
  });

  it('that only stand for weights say how to fetch them', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n';
    const { problem, hint } = await refused('model.safetensors', pointer);
    expect(problem).toBe(`expected data, got a Git LFS pointer: ${join(folder, 'model.safetensors')}`);
    expect(hint).toContain('lfs pull');
    expect((await refused('a.pth', '<!DOCTYPE html><html>')).problem).toContain('a web page (HTML)');
  });

  it('in a bomb are not unpacked', async () => {
    const bomb = deflateRawSync(Buffer.alloc(1e8));
    const entry = { name: 'archive/data.pkl', body: Buffer.alloc(10), method: 0, packedSize: bomb.length, size: 1e8 };
    expect((await refused('a.pth', rawZip([entry]))).problem).toMatch(/100 MB|compressed/);
  });
});

describe('damaged files of other tools', () => {
  const begins = [
    '',
    '\x89HDF',
    'PK\x03\x04',
    'GGUF',
    '\x80\x02',
    '\x82\xa6',
    '\x08\x07',
    '\x0a',
    '{"weight_map"',
    'ustar',
  ];
  it('come to tensors or a message, whatever bytes they are', async () => {
    const content = fc.tuple(fc.constantFrom(...begins), fc.uint8Array({ maxLength: 300 }));
    await fc.assert(
      fc.asyncProperty(content, async ([start, rest]) => {
        const { tensors, problem } = await refused('a.bin', Buffer.concat([latin(start), rest]));
        expect(tensors ?? problem).toBeTruthy();
      }),
      { numRuns: 200 },
    );
  });

  it('come to tensors or a message where some bytes of safetensors changed', async () => {
    await writeSafetensors(join(folder, 'good.safetensors'), { w: weight, v: int32([1], [1]) }, { a: 'b' });
    const good = await readFile(join(folder, 'good.safetensors'));
    const change = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(good);
        for (const { at, byte } of changes) bytes[at] = byte;
        const { tensors, problem } = await refused('a.safetensors', bytes);
        expect(tensors ?? problem).toBeTruthy();
      }),
      { numRuns: 200 },
    );
  });
});

describe('folders', () => {
  const save = (name: string): Promise<void> => writeSafetensors(join(folder, name), { [name]: weight });
  it('of an export, of a repository of the hub, or with one file, give that file', async () => {
    await save('only.safetensors');
    await put('README.md', '');
    expect((await readWeights(`${folder}/`)).path).toBe(join(folder, 'only.safetensors'));
    await put('pytorch_model.bin', '');
    await save('model.safetensors');
    expect((await readWeights(folder)).path).toBe(join(folder, 'model.safetensors'));
    await save('timm.safetensors');
    await save('torchvision.safetensors');
    expect((await readWeights(folder)).path).toBe(join(folder, 'torchvision.safetensors'));
  });

  const problemOf = async (): Promise<[string | undefined, string | undefined]> => {
    const { problem, hint } = await outcomeOf(folder, readWeights);
    return [problem?.replace(folder, 'FOLDER'), hint?.replaceAll(folder, 'FOLDER')];
  };
  it('with several files or none name them', async () => {
    expect((await problemOf())[0]).toBe('expected a file of weights, got a folder without any at FOLDER');
    await save('a.safetensors');
    await put('b.pth', '');
    expect(await problemOf()).toEqual([
      'expected a file of weights, got a folder of 2: a.safetensors, b.pth, at FOLDER',
      'Name one of them, such as FOLDER/a.safetensors',
    ]);
  });

  it.each([
    ['saved_model.pb', 'a SavedModel of TensorFlow', "TensorFlow's names are its own"],
    ['model.ckpt.index', 'checkpoints of TensorFlow', "TensorFlow's names are its own"],
    ['__0_0.distcp', 'a distributed checkpoint of PyTorch', 'dcp_to_torch FOLDER FOLDER.pth'],
    ['data.pkl', 'an unpacked file of torch.save', 'zip -0 -r FOLDER.pth'],
  ])('with %s are %s', async (name, what, todo) => {
    await put(name, 'x');
    const [problem, hint] = await problemOf();
    expect(problem).toBe(`expected a file of weights, got ${what} at FOLDER`);
    expect(hint).toContain(todo);
  });

  it('of a run, and of a hub cache, say what to name', async () => {
    await mkdir(join(folder, 'snapshots/abc'), { recursive: true });
    expect((await problemOf())[1]).toBe('Name the snapshot: FOLDER/snapshots/abc');
    await mkdir(join(folder, 'checkpoints'));
    await put('config.yaml', '');
    expect((await problemOf())[1]).toBe(
      'Name the run by --run or --init, or one of its checkpoints, in FOLDER/checkpoints',
    );
  });
});

describe('names at which there is no file', () => {
  it.each([
    [
      'https://download.pytorch.org/models/resnet18-f37072fd.pth',
      'curl -fLO https://download.pytorch.org/models/resnet18-f37072fd.pth (then name resnet18-f37072fd.pth)',
    ],
    ['hf://timm/resnet18.a1_in1k', 'hf download timm/resnet18.a1_in1k model.safetensors --local-dir resnet18.a1_in1k'],
    [
      'hf-hub:timm/resnet18.a1_in1k',
      'hf download timm/resnet18.a1_in1k model.safetensors --local-dir resnet18.a1_in1k (then name resnet18.a1_in1k/model.safetensors)',
    ],
    [
      'timm/resnet18.a1_in1k',
      'If it is a repository of the Hugging Face hub: Nothing is downloaded. Fetch it first: hf download timm/',
    ],
    ['https://huggingface.co/timm/resnet18.a1_in1k', 'hf download timm/resnet18.a1_in1k model.safetensors'],
    [
      'https://huggingface.co/o/n/blob/main/sub/a.pth',
      'hf download o/n sub/a.pth --local-dir n (then name n/sub/a.pth)',
    ],
    ['torchvision://resnet50', 'torchvision.models.get_model("resnet50", weights="DEFAULT")'],
    ['resnet50', 'torchvision.models.get_model("resnet50", weights="DEFAULT")'],
    ['vit_small_patch16_224', 'timm.create_model("vit_small_patch16_224", pretrained=True)'],
    ['s3://bucket/a/weights.pth', 'aws s3 cp s3://bucket/a/weights.pth . (then name weights.pth)'],
    ['gs://bucket/weights.pth', 'gcloud storage cp gs://bucket/weights.pth . (then name weights.pth)'],
  ])('%s comes with a command', async (name, command) => {
    const { problem, hint } = await outcomeOf(name, readWeights);
    expect(problem).toMatch(/^expected a file of weights, got (the address|nothing at) /);
    expect(hint).toContain(command);
  });

  it('that are a link to nothing are told as such', async () => {
    const link = join(folder, 'link.pth');
    await symlink('gone.pth', link);
    const { problem, hint } = await outcomeOf(link, readWeights);
    expect(problem).toBe(`expected a file of weights, got a link to nothing, ${link}`);
    expect(hint).toBe(`It leads to ${join(folder, 'gone.pth')}, which does not exist.`);
  });

  it('are compared with those that there are', async () => {
    await put('weights.pth', '');
    const { problem, hint } = await outcomeOf(join(folder, 'weigths.pth'), readWeights);
    expect(problem).toBe(`expected a file of weights, got nothing at ${join(folder, 'weigths.pth')}`);
    expect(hint).toBe(`Did you mean ${join(folder, 'weights.pth')}?`);
  });
});
