import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { formatCount } from '../../util/format-count.ts';
import { quoteWord, shellWord } from '../../util/shell-word.ts';
import { fileHead } from '../files/file-head.ts';
import type { FileTree } from '../files/file-tree.ts';
import { extensionOf, isImagePath } from '../files/paths.ts';
import { trackedHint } from '../files/unfetched.ts';
import { spreadsheetHint } from './office-files.ts';
import { textHint } from './text-lists.ts';

/** Bytes of a file that tell how it is laid out. */
const HEAD = 4096;

const headOf = (path: string): string => fileHead(path, HEAD).toString('latin1');

/** A path with another extension, as a word for the shell. */
const renamed = (path: string, extension: string): string =>
  shellWord(path.slice(0, path.length - extensionOf(path).length) + extension);

const python = (code: string, path: string, extension: string): string =>
  `python3 -c ${shellWord(`import json, sys; [print(json.dumps(row)) for row in ${code}]`)} ${shellWord(path)} > ${renamed(path, extension)}`;

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

/** Files of one kind in a folder, or one that the user names. */
interface Files {
  /** Path on the disk of the first. */
  readonly path: string;
  /** "the file", or "all 12 files". */
  readonly all: string;
  readonly isOne: boolean;
  /** Their extensions, as they are written. */
  readonly extensions: readonly string[];
  /** Where to find them: their folder, or the files that the user names, as words for the shell. */
  readonly place: string;
  /** Runs a program with the names of all as its last arguments. */
  readonly run: (program: string) => string;
}

/** Patterns of names, in any case, and what to do with files of such names. */
type Foreign = readonly [patterns: readonly string[], hint: (files: Files) => string];

/** In Python: the split that the name of file p says. */
const SPLIT =
  '(re.findall("(?<![a-z])(?:test|val(?!u)|extra|unlabel+ed)", "/".join(p.lower().split("/")[-2:])) or ["train"])[0]';

/** Joins the arrays of files in one .npz, those of each split for themselves; `find` would take `{}` for files. */
const joinArrays = (module: string, read: string): string =>
  `python3 -c ${quoteWord(`import numpy, re, sys, ${module}; g = dict(); [g.setdefault(${SPLIT}, []).append(${read}) for p in sorted(sys.argv[1:])]; numpy.savez("images.npz", **{s + "_" + k: numpy.concatenate([a[i] for a in v]) for s, v in g.items() for i, k in enumerate(["images", "labels"])})`)}`;

/** Writes the images of files into a folder for each split, one after the other; `each` loops over them as v. */
const writeImages = (modules: string, each: string): string =>
  `python3 -c ${quoteWord(`import os, re, sys${modules}; d = lambda p: "images/" + ${SPLIT}; [os.makedirs(d(p), exist_ok=True) for p in sys.argv[1:]]; [open(f"{d(p)}/{i:07}.jpg", "wb").write(v) for i, (p, v) in enumerate((p, v) for p in sorted(sys.argv[1:]) ${each})]`)}`;

const THEN_IMAGES = '(then --data images)';
const THEN_ARRAYS = '(then --data images.npz)';

function matlabHint({ path, all, run }: Files): string {
  const isHdf5 = existsSync(path) && headOf(path).startsWith('MATLAB 7.3');
  const [module, read] = isHdf5
    ? ['h5py', '(lambda m: (m["X"][:].transpose(0, 3, 2, 1), m["y"][:].ravel()))(h5py.File(p))']
    : ['scipy.io', '(lambda m: (m["X"].transpose(3, 0, 1, 2), m["y"].ravel()))(scipy.io.loadmat(p))'];
  return `Save the arrays of ${all} (these are the names of SVHN): ${run(joinArrays(module, read))} ${THEN_ARRAYS}`;
}

function databaseHint({ path, all, isOne, run }: Files): string {
  const write = (images: string, place: string): string =>
    `[open(f"${images}/{i:07}.jpg", "wb").write(v) for i, (k, v) in enumerate(lmdb.open(${place}, readonly=True, lock=False, subdir=os.path.isdir(${place})).begin().cursor())]`;
  const place = shellWord(basename(path).toLowerCase() === 'data.mdb' ? dirname(path) : path);
  const one = `import os, lmdb, sys; os.makedirs("images", exist_ok=True); ${write('images', 'sys.argv[1]')}`;
  const many = `import os, lmdb, sys; [(os.makedirs(d, exist_ok=True), ${write('{d}', 'p')}) for a in sys.argv[1:] for p in [os.path.dirname(a) if a.lower().endswith("/data.mdb") else a] for d in ["images/" + os.path.basename(p)]]`;
  const command = isOne ? `python3 -c ${quoteWord(one)} ${place}` : run(`python3 -c ${quoteWord(many)}`);
  return `Write the images of ${all}, where values are encoded images as in LSUN: ${command} ${THEN_IMAGES}`;
}

/** A record of MXNet: 4 bytes of magic, 4 of length, a header of 24 bytes and so many labels, the image, padding. */
const MXNET_RECORDS =
  'for f in [open(p, "rb")] for h in iter(lambda: f.read(8), b"") for r in [f.read((int.from_bytes(h[4:], "little") & 0x1fffffff) + 3 & ~3)] for v in [r[24 + 4 * int.from_bytes(r[:4], "little"):]] if v';

