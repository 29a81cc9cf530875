import { isUtf8 } from 'node:buffer';
import { basename } from 'node:path';
import { listNames } from '../../util/list-names.ts';
import { shellWord } from '../../util/shell-word.ts';
import { showName } from '../torch/pickle-values.ts';
import { saveAgainCommand } from '../torch/torch-file-problem.ts';
import { protobufKind } from './protobuf-kind.ts';

/** What a file is that holds no weights that can be read, and what to do. */
export interface ForeignFile {
  readonly what: string;
  readonly hint: string;
}

/** Bytes of a file that tell what it is: its first and its last. */
export interface FileEnds {
  readonly head: Buffer;
  readonly tail: Buffer;
  readonly path: string;
}

/** What can be read. */
export const READABLE =
  'Read are safetensors and files of torch.save, in the names of torchvision, timm or lightly: docs/weights.md';

const beside = (path: string, extension: string): string => shellWord(`${path.replace(/\.[^./]+$/, '')}${extension}`);

const python = (code: string, path: string, extension: string): string =>
  `python3 -c '${code}' ${shellWord(path)} ${beside(path, extension)}`;

const TRUST = 'it runs what the file names, so only if you trust its source';

const onnxHint = (path: string): string =>
  `If its tensors have PyTorch's names: ${python('import sys, onnx, onnx.numpy_helper as h, safetensors.numpy as s; s.save_file({t.name: h.to_array(t) for t in onnx.load(sys.argv[1]).graph.initializer}, sys.argv[2])', path, '.safetensors')}`;

const numpyHint = (path: string): string =>
  `If its arrays have PyTorch's names: ${python('import sys, numpy, safetensors.numpy as s; s.save_file(dict(numpy.load(sys.argv[1])), sys.argv[2])', path, '.safetensors')}`;

const pickleHint = (path: string): string =>
  `If it holds arrays by PyTorch's names (${TRUST}): ${python('import sys, pickle, torch; c = pickle.load(open(sys.argv[1], "rb"), encoding="latin1"); c = c.get("model", c); torch.save({k: torch.as_tensor(v) for k, v in c.items() if hasattr(v, "shape")}, sys.argv[2])', path, '-tensors.pth')}`;

const isIndexOf =
  (extension: string) =>
  ({ head }: FileEnds): boolean => {
    const text = head.toString('latin1');
    return /^\s*\{/.test(text) && text.includes('"weight_map"') && new RegExp(`\\.${extension}"`).test(text);
  };

const PARTS =
  'd = os.path.dirname(sys.argv[1]); parts = sorted(set(json.load(open(sys.argv[1]))["weight_map"].values()))';

const joinSafetensors = (path: string): string =>
  `Join them: ${python(`import sys, json, os, safetensors.torch as s; ${PARTS}; s.save_file({k: v for p in parts for k, v in s.load_file(os.path.join(d, p)).items()}, sys.argv[2])`, path, '-joined.safetensors')}`;

const joinTorch = (path: string): string =>
  `Join them: ${python(`import sys, json, os, torch; ${PARTS}; torch.save({k: v for p in parts for k, v in torch.load(os.path.join(d, p), map_location="cpu", weights_only=True).items()}, sys.argv[2])`, path, '-joined.pth')}`;

const unpack = (command: string) => (path: string) =>
  `Unpack it, and name what is in it: ${command} ${shellWord(path)}`;

/** The number that torch.save began its files with before PyTorch 1.6, as a pickle has it. */
const LEGACY = Buffer.from('8a0a6cfc9c46f9206aa85019', 'hex');

const isTensorFlowIndex = ({ tail }: FileEnds): boolean => tail.subarray(-8).toString('hex') === '57fb808b247547db';

const begins = (...bytes: readonly (string | number)[]) => {
  const start = Buffer.concat(
    bytes.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.of(part))),
  );
  return ({ head }: FileEnds): boolean => head.subarray(0, start.length).equals(start);
};

const holdsAt =
  (text: string, at: number) =>
  ({ head }: FileEnds): boolean =>
    head.subarray(at, at + text.length).toString('latin1') === text;

const isNamed =
  (name: RegExp) =>
  ({ path }: FileEnds): boolean =>
    name.test(basename(path));

const tensorFlow = (): string => `TensorFlow's names and layouts are its own. ${READABLE}`;
const otherTool = (): string => READABLE;

/** A map of msgpack whose first key is text, as flax writes. */
function isMessagePack({ head }: FileEnds): boolean {
  const [first = 0] = head;
  const at = first > 0x80 && first <= 0x8f ? 1 : first === 0xde ? 3 : first === 0xdf ? 5 : undefined;
  const key = at === undefined ? 0 : (head[at] ?? 0);
  return (key > 0xa0 && key <= 0xbf) || key === 0xd9;
}

type Kind = readonly [what: string, is: (ends: FileEnds) => boolean, hint: (path: string) => string];

