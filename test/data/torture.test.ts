import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset/dataset.ts';
import { decodeRgb } from '../../src/data/pixels/decode.ts';
import { DecodeProblem } from '../../src/data/pixels/decode-problem.ts';
import { trackBadImages } from '../../src/data/sources/bad-images.ts';
import { tempFolder } from './temp-files.ts';
import { badFiles, claimSize, fixture, makeTortureFolder, ODD_ENTRIES, ODD_NAMES, PILLOW } from './torture.ts';

/** What becomes of each image of a folder: its pixels, or the reason why there are none. */
async function readAll(folder: string): Promise<Map<string, { pixels: Buffer } | { reason: string }>> {
  const { train, close } = await openDataset(folder);
  const found = new Map<string, { pixels: Buffer } | { reason: string }>();
  for (let i = 0; i < train.count; i++) {
    const result = await train
      .read(i)
      .then(decodeRgb)
      .then(
        ({ data }) => ({ pixels: Buffer.from(data) }),
        (error: Error) => ({
          reason: error.name === 'DecodeProblem' ? error.message : `${error.name}: ${error.message}`,
        }),
      );
    found.set(train.name(i), result);
  }
  await close();
  return found;
}

it('reads every good image of a torture folder as Pillow does, and says of every other what it is', async () => {
  const folder = tempFolder();
  await makeTortureFolder(folder);
  const found = await readAll(folder);
  const take = (name: string) => {
    const result = found.get(name);
    found.delete(name);
    return result;
  };
  for (const [name, original] of [...Object.entries(ODD_NAMES), ['link.jpg', 'rgb-444.jpg'] as const]) {
    const wanted = Buffer.from(PILLOW[original]?.rgb as string, 'base64');
    expect(take(name), name).toEqual({ pixels: wanted });
  }
  for (const [name, { reason }] of Object.entries({ ...(await badFiles()), ...ODD_ENTRIES })) {
    expect(take(name), name).toEqual({ reason: expect.stringMatching(reason) });
  }
  expect(take('caf\ufffd.jpg')).toEqual({ reason: 'has a name that is not UTF-8; rename it' });
  expect([...found.keys()]).toEqual([]);
});

it('tells of images of other kinds, and of folders whose name is no text', async () => {
  const folder = tempFolder();
  await makeTortureFolder(folder);
  mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]));
  const { description, close } = await openDataset(folder);
  await close();
  expect(description).toMatch(/: 48 images, /);
  expect(description).toContain('1 entry left out, such as \ufffd/ (its name is not UTF-8)');
  expect(description).toContain('not read: 5 files (2 .gif, 1 .svg, 1 .txt, 1 .tif), such as drawing.svg');
});

it.skipIf(process.getuid?.() === 0)('says of a file without the right to read it that it lacks', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'a.png'), fixture('rgb.png'));
  writeFileSync(join(folder, 'b.png'), fixture('rgb.png'), { mode: 0 });
  expect((await readAll(folder)).get('b.png')).toEqual({ reason: 'may not be read (no permission)' });
});

it('takes files as they are when their turn comes, and says of those that are gone or cut short', async () => {
  const folder = tempFolder();
  const put = (name: string, original: string): void => writeFileSync(join(folder, name), fixture(original));
  for (const name of ['cut.jpg', 'gone.png', 'other.png', 'same.png']) put(name, 'rgb-444.jpg');
  const { train, close } = await openDataset(folder);
  rmSync(join(folder, 'gone.png'));
  truncateSync(join(folder, 'cut.jpg'), 200);
  put('other.png', 'orientation-6.jpg');
  const results = await Promise.allSettled([0, 1, 2, 3].map(async (i) => decodeRgb(await train.read(i))));
  await close();
  expect(results).toMatchObject([
    { reason: { name: 'DecodeProblem', message: expect.stringContaining('premature end') } },
    { reason: { name: 'DecodeProblem', message: 'does not exist (a dangling link?)' } },
    { value: { width: 12, height: 16 } },
    { value: { width: 16, height: 12 } },
  ]);
});

it('stops at an error of the disk, which concerns more than one image', async () => {
  const folder = tempFolder();
  // The kernel answers EIO where a process's memory is read at an address that holds nothing.
  symlinkSync('/proc/self/mem', join(folder, 'broken.png'));
  expect((await readAll(folder)).get('broken.png')).toEqual({
    reason: `UserError: expected images that can be read, got EIO at ${join(folder, 'broken.png')}`,
  });
});

it('puts names into one line of a message, whatever they hold', () => {
  const source = {
    ...{ kind: '', count: 2, labels: undefined, classes: [], description: '' },
    name: () => 'a\u001b[31m\nhint: believe me.jpg',
    origin: () => '',
    read: async () => Buffer.alloc(0),
  };
  const bad = trackBadImages(source, 0.07);
  bad.note(0, new DecodeProblem('is empty'));
  expect(() => bad.note(1, new DecodeProblem('is text'))).toThrow(
    'expected at most 7 % bad images, got 2 of 2 or more: a?[31m hint: believe me.jpg is empty; a?[31m hint: believe me.jpg is text',
  );
});

it('refuses sizes beyond the limit by the header alone, in every format', async () => {
  const before = process.memoryUsage().rss;
  for (const [name, { bytes }] of Object.entries(await badFiles())) {
    if (name.startsWith('bomb')) await expect(decodeRgb(bytes)).rejects.toThrow('has more than 178956970 pixels');
  }
  await expect(decodeRgb(claimSize(fixture('rgb.png'), 13_377, 13_378))).rejects.toThrow('has more than');
  await expect(decodeRgb(claimSize(fixture('rgb.png'), 13_377, 13_377))).rejects.toThrow("can't be decoded");
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
});
