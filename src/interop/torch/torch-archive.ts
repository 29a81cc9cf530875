import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Bytes } from '../../data/files/bytes.ts';
import { locateStored, readZipEntry } from '../../data/files/zip-entry.ts';
import { indexZip, type ZipEntry } from '../../data/files/zip-index.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { showName } from './pickle-values.ts';

/** Bytes of the pickle: names and shapes, the values lie elsewhere. */
const LARGEST_PICKLE = 16 * 2 ** 20;

/** Bytes that are read between two turns of the event loop. */
const SLICE = 8 * 2 ** 20;

/** The parts of an archive that `torch.save` wrote. */
export interface TorchArchive {
  readonly pickle: Uint8Array;
  /** Bytes of a storage; undefined where there is none. */
  storageBytes(key: string): number | undefined;
  /** All bytes of a storage, whose checksum is compared. */
  readStorage(key: string): Promise<ArrayBuffer>;
}

/** `torch.save` stores; a compressed entry could unpack to any size. */
function checkStored(entry: ZipEntry): ZipEntry {
  if (entry.isDeflated || entry.packedSize !== entry.size) {
    throw new RangeError(`its ${showName(entry.path)} is compressed, which torch.save never does`);
  }
  return entry;
}

/**
 * The parts of a zip archive of PyTorch; no memory is taken beyond the size of its pickle.
 *
 * @throws RangeError, ZipProblem or DecodeProblem for another archive, or a damaged one.
 */
export async function openTorchArchive(bytes: Bytes): Promise<TorchArchive> {
  const { files } = await indexZip(bytes);
  const entries = new Map(files.map((entry) => [entry.path, entry]));
  if (entries.size < files.length) throw new RangeError('two entries of the archive have one name');
  const pickle = files.find(({ path }) => /^([^/]+\/)?data\.pkl$/.test(path));
  if (pickle === undefined) throw new RangeError('a zip archive, but not of torch.save: it has no data.pkl');
  const prefix = pickle.path.slice(0, -'data.pkl'.length);
  if (entries.has(`${prefix}constants.pkl`)) {
    throw new RangeError('it holds a program of TorchScript beside its tensors, which is code');
  }
  if (pickle.size > LARGEST_PICKLE) throw new RangeError(`its data.pkl would have ${formatBytes(pickle.size)}`);
  const order = entries.get(`${prefix}byteorder`);
  if (order !== undefined && order.size < 16) {
    const text = Buffer.from(await readZipEntry(bytes, checkStored(order))).toString('latin1');
    if (text.trim() === 'big') throw new RangeError('its numbers are big-endian');
  }
  const storageOf = (key: string): ZipEntry | undefined => entries.get(`${prefix}data/${key}`);
  return {
    pickle: await readZipEntry(bytes, checkStored(pickle)),
    storageBytes: (key) => storageOf(key)?.size,
    readStorage: (key) => readStored(bytes, storageOf(key) as ZipEntry),
  };
}

async function readStored(bytes: Bytes, entry: ZipEntry): Promise<ArrayBuffer> {
  const located = await locateStored(bytes, checkStored(entry));
  const content = new ArrayBuffer(entry.size);
  let checksum = 0;
  for (let at = 0; at < entry.size; at += SLICE) {
    const slice = await located.readAt(at, Math.min(SLICE, entry.size - at));
    new Uint8Array(content).set(slice, at);
    checksum = crc32(slice, checksum);
    await nextTurn();
  }
  if (checksum !== entry.checksum) throw new RangeError(`its ${showName(entry.path)} is damaged (wrong checksum)`);
  return content;
}
