import { dirname, posix } from 'node:path';
import { formatCount } from '../../util/format-count.ts';
import { quoteWord, shellWord } from '../../util/shell-word.ts';
import type { FileTree } from '../files/file-tree.ts';

const CIFAR = 'https://www.cs.toronto.edu/~kriz';

const NO_PICKLES = 'Python pickles are never loaded: ';

const NO_MATLAB = 'MATLAB files are not read: fetch the binary version: ';

interface PythonFormat {
  readonly isFound: (tree: FileTree) => boolean;
  readonly hint: (tree: FileTree) => string;
}

const has = ({ others, where }: FileTree, pattern: RegExp): boolean =>
  others.some((path) => pattern.test(path)) || pattern.test(where);

/** Whether some folder has all these files, in any case. */
function hasTogether({ others }: FileTree, names: readonly string[]): boolean {
  const [first = '', ...rest] = names;
  const all = new Set(others.map((path) => path.toLowerCase()));
  return [...all].some((path) => {
    if (path !== first && !path.endsWith(`/${first}`)) return false;
    const folder = path.slice(0, path.length - first.length);
    return rest.every((name) => all.has(folder + name));
  });
}

/** The command that writes what `save_to_disk` left as Parquet files, for all splits or the only one. */
function toParquet(tree: FileTree): string {
  const path = tree.others.find((name) => /(^|\/)dataset_dict\.json$/.test(name));
  const state = tree.others.find((name) => /(^|\/)state\.json$/.test(name)) ?? '';
  const place = path ?? state;
  const folder = posix.join(tree.where, posix.dirname(place));
  const write = path === undefined ? 'd.to_parquet("images.parquet")' : '[d[s].to_parquet(s + ".parquet") for s in d]';
  const splits = tree.others.flatMap((other) => /([^/]+)\/state\.json$/.exec(other)?.[1] ?? []);
  const name = path === undefined ? 'images' : splits.length === 1 ? (splits[0] as string) : `{${splits.join(',')}}`;
  return `A data set of save_to_disk: write it as Parquet, python3 -c ${quoteWord(`import datasets; d = datasets.load_from_disk(${JSON.stringify(folder)}); ${write}`)}, and use --data ${quoteWord(`${name}.parquet`)}`;
}

/** The command that writes Arrow files of `datasets` as Parquet: those of data, not of what was computed from them. */
function arrowHint({ others, kind, where, diskPath }: FileTree): string {
  const found = others.filter((name) => /\.arrow$/i.test(name));
  const own = found.filter((name) => !/(^|\/)cache-[^/]*$/.test(name));
  const paths = (own.length > 0 ? own : found).map((name) => diskPath(name) ?? name);
  const [first = ''] = paths;
  if (paths.length === 1) {
    return `Write the Arrow file as Parquet: python3 -c ${quoteWord(`import datasets; datasets.Dataset.from_file(${JSON.stringify(first)}).to_parquet("images.parquet")`)}`;
  }
  const code =
    'import datasets, sys; [datasets.Dataset.from_file(p).to_parquet(p[:-6] + ".parquet") for p in sys.argv[1:]]';
  const program = `python3 -c ${quoteWord(code)}`;
  const command =
    kind === 'file'
      ? `${program} ${paths.map(shellWord).join(' ')}`
      : `find ${shellWord(where)} -iname '*.arrow'${own.length > 0 ? " ! -name 'cache-*'" : ''} -exec ${program} {} +`;
  return `Write all ${formatCount(paths.length)} Arrow files as Parquet files beside them: ${command} (then --data ${shellWord(kind === 'file' ? dirname(first) : where)})`;
}

/** What Python's tools leave that is not read here, and the way to files that are. */
const FORMATS: readonly PythonFormat[] = [
  {
    isFound: (tree) => has(tree, /(^|\/)cifar-100-python\//i) || hasTogether(tree, ['train', 'test', 'meta']),
    hint: () => `${NO_PICKLES}fetch the binary version: curl -O ${CIFAR}/cifar-100-binary.tar.gz`,
  },
  {
    isFound: (tree) => has(tree, /(^|\/)(data_batch_\d|test_batch|batches\.meta)$|(^|\/)cifar-10-batches-py\//i),
    hint: () => `${NO_PICKLES}fetch the binary version: curl -O ${CIFAR}/cifar-10-binary.tar.gz`,
  },
  {
    isFound: (tree) =>
      has(tree, /(^|\/)cifar-100-matlab\//i) || hasTogether(tree, ['train.mat', 'test.mat', 'meta.mat']),
    hint: () => `${NO_MATLAB}curl -O ${CIFAR}/cifar-100-binary.tar.gz`,
  },
  {
    isFound: (tree) => has(tree, /(^|\/)(data_batch_\d|test_batch|batches\.meta)\.mat$/i),
    hint: () => `${NO_MATLAB}curl -O ${CIFAR}/cifar-10-binary.tar.gz`,
  },
  {
    isFound: (tree) => hasTogether(tree, ['state.json', 'dataset_info.json']),
    hint: toParquet,
  },
  {
    isFound: (tree) => has(tree, /\.arrow$/i),
    hint: arrowHint,
  },
  {
    isFound: (tree) => has(tree, /\.(pkl|pickle|pt|pth)(\.gz)?$/i),
    hint: () =>
      `${NO_PICKLES}in Python, numpy.savez("images.npz", images=images, labels=labels), with uint8 [n, height, width, 3].`,
  },
];

/** What to do with files of Python's tools that are not read here, such as pickles; undefined for others. */
export function pythonHint(tree: FileTree): string | undefined {
  return FORMATS.find(({ isFound }) => isFound(tree))?.hint(tree);
}
