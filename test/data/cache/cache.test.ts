import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, describe as suite } from 'vitest';
import type { ImageCache } from '../../../src/data/cache/image-cache.ts';
import { type LoadOptions, loadImages } from '../../../src/data/loading/load-images.ts';
import type { LoadedImages } from '../../../src/data/loading/loaded-images.ts';
import { planStorage } from '../../../src/data/loading/storage.ts';
import type { StoredImage } from '../../../src/data/pixels/stored-image.ts';
import { UserError } from '../../../src/util/errors.ts';
import { inRepository, runNode } from '../../cli/run-command.ts';
import { folderOfFixtures, openForTest, sourceFixture, unpackedFixture } from '../fixture-sources.ts';
import { folderOf, patternPixels, patternPng, tempFolder, writeFiles } from '../temp-files.ts';

const STRIDE = 6 * 8 * 3;
const ROOMY = 2 ** 20;
const NARROW = STRIDE;

/** A folder of `count` images of 6 x 8, with other files put in their place. */
async function imagesOf(count: number, others: Record<string, Uint8Array | string> = {}): Promise<string> {
  const files: Record<string, Uint8Array | string> = {};
  for (let i = 0; i < count; i++) files[nameOf(i)] = await patternPng(6, 8, i);
  return folderOf({ ...files, ...others });
}

const nameOf = (index: number): string => `${String(index).padStart(3, '0')}.png`;

interface Loading {
  readonly loaded: LoadedImages | undefined;
  readonly notes: readonly string[];
  /** Images that were decoded. */
  readonly decoded: number;
  readonly declined: readonly string[];
}

async function load(
  path: string,
  folder: string,
  { cache, ...options }: { cache?: Partial<ImageCache> | undefined } & Partial<Omit<LoadOptions, 'cache'>> = {},
): Promise<Loading> {
  const [notes, declined]: [string[], string[]] = [[], []];
  let decoded = 0;
  const onNote = (note: string): void => void notes.push(note.replaceAll(folder, 'CACHE'));
  const { train } = await openForTest(path);
  const loaded = await loadImages(train, {
    budgetBytes: ROOMY,
    cache: { folder, limitBytes: 1e9, worthSeconds: 0, largestImage: 1e6, onNote, inUse: new Set(), ...cache },
    concurrency: 3,
    onProgress: (done) => {
      decoded = done;
    },
    onDeclined: (reason) => declined.push(reason.replaceAll(folder, 'CACHE')),
    ...options,
  });
  onTestFinished(() => loaded?.close());
  return { loaded, notes, decoded, declined };
}

/** All pixels, row by row, and what is told of them. */
async function contentOf({ loaded }: Loading) {
  if (loaded === undefined) throw new Error('expected images that are not streamed');
  const { images, labels, indices, skipped } = loaded;
  const pixels = await images.gather(Array.from({ length: images.count }, (_, row) => row));
  return { pixels, labels, indices, skipped, count: images.count, height: images.height, width: images.width };
}

const filesOf = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

