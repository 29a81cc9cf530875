import { openFile } from '../../data/files/bytes.ts';
import { ZipProblem } from '../../data/files/zip-index.ts';
import { DecodeProblem } from '../../data/pixels/decode-problem.ts';
import { elementCount, type HostTensor } from '../../runtime/host-tensor.ts';
import { UserError } from '../../util/errors.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatPlural } from '../../util/format-count.ts';
import { listNames } from '../../util/list-names.ts';
import { showName } from './pickle-values.ts';
import { readPickle } from './read-pickle.ts';
import { findTensorViews, gatherView, type TensorView, viewEnd } from './tensor-views.ts';
import { openTorchArchive, type TorchArchive } from './torch-archive.ts';
import { torchFileProblem } from './torch-file-problem.ts';
import { isAllowedName } from './torch-pickle-names.ts';

/** Named tensors of a file of PyTorch; the keys of nested dictionaries are joined by dots. */
export interface TorchFile {
  readonly tensors: Readonly<Record<string, HostTensor>>;
  /** What was changed or left out. */
  readonly notes: readonly string[];
}

/** Several views of one storage are fine, but they may not take many times the memory that the file has. */
const MOST_TIMES = 4;

/** Bytes that repeated values (strides of 0) may take in a small file. */
const SLACK = 2 ** 20;

/**
 * Reads the tensors of a `.pth`, `.pt` or `.ckpt` file that `torch.save` wrote (its zip format, PyTorch 1.6 and later).
 *
 * Nothing is executed: whatever the file names beside tensors and plain containers is refused by name. Floats come as
 * float32, integers as int32, bytes and booleans as uint8. Memory is bounded by the file's size.
 *
 * @throws UserError (exit code 2) naming the file, what is wrong, and what to do.
 */
export async function readTorchFile(path: string): Promise<TorchFile> {
  const bytes = await openFile(path);
  try {
    return await readTensors(await openTorchArchive(bytes), bytes.size);
  } catch (error) {
    const isKnown = error instanceof RangeError || error instanceof ZipProblem || error instanceof DecodeProblem;
    if (!isKnown) throw error;
    const { what = error.message, hint } = torchFileProblem(path, error);
    throw new UserError(`Cannot read ${path}: ${what}.`, { hint, exitCode: 2, cause: error });
  } finally {
    await bytes.close();
  }
}

async function readTensors(archive: TorchArchive, fileBytes: number): Promise<TorchFile> {
  const views = findTensorViews(readPickle(archive.pickle, isAllowedName));
  const read = new Map<string, HostTensor>();
  const tooWide: string[] = [];
  for (const group of groupByStorage(checkViews(views, archive, fileBytes))) {
    const [{ type, storage }] = group as [TensorView];
    const values = type.decode(wholeElements(await archive.readStorage(storage), type.bytes));
    for (const view of group) {
      if (values === undefined) tooWide.push(view.name);
      else read.set(identityOf(view), gatherView(view, values));
    }
  }
  const tensors = views.flatMap((view): [string, HostTensor][] => {
    const tensor = read.get(identityOf(view));
    return tensor === undefined ? [] : [[view.name, tensor]];
  });
  return { tensors: Object.fromEntries(tensors), notes: notesOf(views, tooWide) };
}

/** Two views are one tensor where they have the same place and shape. */
const identityOf = ({ storage, type, offset, shape, strides }: TensorView): string =>
  JSON.stringify([storage, type.name, offset, shape, strides]);

/** The distinct views, which lie in their storages and take no more memory than the file may ask for. */
function checkViews(views: readonly TensorView[], archive: TorchArchive, fileBytes: number): TensorView[] {
  const distinct = [...new Map(views.map((view) => [identityOf(view), view])).values()];
  let total = 0;
  for (const view of distinct) {
    const { name, storage, type, shape } = view;
    const available = archive.storageBytes(storage);
    if (available === undefined) throw new RangeError(`tensor "${showName(name)}" has no storage in the file`);
    if (viewEnd(view) * type.bytes > available) {
      throw new RangeError(
        `tensor "${showName(name)}" of shape [${shape.join(', ')}] goes beyond the ${formatBytes(available)} of its storage`,
      );
    }
    total += elementCount(shape) * type.bytes;
  }
  const most = MOST_TIMES * fileBytes + SLACK;
  if (total > most)
    throw new RangeError(`its tensors would take ${formatBytes(total)}, it has ${formatBytes(fileBytes)}`);
  return distinct;
}

function groupByStorage(views: readonly TensorView[]): TensorView[][] {
  const groups = new Map<string, TensorView[]>();
  for (const view of views) {
    const key = JSON.stringify([view.storage, view.type.name]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [view]);
    else group.push(view);
  }
  return [...groups.values()];
}

/** A storage without the bytes behind its last whole element. */
function wholeElements(content: ArrayBuffer, bytes: number): ArrayBuffer {
  const rest = content.byteLength % bytes;
  return rest === 0 ? content : content.slice(0, content.byteLength - rest);
}

function notesOf(views: readonly TensorView[], tooWide: readonly string[]): string[] {
  const narrowed = ['float16', 'bfloat16', 'float64'].flatMap((name) => {
    const count = views.filter(({ type }) => type.name === name).length;
    return count === 0 ? [] : [`${formatPlural(count, 'tensor')} of ${name} read as float32`];
  });
  if (tooWide.length === 0) return narrowed;
  const names = listNames(tooWide.map(showName));
  return [...narrowed, `left out, their int64 values do not fit 32 bits: ${names}`];
}
