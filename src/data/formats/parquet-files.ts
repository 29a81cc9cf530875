import { formatCount, formatPlural } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import type { Bytes } from '../files/bytes.ts';
import type { FileTree } from '../files/file-tree.ts';
import { createAllowance, type MemoryAllowance } from '../files/memory-allowance.ts';
import { openParquetFile, type ParquetFile } from '../files/parquet-file.ts';
import { isSameBytes } from '../files/same-bytes.ts';
import { requireCountable } from '../sources/image-count.ts';
import { noImages } from '../sources/no-images.ts';
import { type HubConfig, readHubConfigs } from './hub-readme.ts';
import { severalSets } from './one-set.ts';
import { columnProblem, hasImages, imageColumn } from './parquet-columns.ts';
import { checkParts } from './parquet-parts.ts';
import { type PartName, partName } from './part-name.ts';

/** A file of the data set: its name taken apart, and its open table. */
interface Part extends PartName {
  readonly file: ParquetFile;
  readonly bytes: Bytes;
}

/** Bytes that reading takes beside what stays in memory. */
const BESIDE = 2 ** 27;

/** The files of one data set. */
export interface ParquetFiles {
  /** Those with rows, by their splits. */
  readonly bySplit: ReadonlyMap<string, readonly ParquetFile[]>;
  /** All that were looked into and belong to it. */
  readonly paths: readonly string[];
  /** What was chosen, joined or left out, for people. */
  readonly notes: readonly string[];
}

/**
 * The configuration whose files are read: the only one that README.md declares, or its default.
 *
 * @throws UserError (exit code 2) for several without a default.
 */
function chooseConfig(configs: readonly HubConfig[], tree: FileTree): HubConfig | undefined {
  const chosen = configs.length === 1 ? configs : configs.filter(({ isDefault }) => isDefault);
  if (configs.length === 0 || chosen.length === 1) return chosen[0];
  throw severalSets(tree, 'configuration', new Map(configs.map(({ name, files }) => [name, [...files.keys()]])));
}

async function openPart(
  tree: FileTree,
  path: string,
  config: HubConfig | undefined,
  allowance: MemoryAllowance,
): Promise<Part> {
  const bytes = await tree.open(path);
  const name = partName(path);
  return {
    ...name,
    split: config?.files.get(path) || name.split,
    bytes,
    file: await openParquetFile(path, bytes, allowance),
  };
}

/** Tables without images, such as captions, are left alone; not so where their names make them a part of the images. */
function leaveTables(parts: readonly Part[]): Part[] {
  const withImages = parts.filter(({ file }) => hasImages(file));
  const [first] = parts;
  if (withImages.length === 0 && first !== undefined) imageColumn(first.file);
  for (const part of parts) {
    const sibling = withImages.find(({ split, set }) => split === part.split && set === part.set);
    if (sibling === undefined || withImages.includes(part)) continue;
    throw columnProblem(`expected a column of images as in ${sibling.path}`, part.file, 'Keep to one data set.');
  }
  return withImages;
}

/** Files of one split that hold the same bytes as another are read once. */
async function leaveCopies(parts: readonly Part[]): Promise<{ kept: Part[]; copies: number }> {
  const kept: Part[] = [];
  for (const part of parts) {
    let isCopy = false;
    for (const other of kept) {
      isCopy ||= part.split === other.split && part.file.rows > 0 && (await isSameBytes(part.bytes, other.bytes));
    }
    if (!isCopy) kept.push(part);
  }
  return { kept, copies: parts.length - kept.length };
}

/**
 * Finds the files of one data set among all Parquet files of a tree, by the configurations of README.md and by their
 * names.
 *
 * @param memoryBytes that may be read of them at once, with what stays in memory.
 * @throws UserError (exit code 2) for several data sets or configurations, missing parts, and files without images.
 */
export async function findParquetFiles(
  tree: FileTree,
  paths: readonly string[],
  memoryBytes: number,
): Promise<ParquetFiles> {
  const allowance = createAllowance(memoryBytes + BESIDE);
  const configs = tree.kind === 'file' ? [] : await readHubConfigs(tree, paths);
  const config = chooseConfig(configs, tree);
  const wanted = config === undefined ? paths : paths.filter((path) => config.files.has(path));
  const opened: Part[] = [];
  for (const path of wanted) opened.push(await openPart(tree, path, config, allowance));
  const { kept, copies } = tree.kind === 'file' ? { kept: opened, copies: 0 } : await leaveCopies(leaveTables(opened));
  const notes = [...checkParts(kept, tree, config !== undefined)];
  if (copies > 0) notes.unshift(`${formatCount(copies)} ${copies === 1 ? 'copy' : 'copies'} of other files left out`);
  if (config !== undefined && configs.length > 1) {
    const others = configs.filter(({ name }) => name !== config.name).map(({ name }) => name);
    notes.unshift(`configuration ${config.name}, the default of README.md (others: ${others.join(', ')})`);
  }
  const missing = config?.missing ?? [];
  if (missing.length > 0) {
    const names = listNames(missing);
    notes.unshift(`${formatPlural(missing.length, 'file')} of README.md not found (${names})`);
  }
  const bySplit = new Map<string, ParquetFile[]>();
  for (const { split, file } of kept) {
    if (file.rows > 0) bySplit.set(split, [...(bySplit.get(split) ?? []), file]);
  }
  requireCountable(
    [...bySplit.values()].flat().reduce((sum, { rows }) => sum + rows, 0),
    memoryBytes,
    tree.where,
  );
  if (bySplit.size === 0) throw noImages(`expected rows of images, got none in ${tree.where}`);
  return { bySplit, paths: kept.map(({ path }) => path), notes };
}