suite('the cache of decoded images', () => {
  it('is written once, and then read instead of the images', async () => {
    const path = await imagesOf(9, { 'a.jpg': 'no image', '004.png': '' });
    const cache = join(tempFolder(), 'not', 'there');
    const plain = await load(path, cache, { cache: { worthSeconds: 1e6 }, maxBadShare: 0.5 });
    expect(filesOf(cache)).toEqual([]);
    expect(plain.loaded?.storage).toBe('in memory');

    const first = await load(path, cache, { maxBadShare: 0.5 });
    expect(first).toMatchObject({ decoded: 10, notes: [] });
    expect(first.loaded?.storage).toMatch(/^in memory, kept in a cache file for the next run \(1\.\d\d kB\)$/);
    expect(filesOf(cache)).toEqual([expect.stringMatching(/^[0-9a-f]{20}-[0-9a-f]{20}\.pixels$/)]);
    expect(statSync(join(cache, filesOf(cache)[0] as string)).mode & 0o077).toBe(0);

    const second = await load(path, cache, { maxBadShare: 0.5 });
    expect(second).toMatchObject({ decoded: 0, notes: [] });
    expect(second.loaded?.storage).toMatch(/^in memory, read from the cache file \(1\.\d\d kB\)$/);
    const [wanted, ...others] = await Promise.all([plain, first, second].map(contentOf));
    expect(wanted?.skipped.map(({ index, name, reason }) => `${index} ${name} ${reason}`)).toEqual([
      '4 004.png is empty',
      '9 a.jpg is text, not a JPEG, PNG or WebP',
    ]);
    expect(wanted?.pixels.subarray(4 * STRIDE, 5 * STRIDE)).toEqual(patternPixels(6, 8, 3, 5));
    expect(others).toEqual([wanted, wanted]);
    await expect(load(path, cache, { maxBadShare: 0.1 })).rejects.toThrow('expected at most 10 % bad images, got 2');
  });

  it('holds what exceeds the memory, and gives the same rows', async () => {
    const path = await imagesOf(40, { '007.png': 'no image' });
    const cache = tempFolder();
    const wanted = await contentOf(await load(path, cache, { cache: { worthSeconds: 1e6 } }));
    for (const decoded of [40, 0]) {
      const narrow = await load(path, cache, { budgetBytes: NARROW });
      expect(narrow).toMatchObject({ decoded, notes: [], declined: [] });
      expect(narrow.loaded?.storage).toBe(
        `in a cache file in ${cache}: 5.76 kB, larger than data.memoryBudget (144 B)`,
      );
      expect(narrow.loaded?.images.data).toBeUndefined();
      expect(await contentOf(narrow)).toEqual(wanted);
      const rows = [38, 0, 8, 7, 6, 7, 20];
      const gathered = await narrow.loaded?.images.gather(rows);
      expect(gathered).toEqual(
        Uint8Array.from(rows.flatMap((row) => [...wanted.pixels.subarray(row * STRIDE, (row + 1) * STRIDE)])),
      );
    }
    // A run with more memory takes them from there as well.
    const roomy = await load(path, cache);
    expect(roomy.decoded).toBe(0);
    expect(await contentOf(roomy)).toEqual(wanted);
  });

  it.each([
    ['another image', async (file: string) => writeFileSync(file, await patternPng(6, 8, 100)), 100],
    ['another time', async (file: string) => utimesSync(file, 1e9, 1e9 + 1), 1],
    ['been written again, its time set back', rewriteInTime, 1],
  ])('is made anew when a file has %s', async (_, change, seed) => {
    const path = await imagesOf(4);
    const cache = tempFolder();
    // A whole number of seconds, which can be set again exactly.
    utimesSync(join(path, nameOf(1)), 1e9, 1e9);
    await load(path, cache);
    const [before] = filesOf(cache);
    await change(join(path, nameOf(1)));
    const next = await load(path, cache);
    expect(next.decoded).toBe(4);
    expect(next.notes).toEqual([expect.stringMatching(/^removed 1 older cache file \(\d+ B\)$/)]);
    expect(filesOf(cache)).toHaveLength(1);
    expect(filesOf(cache)).not.toEqual([before]);
    const { pixels } = await contentOf(next);
    expect(pixels.subarray(STRIDE, 2 * STRIDE)).toEqual(patternPixels(6, 8, 3, seed));
  });

  it('tells sets of images apart by their files, names and order', async () => {
    const [path, cache] = [await imagesOf(4), tempFolder()];
    await load(path, cache);
    writeFiles(path, { 'x.png': await patternPng(6, 8, 9) });
    expect((await load(path, cache)).decoded).toBe(5);
    renameSync(join(path, 'x.png'), join(path, '0.png'));
    expect((await load(path, cache)).decoded).toBe(5);
    expect((await load(path, cache)).decoded).toBe(0);
    expect((await contentOf(await load(path, cache))).pixels.subarray(0, STRIDE)).toEqual(patternPixels(6, 8, 3, 9));
    expect(filesOf(cache)).toHaveLength(3);
  });

  it.each([
    ['has a damaged header', (file: string) => truncateSync(file, statSync(file).size - 1)],
    ['has a damaged header', (file: string) => truncateSync(file, 400)],
    ['is cut short', (file: string) => truncateSync(file, 3)],
    ['has other bytes than were written (image 2)', (file: string) => flip(file, 8 + 2 * STRIDE + 5)],
    ['has a damaged header', (file: string) => flip(file, 8 + 5 * STRIDE)],
    ['has a damaged header', (file: string) => flip(file, statSync(file).size - 1)],
    ['is of another kind', (file: string) => flip(file, 0)],
  ])('is made anew when it %s', async (reason, damage) => {
    const path = await imagesOf(5);
    const cache = tempFolder();
    const wanted = await contentOf(await load(path, cache));
    const file = join(cache, filesOf(cache)[0] as string);
    const whole = readFileSync(file);
    damage(file);
    const again = await load(path, cache);
    expect(again.notes).toEqual([`the cache file CACHE/${filesOf(cache)[0]} ${reason}; its images are decoded again`]);
    expect(again.decoded).toBe(5);
    expect(await contentOf(again)).toEqual(wanted);
    expect(readFileSync(file)).toEqual(whole);
  });

  it('is found by names alone: the images are not even looked at', async () => {
    const cache = tempFolder();
    const places = [
      await imagesOf(5),
      join(folderOfFixtures('train-00000-of-00002.parquet'), 'train-00000-of-00002.parquet'),
    ];
    for (const path of places) {
      const { train } = await openForTest(path);
      let reads = 0;
      const read = (index: number): Promise<StoredImage> => {
        reads++;
        return train.read(index);
      };
      const onNote = (note: string): never => expect.fail(note);
      const options: LoadOptions = {
        budgetBytes: ROOMY,
        cache: { folder: cache, limitBytes: 1e9, worthSeconds: 0, largestImage: 1e6, onNote, inUse: new Set() },
      };
      expect((await planStorage(train, options)).text).toBe('in memory');
      expect((await planStorage(train, { ...options, budgetBytes: NARROW })).text).toMatch(
        /^in a cache file .*, not written yet$/,
      );
      await loadImages({ ...train, read }, options);
      expect(reads).toBeGreaterThan(train.count);
      reads = 0;
      const files = filesOf(cache);
      expect((await loadImages({ ...train, read }, options))?.images.count).toBe(train.count);
      expect((await planStorage({ ...train, read }, options)).text).toMatch(
        /^in memory, read from the cache file \(\d+/,
      );
      expect((await planStorage({ ...train, read }, { ...options, budgetBytes: NARROW })).text).toMatch(/\(144 B\)$/);
      expect(reads).toBe(0);
      for (const file of files) flip(join(cache, file), statSync(join(cache, file)).size - 1);
      expect((await planStorage(train, options)).text).toBe('in memory');
      expect(filesOf(cache)).toEqual(files);
    }
  });

  it('ends a run whose cache file is damaged under it, and removes the file', async () => {
    const cache = tempFolder();
    const path = await imagesOf(5);
    const { loaded } = await load(path, cache, { budgetBytes: NARROW });
    const file = join(cache, filesOf(cache)[0] as string);
    flip(file, 8 + STRIDE);
    expect(await loaded?.images.gather([0, 2])).toHaveLength(2 * STRIDE);
    const error = await loaded?.images.gather([0, 1, 2]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain('has other bytes than were written (image 1)');
    expect(filesOf(cache)).toEqual([]);
  });

  it('is not used for images that vary in size, nor for raw pixels, which are read in place', async () => {
    const cache = tempFolder();
    const mixed = await imagesOf(130, { '001.png': readFileSync(sourceFixture('../images/one-pixel.png')) });
    // The odd one is none of those whose headers are read first.
    const narrow = await load(mixed, cache, { budgetBytes: NARROW });
    expect(narrow.declined).toEqual(['images differ in size (8 x 6, 1 x 1)']);
    expect(filesOf(cache)).toEqual([]);

    const path = unpackedFixture('cifar-10-binary.tar.gz');
    const whole = await load(path, cache);
    const inPlace = await load(path, cache, { budgetBytes: NARROW });
    expect(inPlace.loaded?.storage).toMatch(/^read in place: .* kB, larger than data.memoryBudget \(144 B\)$/);
    expect(inPlace.loaded?.images.data).toBeUndefined();
    expect(await contentOf(inPlace)).toEqual(await contentOf(whole));
    expect(filesOf(cache)).toEqual([]);
  });

  it('is done without where its folder can not be written', async () => {
    const path = await imagesOf(5);
    const cache = join(folderOf({ file: 'text' }), 'file', 'cache');
    const roomy = await load(path, cache);
    expect(roomy.notes).toEqual([
      'decoded images are not kept for the next run (a part of its path is a file in CACHE); data.cache=off leaves it at that',
    ]);
    expect(roomy.loaded?.storage).toBe('in memory');
    const narrow = await load(path, cache, { budgetBytes: NARROW });
    expect(narrow.loaded).toBeUndefined();
    expect(narrow.notes).toEqual([
      'images are streamed, because no cache file can be written: a part of its path is a file in CACHE',
    ]);
    expect(narrow.declined).toEqual([
      '720 B of pixels exceed data.memoryBudget (144 B) and no cache file can be written: a part of its path is a file in CACHE',
    ]);
  });

  it('takes no more than its budget: what was not used for longest goes, but nothing that is in use', async () => {
    const cache = tempFolder();
    const [a, b, c] = [await imagesOf(5), await imagesOf(5), await imagesOf(5)];
    const bytes = 5 * (STRIDE + 4) + 200;
    await load(a, cache);
    const [fileA] = filesOf(cache);
    await load(b, cache);
    utimesSync(join(cache, fileA as string), new Date(1e12), new Date(1e12));
    // Using it makes it the newer one.
    expect((await load(a, cache)).decoded).toBe(0);
    const fileB = filesOf(cache).find((name) => name !== fileA) as string;
    utimesSync(join(cache, fileB), new Date(1e12), new Date(1e12));
    const third = await load(c, cache, { cache: { limitBytes: 2 * bytes } });
    expect(third.notes).toEqual([expect.stringMatching(/^removed 1 older cache file /)]);
    expect(filesOf(cache)).toHaveLength(2);
    expect(filesOf(cache)).toContain(fileA);
    expect(filesOf(cache)).not.toContain(fileB);

    const inUse = new Set(filesOf(cache));
    const full = await load(b, cache, { budgetBytes: NARROW, cache: { limitBytes: 2 * bytes, inUse } });
    expect(full.declined[0]).toMatch(/with the files in use it would exceed data.cacheBudget \(\d.* kB\)$/);
    const auto = await load(b, cache, { budgetBytes: NARROW, cache: { largestImage: 47 } });
    expect(auto.declined).toEqual([
      '720 B of pixels exceed data.memoryBudget (144 B) and 8 x 6 is too large for data.cache: auto (on takes any size)',
    ]);
    const small = await load(b, cache, { budgetBytes: NARROW, cache: { limitBytes: 700 } });
    expect(small.declined).toEqual(['720 B of pixels exceed data.memoryBudget (144 B) and data.cacheBudget (700 B)']);
    expect(new Set(filesOf(cache))).toEqual(inUse);
  });

  it('leaves nothing behind when it is called off', async () => {
    const cache = tempFolder();
    const path = await imagesOf(50);
    for (const budgetBytes of [ROOMY, NARROW]) {
      const controller = new AbortController();
      const onProgress = (done: number): void => void (done === 20 && controller.abort('enough'));
      await expect(load(path, cache, { budgetBytes, onProgress, signal: controller.signal })).rejects.toBe('enough');
      expect(filesOf(cache)).toEqual([]);
    }
  });
});

suite('several processes', { timeout: 60_000 }, () => {
  const child = ['--import', 'tsx', inRepository('test/data/cache/cache-child.ts')];

  it('can make one cache file at once', async () => {
    const [path, cache] = [await imagesOf(60), tempFolder()];
    const { pixels } = await contentOf(await load(path, cache, { cache: { worthSeconds: 1e6 } }));
    const outcomes = await Promise.all([1, 2, 3].map(() => runNode([...child, path, cache, String(NARROW)])));
    for (const { code, stdout } of outcomes) {
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ notes: [], storage: expect.stringMatching(/^in a cache file/) });
    }
    expect(new Set(outcomes.map(({ stdout }) => stdout)).size).toBe(1);
    expect(filesOf(cache)).toHaveLength(1);
    const after = await load(path, cache);
    expect(after.decoded).toBe(0);
    expect((await contentOf(after)).pixels).toEqual(pixels);
  });

  it('use nothing of what a killed one wrote, and clear it away', async () => {
    const [path, cache] = [await imagesOf(60), tempFolder()];
    const writer = spawn(process.execPath, [...child, path, cache, String(NARROW), '30'], { cwd: inRepository('.') });
    await once(writer.stdout, 'data');
    const [left] = filesOf(cache);
    expect(left).toMatch(/^\.[0-9a-f-]+\.pixels\..*\.tmp$/);
    // While it lives, its file is left to it.
    expect((await load(path, cache)).decoded).toBe(60);
    expect(filesOf(cache)).toHaveLength(2);
    writer.kill('SIGKILL');
    await once(writer, 'close');
    const other = await load(await imagesOf(3), cache);
    expect(other.notes).toEqual([]);
    expect(filesOf(cache)).toHaveLength(2);
    expect(filesOf(cache)).not.toContain(left);
  });

  it('go on when a file may not grow any further', async () => {
    const [path, cache] = [await imagesOf(60), tempFolder()];
    const limited = `ulimit -f 4; exec "$0" "$@"`;
    const script = `const { spawnSync } = require('node:child_process'); spawnSync('bash', ['-c', ${JSON.stringify(limited)}, ...process.argv.slice(1)], { stdio: 'inherit' })`;
    const run = (budget: number) => runNode(['-e', script, process.execPath, ...child, path, cache, String(budget)]);
    const why = `the file would be larger than this process may write in ${cache}`;
    expect(JSON.parse((await run(ROOMY)).stdout)).toMatchObject({
      storage: 'in memory',
      notes: [expect.stringContaining(why)],
    });
    expect(JSON.parse((await run(NARROW)).stdout).notes).toEqual([
      `images are streamed, because no cache file can be written: ${why}`,
      expect.stringContaining(why),
    ]);
    expect(filesOf(cache)).toEqual([]);
  });
});