const FOREIGN: readonly Foreign[] = [
  [['*.dvc'], ({ path }) => trackedHint(path)],
  [['*.xls', '*.xlsx', '*.xlsm', '*.xlsb', '*.ods'], ({ path }) => spreadsheetHint(path)],
  [
    ['*.h5', '*.hdf5'],
    ({ path, all, run }) =>
      `Save the arrays of ${all}, by the names that h5ls ${shellWord(path)} shows: ${run(joinArrays('h5py', '(lambda f: (f["images"][:], f["labels"][:]))(h5py.File(p))'))} ${THEN_ARRAYS}`,
  ],
  [['*.mat'], matlabHint],
  [['data.mdb', '*.lmdb'], databaseHint],
  [
    ['*.tfrecord*'],
    ({ all, run }) =>
      `Write the images of ${all}, where image/encoded holds them: ${run(writeImages(', tensorflow as tf', 'for r in tf.data.TFRecordDataset(p) for v in [tf.train.Example.FromString(r.numpy()).features.feature["image/encoded"].bytes_list.value[0]]'))} ${THEN_IMAGES}`,
  ],
  [
    ['*.rec'],
    ({ all, run }) =>
      `Write the images of ${all}, if they are MXNet's: ${run(writeImages('', MXNET_RECORDS))} ${THEN_IMAGES}`,
  ],
  [
    ['*.beton'],
    ({ all }) =>
      `FFCV can't write images out of ${all}: name the folder of the images that they were written from, or write them anew as tar shards or Parquet files.`,
  ],
  [
    ['*.mp4', '*.avi', '*.mov', '*.mkv', '*.webm', '*.mpg', '*.mpeg', '*.m4v'],
    ({ path, all, isOne, run }) =>
      `Take pictures out of ${all}, here one a second: ${
        isOne
          ? `mkdir frames && ffmpeg -i ${shellWord(path)} -vf fps=1 frames/%06d.jpg`
          : run(
              `sh -c 'for v; do mkdir -p "frames/\${v##*/}" && ffmpeg -i "$v" -vf fps=1 "frames/\${v##*/}/%06d.jpg"; done' sh`,
            )
      } (then --data frames)`,
  ],
  [
    ['*.tif', '*.tiff', '*.bmp', '*.gif', '*.heic', '*.heif', '*.avif', '*.jp2'],
    ({ all, isOne, extensions, place }) => {
      const names = extensions.map((extension) => `-name '*${extension}'`).join(' -o ');
      const chosen = extensions.length === 1 ? names : `\\( ${names} \\)`;
      return `Convert ${isOne ? 'them' : all} with ImageMagick, which writes .png files beside them: find ${place} ${chosen} -exec mogrify -format png {} +`;
    },
  ],
];

const matches = (path: string, pattern: string): boolean => {
  const name = basename(path).toLowerCase();
  return pattern.endsWith('*')
    ? name.includes(pattern.slice(1, -1))
    : pattern.startsWith('*')
      ? name.endsWith(pattern.slice(1))
      : name === pattern;
};

function findFiles(patterns: readonly string[], { others, kind, where, diskPath }: FileTree): Files | undefined {
  const found = others.filter((path) => patterns.some((pattern) => matches(path, pattern)));
  const [first] = found;
  if (first === undefined) return undefined;
  const path = diskPath(first) as string;
  const place = kind === 'file' ? found.map((name) => shellWord(diskPath(name) as string)).join(' ') : shellWord(where);
  const own = patterns.filter((pattern) => found.some((name) => matches(name, pattern)));
  const names = own.map((pattern) => `-iname '${pattern}'`).join(' -o ');
  const isOne = found.length === 1;
  return {
    path,
    extensions: [...new Set(found.map((name) => /\.[^.]*$/.exec(name)?.[0] ?? ''))],
    place,
    isOne,
    all: isOne ? 'the file' : `all ${formatCount(found.length)} files`,
    run: (program) =>
      isOne || kind === 'file'
        ? `${program} ${isOne ? shellWord(path) : place}`
        : `find ${place} -type f ${own.length > 1 ? `\\( ${names} \\)` : names} -exec ${program} {} +`,
  };
}

/**
 * What to do with a file, or a folder of files, that other programs use: a command that makes images or a list of all
 * of them; undefined for what is unknown.
 */
export function foreignHint(tree: FileTree): string | undefined {
  const { kind, images, others, where, diskPath } = tree;
  if (kind === 'file' && images.length > 0) {
    return `Training takes many images: name their folder, ${shellWord(dirname(where))}`;
  }
  const [first = ''] = others;
  const disk = diskPath(first);
  if (disk === undefined) return undefined;
  if (kind === 'file' && /\.(txt|lst|list)$/i.test(first)) return textHint(disk);
  if (kind === 'file' && first.toLowerCase().endsWith('.json')) return jsonHint(disk);
  for (const [patterns, hint] of FOREIGN) {
    const files = findFiles(patterns, tree);
    if (files !== undefined) return hint(files);
  }
  return undefined;
}
