import { closeSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { shellWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';
import { extensionOf, isImagePath } from '../files/paths.ts';

/** Bytes of a file that tell how it is laid out. */
const HEAD = 4096;

function headOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD);
    return head.toString('latin1', 0, readSync(file, head, 0, HEAD, 0));
  } finally {
    closeSync(file);
  }
}

/** A path with another extension, as a word for the shell. */
const renamed = (path: string, extension: string): string =>
  shellWord(path.slice(0, path.length - extensionOf(path).length) + extension);

const python = (code: string, path: string, extension: string): string =>
  `python3 -c ${shellWord(`import json, sys; [print(json.dumps(row)) for row in ${code}]`)} ${shellWord(path)} > ${renamed(path, extension)}`;

/** The command that makes a list of lines of text. */
function textHint(path: string): string {
  const [line = ''] = headOf(path).split(/\r?\n/);
  const words = line.trim().split(/\s+/);
  const [first = '', last = ''] = [words[0], words.at(-1)];
  const to = `${shellWord(path)} > ${renamed(path, '.csv')}`;
  if (isImagePath(line.trim())) return `Make it a list: sed '1i path' ${to}`;
  if (/[,;\t|]/.test(line) && words.length > 0) return `Name it .csv: cp ${shellWord(path)} ${renamed(path, '.csv')}`;
  const header = isImagePath(first) ? 'path,label' : isImagePath(last) ? 'id,path' : undefined;
  if (header === undefined)
    return 'Name a folder of images, or write a list (path,label in the first line of a .csv file).';
  const split = String.raw`s/[[:space:]]+([^[:space:]]+)[[:space:]]*$/,\1/`;
  return `Make it a list: sed -E -e '1i ${header}' -e '${split}' ${to}`;
}

/** The command that makes JSON Lines of JSON. */
function jsonHint(path: string): string {
  const head = headOf(path).trim();
  const all = 'json.load(open(sys.argv[1]))';
  if (head.startsWith('[')) return `Make it JSON Lines: ${python(all, path, '.jsonl')}`;
  if (/^\{[^\n]*\}\r?\n\s*\{/.test(head)) return `Name it .jsonl: cp ${shellWord(path)} ${renamed(path, '.jsonl')}`;
  const [, key = ''] = /^\{\s*"((?:[^"\\]|\\.)*)"\s*:\s*["\d]/.exec(head) ?? [];
  if (isImagePath(key)) {
    return `Make it JSON Lines: ${python(`({"path": key, "label": value} for key, value in ${all}.items())`, path, '.jsonl')}`;
  }
  const coco = python(`({"path": image["file_name"]} for image in ${all}["images"])`, path, '.jsonl');
  return `Name the folder of the images. Of annotations like COCO's this makes a list, without labels: ${coco}`;
}

const TO_FILES = 'import os; os.makedirs("images", exist_ok=True)';

/** What to do with files of other programs, by their names; `path` is one of them, `folder` where they lie. */
const FOREIGN: readonly (readonly [names: RegExp, hint: (path: string, folder: string) => string])[] = [
  [
    /\.(xlsx?|ods)$/,
    (path) =>
      `Save it as CSV: libreoffice --headless --convert-to 'csv:Text - txt - csv (StarCalc):44,34,76' ${shellWord(path)}`,
  ],
  [
    /\.(h5|hdf5)$/,
    (path) =>
      `Save its arrays, by the names that h5ls ${shellWord(path)} shows: python3 -c 'import h5py, numpy, sys; f = h5py.File(sys.argv[1]); numpy.savez(sys.argv[2], images=f["images"][:], labels=f["labels"][:])' ${shellWord(path)} ${renamed(path, '.npz')}`,
  ],
  [
    /\.mat$/,
    (path) =>
      `Save its arrays (these are the names of SVHN): python3 -c 'import scipy.io, numpy, sys; m = scipy.io.loadmat(sys.argv[1]); numpy.savez(sys.argv[2], images=m["X"].transpose(3, 0, 1, 2), labels=m["y"].ravel())' ${shellWord(path)} ${renamed(path, '.npz')}`,
  ],
  [
    /\.l?mdb$/,
    (path) =>
      `Write its images into files, where values are encoded images as in LSUN: python3 -c '${TO_FILES}; import lmdb, sys; [open(f"images/{i:07}.jpg", "wb").write(v) for i, (k, v) in enumerate(lmdb.open(sys.argv[1], readonly=True, lock=False).begin().cursor())]' ${shellWord(path.endsWith('.mdb') ? dirname(path) : path)}`,
  ],
  [
    /\.tfrecords?\b/,
    (path) =>
      `Write its images into files: python3 -c '${TO_FILES}; import sys, tensorflow as tf; [open(f"images/{i:07}.jpg", "wb").write(tf.train.Example.FromString(r.numpy()).features.feature["image/encoded"].bytes_list.value[0]) for i, r in enumerate(tf.data.TFRecordDataset(sys.argv[1:]))]' ${shellWord(path)}`,
  ],
  [
    /\.(mp4|avi|mov|mkv|webm|mpe?g|m4v)$/,
    (path) =>
      `Take pictures out of videos, here one a second: mkdir frames && ffmpeg -i ${shellWord(path)} -vf fps=1 frames/%06d.jpg`,
  ],
  [
    /\.(tiff?|bmp|gif|heic|heif|avif|jp2)$/,
    (path, folder) =>
      `Convert them with ImageMagick, which writes .png files beside them: find ${shellWord(folder)} -name '*${/\.[^.]*$/.exec(path)?.[0]}' -exec mogrify -format png {} +`,
  ],
];

/**
 * What to do with a file, or a folder of files, that other programs use: a command that makes images or a list of it;
 * undefined for what is unknown.
 */
export function foreignHint({ kind, images, others, where, diskPath }: FileTree): string | undefined {
  if (kind === 'file' && images.length > 0) {
    return `Training takes many images: name their folder, ${shellWord(dirname(where))}`;
  }
  const [first = ''] = others;
  const disk = diskPath(first);
  if (disk === undefined) return undefined;
  if (kind === 'file' && first.toLowerCase().endsWith('.txt')) return textHint(disk);
  if (kind === 'file' && first.toLowerCase().endsWith('.json')) return jsonHint(disk);
  for (const [names, hint] of FOREIGN) {
    const path = others.find((other) => names.test(other.toLowerCase()));
    if (path !== undefined) return hint(diskPath(path) as string, kind === 'file' ? disk : where);
  }
  return undefined;
}