it.each([
  ['class folders', () => unpackedFixture('files.tar')],
  ['an archive', () => sourceFixture('files.tar')],
  ['CIFAR binary', () => unpackedFixture('cifar-10-binary.tar.gz')],
  ['CIFAR binary in its archive', () => sourceFixture('cifar-10-binary.tar.gz')],
  ['STL-10 in its archive', () => sourceFixture('stl10_binary.tar.gz')],
  ['NumPy arrays', () => sourceFixture('cifar10.npz')],
  ['tar shards', () => folderOfFixtures('train-000000.tar', 'train-000001.tar')],
  ['Parquet', () => folderOfFixtures('train-00000-of-00002.parquet', 'train-00001-of-00002.parquet')],
  ['a list', () => join(folderOf({ 'list.csv': 'path\na.png\n', 'a.png': '' }), 'list.csv')],
])('the file that holds an image is known: %s', async (_, path) => {
  const { train } = await openForTest(path());
  const files = Array.from({ length: train.count }, (_, index) => train.origin(index));
  for (const file of files) expect(statSync(file).isFile()).toBe(true);
});

/** Writes a file again, and sets its time back, as some tools that copy and unpack do. */
async function rewriteInTime(file: string): Promise<void> {
  const { mtime } = statSync(file);
  writeFileSync(file, readFileSync(file));
  utimesSync(file, mtime, mtime);
}

function flip(file: string, position: number): void {
  const bytes = readFileSync(file);
  bytes[position] = (bytes[position] as number) ^ 1;
  writeFileSync(file, bytes);
}
