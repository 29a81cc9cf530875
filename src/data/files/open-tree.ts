import { existsSync, promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { expandBraces } from '../../util/brace-range.ts';
import { commonFolder } from '../../util/common-folder.ts';
import { UserError } from '../../util/errors.ts';
import { openArchive } from './archive.ts';
import { createOpener, openFile } from './bytes.ts';
import { excludeFrom } from './exclusion.ts';
import type { FileTree, OpenOptions } from './file-tree.ts';
import { gunzipHead, isGzip } from './gunzip.ts';
import { narrowHubCache } from './hub-cache.ts';
import { listFolder, readImageFile } from './image-folder.ts';
import { refuseMissing } from './missing-range.ts';
import { missingPathHint } from './nearest-path.ts';
import { leaveOutOwn } from './own-outputs.ts';
import { extensionOf, isImagePath } from './paths.ts';
import { isTarHeader } from './tar-header.ts';
import { unfetchedHint } from './unfetched.ts';
import { findUnnamedImages } from './unnamed-images.ts';
import { isZip } from './zip-index.ts';

/** A tree of files that the user named one by one, all in one folder. */
function treeOfFiles(where: string, folder: string, names: readonly string[]): FileTree {
  const files = createOpener();
  return {
    where,
    kind: 'file',
    images: names.filter(isImagePath),
    others: names.filter((name) => !isImagePath(name)),
    refused: [],
    read: (name) => readImageFile(join(folder, name)),
    open: (name) => files.open(join(folder, name)),
    diskPath: (name) => join(folder, name),
    close: files.closeAll,
  };
}

async function readHead(path: string): Promise<Uint8Array> {
  const bytes = await openFile(path);
  const head = await bytes.readAt(0, 512);
  await bytes.close();
  return isGzip(head) ? gunzipHead(path, 512) : head;
}

async function requireKind(path: string): Promise<'folder' | 'file'> {
  const found = await fs.stat(path).catch(async (error: unknown) => {
    throw new UserError(`expected a folder or archive of images, got nothing at ${path}`, {
      hint: (await unfetchedHint(path)) ?? missingPathHint(path),
      exitCode: 2,
      cause: error,
    });
  });
  return found.isDirectory() ? 'folder' : 'file';
}

/**
 * Opens a folder, an archive (.tar, .tar.gz, .tgz, .zip), a single file, or files named with brace ranges
 * (`train-{000..009}.tar`), without what the user leaves out and what this tool wrote.
 *
 * @throws UserError (exit code 2) for a missing path, an unreadable folder, or a damaged archive.
 */
export async function openTree(where: string, options: OpenOptions): Promise<FileTree> {
  return findUnnamedImages(await leaveOutOwn(excludeFrom(await findTree(where, options), options.exclusion)));
}

async function findTree(where: string, options: OpenOptions): Promise<FileTree> {
  const expanded = existsSync(where) ? [where] : expandBraces(where);
  const [path = where] = expanded;
  if (expanded.length > 1) {
    refuseMissing(expanded, where);
    for (const file of expanded) {
      if ((await requireKind(file)) === 'file') continue;
      throw new UserError(`expected files, got the folder ${file} for ${where}`, { exitCode: 2 });
    }
    const folder = commonFolder(expanded);
    const names = expanded.map((file) => file.slice(folder.length));
    return treeOfFiles(where, folder, names);
  }
  if ((await requireKind(path)) === 'folder') return narrowHubCache(await listFolder(path));
  const head = await readHead(path);
  // NumPy's .npz is a zip file, too.
  if (isTarHeader(head) || (isZip(head) && extensionOf(path) !== '.npz')) return openArchive(path, options);
  return treeOfFiles(path, path.slice(0, path.length - basename(path).length), [basename(path)]);
}
