import { createHash, randomBytes } from 'node:crypto';
import { link, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseOwner } from './lock-owner.mjs';

// The files of a lock: `NAME`, `NAME.<16 hex digits>` for whoever succeeds to it, `.NAME.<8 hex digits>.tmp`.

/** Bytes; a lock has about 300. */
const LARGEST = 4096;

/** Codes of file systems without hard links. */
const WITHOUT_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** The lock as it is, or the last of those that succeeded to it and were not moved over it yet. */
export async function findHolder(path) {
  let holder = await readRecord(path);
  for (let next = holder; next !== undefined; next = await readRecord(successorOf(path, holder))) holder = next;
  return holder;
}

/** A lock's file as it is now: opening it makes a network disk look anew. Undefined where there is none. */
export async function readRecord(place) {
  let file;
  try {
    file = await open(place, 'r');
    const { mtimeMs } = await file.stat();
    const { bytesRead, buffer } = await file.read(Buffer.alloc(LARGEST), 0, LARGEST, 0);
    const content = buffer.toString('utf8', 0, bytesRead);
    return { place, content, time: mtimeMs, owner: parseOwner(content) };
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESTALE') return undefined;
    throw error;
  } finally {
    await file?.close();
  }
}

/** Where the one lock lies that may succeed another, whatever happens to either: its name follows from the other. */
export function successorOf(path, { place, content }) {
  const hash = createHash('sha256')
    .update(`${basename(place)}\0${content}`)
    .digest('hex');
  return `${path}.${hash.slice(0, 16)}`;
}

/** Makes a file of the lock at `path`, whole, in a place where there is none: false where there is one. */
export async function createFile(path, place, content) {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`);
  await write(temporary, content);
  try {
    await link(temporary, place);
    return true;
  } catch (error) {
    // A network disk may have made the link and lost its answer: then the file has two names.
    if (error.code === 'EEXIST') return (await namesOf(temporary)) > 1;
    if (WITHOUT_LINKS.includes(error.code)) return await createWithoutLink(place, content);
    // Whoever owns the lock by now has swept the temporary file away.
    if (error.code === 'ENOENT') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Removes what killed processes left beside a lock that is owned. A claim of a living one is void by then. */
export async function sweep(path, content) {
  const name = basename(path);
  const mySuccessor = basename(successorOf(path, { place: path, content }));
  const isLeft = (each) =>
    each !== mySuccessor &&
    ((each.startsWith(`${name}.`) && /^[0-9a-f]{16}$/.test(each.slice(name.length + 1))) ||
      (each.startsWith(`.${name}.`) && /^[0-9a-f]{8}\.tmp$/.test(each.slice(name.length + 2))));
  const left = (await readdir(dirname(path))).filter(isLeft);
  await Promise.all(left.map((each) => rm(join(dirname(path), each), { force: true })));
}

async function namesOf(file) {
  return stat(file).then(
    ({ nlink }) => nlink,
    () => 0,
  );
}

async function createWithoutLink(place, content) {
  try {
    await write(place, content);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The content reaches the disk before the file gets its name, or a power cut would leave a lock without an owner. */
async function write(place, content) {
  const file = await open(place, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