const KINDS: readonly Kind[] = [
  [
    'a file of torch.save in the form before PyTorch 1.6',
    ({ head }) => head[0] === 0x80 && head.subarray(0, 32).includes(LEGACY),
    (path) => `Save it again: ${saveAgainCommand(path)}`,
  ],
  ['an HDF5 file, as Keras writes (.h5)', begins('\x89HDF'), otherTool],
  ['a NumPy array', begins('\x93NUMPY'), otherTool],
  ['a GGUF file of llama.cpp', begins('GGUF'), otherTool],
  ['a TensorFlow Lite model', holdsAt('TFL3', 4), otherTool],
  ['a program of ExecuTorch', holdsAt('ET', 4), otherTool],
  ['the index of a TensorFlow checkpoint', isTensorFlowIndex, tensorFlow],
  ['the data of a TensorFlow checkpoint', isNamed(/\.data-\d{5}-of-\d{5}$/), tensorFlow],
  ['the list of TensorFlow checkpoints', begins('model_checkpoint_path:'), tensorFlow],
  ['a tar archive', holdsAt('ustar', 257), unpack('tar -xf')],
  ['a gzip file', begins(0x1f, 0x8b), unpack('gzip -dk')],
  ['an xz file', begins(0xfd, '7zXZ'), unpack('xz -dk')],
  ['a bzip2 file', begins('BZh'), unpack('bzip2 -dk')],
  ['a Zstandard file', begins(0x28, 0xb5, 0x2f, 0xfd), unpack('zstd -dk')],
  ['a 7-Zip archive', begins('7z\xbc\xaf'), unpack('7z x')],
  ['a RAR archive', begins('Rar!'), unpack('unrar x')],
  ['a JPEG image', begins(0xff, 0xd8, 0xff), otherTool],
  ['a PNG image', begins('\x89PNG'), otherTool],
  [
    'a Python pickle that torch.save did not write',
    ({ head: [first = 0, second = 0] }) => first === 0x80 && second <= 5,
    pickleHint,
  ],
  ['a msgpack file, as flax writes', isMessagePack, otherTool],
  ['an ONNX model', ({ head }) => protobufKind(head) === 'onnx', onnxHint],
  ['a SavedModel of TensorFlow', ({ head }) => protobufKind(head) === 'saved-model', tensorFlow],
  ['a graph of TensorFlow', ({ head }) => protobufKind(head) === 'graph', tensorFlow],
  ['an index of safetensors in several parts', isIndexOf('safetensors'), joinSafetensors],
  ['an index of PyTorch files in several parts', isIndexOf('bin'), joinTorch],
  ['a JSON file', ({ head }) => /^\s*[{[]/.test(head.toString('latin1')), otherTool],
  ['text', ({ head }) => isUtf8(head.subarray(0, -4)) && !head.includes(0), otherTool],
  [
    'zeros alone, as an interrupted download leaves them',
    ({ head, tail }) => [...head, ...tail].every((byte) => byte === 0),
    () => 'Fetch it again.',
  ],
];

/** What a file is, by its content first, that is neither safetensors nor a zip archive. */
export function foreignFile(ends: FileEnds): ForeignFile {
  if (ends.head.length === 0) return { what: 'an empty file', hint: 'Fetch or write it again.' };
  const [what, , hint] = KINDS.find(([, is]) => is(ends)) ?? [];
  return { what: what ?? 'a file of an unknown kind', hint: hint?.(ends.path) ?? READABLE };
}

/** What a zip archive is, by the files in it, that torch.save did not write. */
export function foreignZip(paths: readonly string[], path: string): ForeignFile {
  const has = (name: RegExp): boolean => paths.some((each) => name.test(each));
  if (has(/^(metadata\.json|model\.weights\.h5)$/) && has(/^config\.json$/)) {
    return { what: 'a model of Keras (.keras)', hint: READABLE };
  }
  if (has(/^MAR-INF\//)) return { what: 'a model archive of TorchServe (.mar)', hint: unpack('unzip')(path) };
  if (has(/(^|\/)(archive_format|serialized_exported_program\.json)$/)) {
    return {
      what: 'a program of torch.export (.pt2)',
      hint: `Save its tensors alone: ${python('import sys, torch; torch.save(dict(torch.export.load(sys.argv[1]).state_dict), sys.argv[2])', path, '-tensors.pth')}`,
    };
  }
  if (has(/(^|\/)saved_model\.pb$/)) return { what: 'a SavedModel of TensorFlow in a zip archive', hint: tensorFlow() };
  if (paths.length > 0 && paths.every((each) => each.endsWith('.npy'))) {
    return { what: 'arrays of NumPy (.npz)', hint: numpyHint(path) };
  }
  const such = paths.length === 0 ? 'nothing' : listNames(paths.map(showName), 3);
  return { what: `a zip archive, but not of torch.save, of ${such}`, hint: unpack('unzip')(path) };
}
