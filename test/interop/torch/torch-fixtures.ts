import { join } from 'node:path';
import { readTorchFile, type TorchFile } from '../../../src/interop/torch/torch-file.ts';
import { UserError } from '../../../src/util/errors.ts';
import { type RawZipEntry, rawZip } from '../../data/raw-zip.ts';

/** A file of `test/fixtures/torch`. */
export function torchFixture(name: string): string {
  return join(import.meta.dirname, '../../fixtures/torch', name);
}

/** What reading a file comes to: its tensors, or the message and hint of its error, which must be a user's. */
export async function outcomeOf(
  path: string,
  read: (path: string) => Promise<Pick<TorchFile, 'tensors'>> = readTorchFile,
): Promise<{ tensors?: TorchFile['tensors']; problem?: string; hint?: string | undefined }> {
  try {
    return { tensors: (await read(path)).tensors };
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== 2) throw error;
    return { problem: error.message.replace(`Cannot read ${path}: `, ''), hint: error.hint };
  }
}

/** A pickle of protocol 2, of characters and texts: a text becomes BINUNICODE. */
export function pickle(...parts: readonly (string | { text: string })[]): Buffer {
  const encode = (part: string | { text: string }): Buffer => {
    if (typeof part === 'string') return Buffer.from(part, 'latin1');
    const text = Buffer.from(part.text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return Buffer.concat([Buffer.from('X'), length, text]);
  };
  return Buffer.concat([Buffer.from('\x80\x02', 'latin1'), ...parts.map(encode)]);
}

/** Parts of a pickle: the call that makes a float32 tensor of a storage; sizes and strides below 256. */
export function tensorParts(
  key: string,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): (string | { text: string })[] {
  const byte = (value: number): string => `K${String.fromCharCode(value)}`;
  const tuple = (sizes: readonly number[]): string => `(${sizes.map(byte).join('')}t`;
  return [
    'ctorch._utils\n_rebuild_tensor_v2\n((',
    { text: 'storage' },
    'ctorch\nFloatStorage\n',
    { text: key },
    { text: 'cpu' },
    `K\x04tQ${byte(offset)}${tuple(shape)}${tuple(strides)}\x89ccollections\nOrderedDict\n)RtR`,
  ];
}

/** An archive as `torch.save` writes it, of a pickle and storages. */
export function torchZip(
  data: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  more: readonly RawZipEntry[] = [],
): Buffer {
  return rawZip([
    { name: 'archive/data.pkl', body: data },
    ...Object.entries(storages).map(([key, body]) => ({ name: `archive/data/${key}`, body })),
    ...more,
  ]);
}
