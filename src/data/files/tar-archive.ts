import { UserError } from '../../util/errors.ts';
import { DecodeProblem } from '../pixels/decode-problem.ts';
import { type Archive, treeOfEntries } from './archive-tree.ts';
import { type Bytes, sliceBytes } from './bytes.ts';
import { mostEntries, requireListable } from './entry-count.ts';
import { estimateTar } from './estimate-archive.ts';
import type { OpenOptions } from './file-tree.ts';
import { isLabelPath, type LabelReader, type LabelValue, labelReaderFor } from './label-files.ts';
import { BLOCK } from './tar-header.ts';
import { countTarEntries, indexTar, type TarIndex, TarProblem } from './tar-index.ts';
import { cachedTarIndex } from './tar-index-cache.ts';
import { joinHint } from './unpack-command.ts';

/** Lists an archive that memory can list. */
async function makeIndex(
  bytes: Bytes,
  path: string,
  memoryBytes: number,
  labelReaderOf: (name: string) => LabelReader | undefined,
): Promise<TarIndex> {
  const most = mostEntries(memoryBytes);
  const { readAt, size } = bytes;
  const check = (count: number): void => requireListable(count > most ? 'more' : count, memoryBytes, path);
  // Headers that lie far apart take minutes to read: an archive that seems small enough is read once.
  if (size / BLOCK > most && ((await estimateTar(bytes, size)) ?? 0) > most)
    check(await countTarEntries(readAt, size, most));
  const index = await indexTar(readAt, size, { labelReaderOf, most });
  check(index.files.length + index.refused.length);
  return index;
}

async function readIndex(bytes: Bytes, path: string, options: OpenOptions): Promise<TarIndex> {
  const { memoryBytes, labels, labelField, indexCache } = options;
  const readerOf = (name: string): LabelReader | undefined =>
    labels === 'none' ? undefined : labelReaderFor(name, labelField);
  try {
    const found = await cachedTarIndex(path, JSON.stringify([labels === 'none', labelField ?? null]), indexCache, () =>
      makeIndex(bytes, path, memoryBytes, readerOf),
    );
    requireListable(found.files.length + found.refused.length, memoryBytes, path);
    return found;
  } catch (error) {
    if (!(error instanceof TarProblem)) throw error;
    throw new UserError(`expected a whole tar archive, but ${path} ${error.message}`, {
      hint: joinHint(path) ?? 'Fetch or pack it again.',
      exitCode: 2,
      cause: error,
    });
  }
}

/**
 * A tar archive's files, which are read in place, and what its label files say. Only headers are read, or the index in
 * the cache. Links and entries whose path climbs out are refused and listed.
 *
 * @throws UserError (exit code 2) for a damaged archive, or one of more files than memory can list.
 */
export async function openTar(path: string, bytes: Bytes, options: OpenOptions): Promise<Omit<Archive, 'heldBytes'>> {
  const { tree, entries } = treeOfEntries(path, {
    ...(await readIndex(bytes, path, options)),
    async read({ offset, size }) {
      const content = await bytes.readAt(offset, size);
      if (content.length < size) throw new DecodeProblem('is cut short');
      return content;
    },
    open: async ({ offset, size }) => sliceBytes(bytes, offset, size),
  });
  const labels = new Map<string, LabelValue>();
  for (const [name, { label }] of entries) {
    // Without labels, their files still tell which files belong together.
    if (label !== undefined) labels.set(name, label);
    else if (options.labels === 'none' && isLabelPath(name)) labels.set(name, null);
  }
  return { ...tree, labels, close: bytes.close };
}
