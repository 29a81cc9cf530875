import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { MANIFEST } from '../../../src/data/files/pack-manifest.ts';
import { assertOutside, checkShards } from '../../../src/data/pack/output.ts';
import { decodeRgb } from '../../../src/data/pixels/decode.ts';
import { resampleBox } from '../../../src/data/pixels/resample.ts';
import type { ImageSource } from '../../../src/data/sources/image-source.ts';
import { openForTest, sourceFixture } from '../fixture-sources.ts';
import { folderOf, patternPixels, patternPng, tempFolder, writeFiles } from '../temp-files.ts';
import { filesOf, manifestIn, packFolder, refusal } from './packing.ts';

const FILES = sourceFixture('files.tar');

/** Every image in order: class, size and pixels. */
async function inOrder(source: ImageSource): Promise<string[]> {
  const rows: string[] = [];
  for (let i = 0; i < source.count; i++) {
    const { data, height, width } = await decodeRgb(await source.read(i));
    rows.push(`${source.classes[source.labels?.[i] ?? -1]} ${height} ${width} ${Buffer.from(data).toString('base64')}`);
  }
  return rows;
}

/** Twelve PNGs in two classes, of different sizes. */
async function pngFolder(): Promise<string> {
  const images = Array.from({ length: 12 }, (_, i) => patternPng(20 + i, 40 - i, i));
  const names = images.map((_, i) => `${i % 2 === 0 ? 'ape' : 'bee, "2"'}/${i}.png`);
  const bytes = await Promise.all(images);
  return folderOf(Object.fromEntries(names.map((name, i) => [name, bytes[i] as Buffer])));
}

describe('packing', () => {
  it('as raw pixels gives the images back exactly: order, classes, test images', async () => {
    const out = join(tempFolder(), 'new', 'out');
    const { shards, splits } = await packFolder(FILES, out);
    expect(shards.map(({ file, images }) => [file, images])).toEqual([
      ['train-000000.tar', 4],
      ['train-000001.tar', 4],
      ['train-000002.tar', 4],
      ['train-000003.tar', 4],
      ['train-000004.tar', 4],
      ['test-000000.tar', 4],
      ['test-000001.tar', 4],
      ['test-000002.tar', 2],
    ]);
    expect(splits.map(({ name, images }) => [name, images])).toEqual([
      ['train', 20],
      ['test', 10],
    ]);
    const [before, after] = [await openForTest(FILES), await openForTest(out)];
    expect(after.description).toBe('tar shards: 20 images in 10 classes, test 10, 8 shards');
    expect(after.train.classes).toEqual(before.train.classes);
    expect(await inOrder(after.train)).toEqual(await inOrder(before.train));
    expect(await inOrder(after.test as ImageSource)).toEqual(await inOrder(before.test as ImageSource));
  });

  it('chooses the same images out of the shards as out of the source', async () => {
    const out = tempFolder();
    const folder = await pngFolder();
    await packFolder(folder, out);
    for (const choice of [{ fraction: 0.5 }, { subset: 2 }, { classes: ['bee, "2"'] }]) {
      const [before, after] = [await openForTest(folder, choice), await openForTest(out, choice)];
      expect(await inOrder(after.train)).toEqual(await inOrder(before.train));
    }
  });

  it('shuffles what is in the shards by the seed, and keeps the order when asked', async () => {
    const keysOf = async (shuffleSeed: number | undefined): Promise<string> => {
      const out = tempFolder();
      await packFolder(FILES, out, { settings: { shuffleSeed, shardBytes: 1e6 } });
      const listed = execFileSync('tar', ['-tf', join(out, 'train-000000.tar')], { encoding: 'utf8' }).split('\n');
      return listed
        .filter((name) => name.endsWith('.cls'))
        .map((name) => Number(name.slice(0, 6)))
        .join(' ');
    };
    const numbers = Array.from({ length: 20 }, (_, i) => i);
    expect(await keysOf(undefined)).toBe(numbers.join(' '));
    const [first, second] = [await keysOf(0), await keysOf(1)];
    expect(first).not.toBe(second);
    for (const keys of [first, second]) {
      expect(keys).not.toBe(numbers.join(' '));
      expect(
        keys
          .split(' ')
          .map(Number)
          .sort((a, b) => a - b),
      ).toEqual(numbers);
    }
  });

  it('copies small upright JPEG files, and encodes others near to their pixels', async () => {
    const pixels = patternPixels(24, 30, 3, 3);
    const jpeg = sharp(pixels, { raw: { width: 30, height: 24, channels: 3 } }).jpeg({ quality: 80 });
    const plain = await jpeg.clone().toBuffer();
    const turned = await jpeg.clone().withMetadata({ orientation: 6 }).toBuffer();
    const grey = await jpeg.clone().toColourspace('b-w').toBuffer();
    const png = await patternPng(24, 30, 3);
    const folder = folderOf({ '0.jpg': plain, '1.jpg': turned, '2.jpg': grey, '3.png': png });
    const out = tempFolder();
    await packFolder(folder, out, { settings: { format: 'jpeg', shardBytes: 1e6 } });
    const { train } = await openForTest(out);
    const stored = await Promise.all([0, 1, 2, 3].map(async (i) => Buffer.from((await train.read(i)) as Uint8Array)));
    expect(stored.map((bytes, i) => bytes.equals([plain, turned, grey, png][i] as Buffer))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    for (const [i, original] of [plain, turned, grey, png].entries()) {
      const metadata = await sharp(stored[i]).metadata();
      expect(metadata).toMatchObject({ format: 'jpeg', channels: 3 });
      expect(metadata.orientation).toBeUndefined();
      const [before, after] = [await decodeRgb(original), await decodeRgb(stored[i] as Buffer)];
      expect([after.height, after.width]).toEqual([before.height, before.width]);
      const errors = Array.from(before.data, (value, at) => Math.abs(value - (after.data[at] as number)));
      // The pattern has sharp edges between colours, which no photograph has.
      expect(Math.max(...errors)).toBeLessThanOrEqual(i === 0 ? 0 : 24);
      expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(3);
    }
  });

  it('shrinks the short side, bicubic and antialiased, and enlarges nothing', async () => {
    const sizes = [
      [60, 41],
      [40, 97],
      [30, 30],
      [20, 200],
    ] as const;
    const images = sizes.map(([height, width], i) => ({ data: patternPixels(height, width, 3, i), height, width }));
    const bytes = await Promise.all(sizes.map(([height, width], i) => patternPng(height, width, i)));
    const folder = folderOf(Object.fromEntries(bytes.map((png, i) => [`${i}.png`, png])));
    const out = tempFolder();
    await packFolder(folder, out, { settings: { size: 30 } });
    const { train } = await openForTest(out);
    const expected = [
      [43, 30],
      [30, 72],
      [30, 30],
      [20, 200],
    ] as const;
    for (const [i, [height, width]] of expected.entries()) {
      const image = images[i] as (typeof images)[number];
      const box = { top: 0, left: 0, height: image.height, width: image.width };
      const decoded = await decodeRgb(await train.read(i));
      expect([decoded.height, decoded.width]).toEqual([height, width]);
      expect(Buffer.from(decoded.data).equals(resampleBox(image, box, { height, width }, 'bicubic'))).toBe(true);
    }
  });

  it('gives the same bytes with any number of workers, and nothing of the machine or the time', async () => {
    const folder = await pngFolder();
    const [one, many] = [tempFolder(), tempFolder()];
    for (const format of ['raw', 'jpeg'] as const) {
      await packFolder(folder, join(one, format), { settings: { format, hasNames: true }, workers: 1 });
      await packFolder(folder, join(many, format), { settings: { format, hasNames: true }, workers: 7 });
      expect(Object.keys(filesOf(join(one, format))).length).toBeGreaterThan(1);
      expect(filesOf(join(many, format))).toEqual(filesOf(join(one, format)));
    }
    const listed = execFileSync('tar', ['--numeric-owner', '-tvf', join(one, 'raw', 'train-000000.tar')], {
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    for (const line of listed.trimEnd().split('\n'))
      expect(line).toMatch(/^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00 0000/);
  });

  it('adds names and classes when asked, which other readers can use', async () => {
    const folder = await pngFolder();
    const out = tempFolder();
    await packFolder(folder, out, { settings: { hasNames: true, shardBytes: 1e6 } });
    const json = execFileSync('tar', ['-xOf', join(out, 'train-000000.tar'), '000007.json'], { encoding: 'utf8' });
    expect(JSON.parse(json)).toEqual({ name: 'bee, "2"/11.png', class: 'bee, "2"' });
    const { train } = await openForTest(out);
    expect(train.classes).toEqual(['ape', 'bee, "2"']);
    // Without the manifest the numbers are the names.
    rmSync(join(out, MANIFEST));
    expect((await openForTest(out)).train.classes).toEqual(['0', '1']);
  });

  it('packs images without labels', async () => {
    const out = tempFolder();
    await packFolder(folderOf({ 'x.png': await patternPng(8, 8), 'y.png': await patternPng(8, 8, 1) }), out);
    expect((await openForTest(out)).description).toBe('images without labels (tar shards): 2 images, no test images');
  });

  it('leaves bad images out, lists them, and goes on with the same numbers', async () => {
    const folder = await pngFolder();
    writeFiles(folder, { 'ape/5.png': 'not an image', 'bee, "2"/99.png': '' });
    const out = tempFolder();
    const { shards } = await packFolder(folder, out, { maxBadShare: 0.2 });
    expect(shards.flatMap(({ skipped }) => skipped).sort((a, b) => a.index - b.index)).toEqual([
      { index: 4, name: 'ape/5.png', reason: 'is text, not a JPEG, PNG or WebP' },
      { index: 13, name: 'bee, "2"/99.png', reason: 'is empty' },
    ]);
    const sum = shards.reduce((total, { images }) => total + images, 0);
    expect(sum).toBe(12);
    const { train } = await openForTest(out);
    expect(train.count).toBe(12);
    expect(train.name(4)).toMatch(/000005\.ppm$/);
    expect(await refusal(packFolder(folder, tempFolder(), { maxBadShare: 0.1 }), out)).toMatch(
      /^expected at most 10 % bad images, got 2 of 14 or more: .* is empty/,
    );
  });
});

describe('going on with a pack', () => {
  it('after a stop gives the bytes of an uninterrupted one, and keeps finished shards as they are', async () => {
    const folder = await pngFolder();
    writeFiles(folder, { 'ape/bad.png': 'not an image' });
    const [whole, out] = [tempFolder(), tempFolder()];
    const settings = { shardBytes: 9000 };
    await packFolder(folder, whole, { settings, maxBadShare: 0.2 });
    for (let stops = 0; ; stops++) {
      const controller = new AbortController();
      const packing = packFolder(folder, out, {
        settings,
        maxBadShare: 0.2,
        signal: controller.signal,
        onShard: () => controller.abort('stopped'),
      });
      const reason = await packing.then(() => 'done').catch((thrown: unknown) => thrown);
      if (reason === 'done') {
        expect(stops).toBeGreaterThan(3);
        break;
      }
      expect(reason).toBe('stopped');
      expect(readdirSync(out).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect((await manifestIn(out)).isComplete).toBe(false);
      expect((await openForTest(out)).description).toContain('packing them is not finished');
    }
    expect(filesOf(out)).toEqual(filesOf(whole));
  });

  it('sweeps away what a kill left, makes lost shards anew, and reports damaged ones', async () => {
    const out = tempFolder();
    await packFolder(FILES, out);
    const whole = filesOf(out);
    writeFiles(out, { '.train-000009.tar.0123abcd.tmp': 'half a shard', '.pack.json.0123abcd.tmp': '{' });
    for (const name of ['train-000001.tar', 'train-000003.tar', 'test-000002.tar']) rmSync(join(out, name));
    await packFolder(FILES, out);
    expect(filesOf(out)).toEqual(whole);

    const shard = join(out, 'train-000002.tar');
    const bytes = readFileSync(shard);
    bytes[3000] = (bytes[3000] as number) ^ 1;
    writeFileSync(shard, bytes);
    const manifest = await manifestIn(out);
    expect(await checkShards(out, manifest, false)).toEqual([]);
    expect(await refusal(checkShards(out, manifest, true), out)).toBe(
      'expected the shards in OUT as they were packed, but train-000002.tar has another checksum | Delete it and pack again: what is missing is made anew, the same. pack.json stays.',
    );
    truncateSync(shard, 1000);
    expect(await refusal(packFolder(FILES, out), out)).toMatch(
      /but train-000002\.tar has 1000 bytes instead of \d+ \|/,
    );
    rmSync(shard);
    await packFolder(FILES, out);
    expect(filesOf(out)).toEqual(whole);
  });

  it('says so where a lost shard cannot come out as before', async () => {
    const folder = await pngFolder();
    const out = tempFolder();
    await packFolder(folder, out, { settings: { shardBytes: 1e6 } });
    rmSync(join(out, 'train-000000.tar'));
    const manifest = JSON.parse(readFileSync(join(out, MANIFEST), 'utf8'));
    manifest.shards[0].sha256 = '0'.repeat(64);
    writeFileSync(join(out, MANIFEST), JSON.stringify(manifest));
    expect(await refusal(packFolder(folder, out, { settings: { shardBytes: 1e6 } }), out)).toMatch(
      /^expected train-000000\.tar to come out as before, got other bytes/,
    );
    expect(readdirSync(out)).toEqual([MANIFEST]);
  });

  it('refuses other settings and other images, and changes nothing', async () => {
    const folder = await pngFolder();
    const out = tempFolder();
    await packFolder(folder, out);
    const before = filesOf(out);
    const again = (settings: object) => refusal(packFolder(folder, out, { settings }), out);
    expect(await again({ size: 24, shuffleSeed: 3 })).toBe(
      'expected OUT to be packed as it was begun, but it has size 256, now 24; order shuffled by seed 0, now shuffled by seed 3 | Give the settings and images of before, or name another folder: nothing is overwritten.',
    );
    expect(await again({ format: 'jpeg' })).toContain('it has format raw, now jpeg; quality none, now 95');
    expect(await refusal(packFolder(FILES, out), out)).toContain('train images, now train and test');
    copyFileSync(join(folder, 'ape/0.png'), join(folder, 'ape/2.png'));
    copyFileSync(join(folder, 'ape/4.png'), join(folder, 'ape/0.png'));
    expect(await again({})).toContain('other train images (names, labels or contents)');
    rmSync(join(folder, 'ape/0.png'));
    expect(await again({})).toContain('12 train images, now 11');
    expect(filesOf(out)).toEqual(before);
  });

  it.each([
    [
      'a file of yours',
      { 'notes.txt': 'mine' },
      'expected a new or empty folder for the shards, got OUT with notes.txt in it',
    ],
    [
      'the manifest of another tool',
      { [MANIFEST]: '{"name": "bundle"}' },
      'expected a manifest of cl-data pack, got another',
    ],
    [
      'half a manifest',
      { [MANIFEST]: '{"version": "cl-data pack 1", "comp' },
      'expected a manifest of cl-data pack, got another',
    ],
    [
      'a manifest that leads elsewhere',
      {
        [MANIFEST]: JSON.stringify({
          version: 'cl-data pack 1',
          complete: true,
          settings: {},
          classes: [],
          splits: [],
          shards: [
            { file: '../x-0.tar', split: 'train', first: 0, next: 1, images: 1, bytes: 1, sha256: '', skipped: [] },
          ],
        }),
      },
      'expected a manifest of cl-data pack, got another',
    ],
  ])('refuses a folder with %s', async (_, files, message) => {
    const out = folderOf(files);
    expect(await refusal(packFolder(FILES, out), out)).toContain(message);
    expect(Object.keys(filesOf(out))).toEqual(Object.keys(files));
  });

  it('refuses the images themselves, a folder in them, also by a link, and a file', async () => {
    const images = await pngFolder();
    const elsewhere = tempFolder();
    symlinkSync(images, join(elsewhere, 'link'));
    mkdirSync(join(elsewhere, 'real'));
    for (const out of [
      images,
      `${images}/`,
      join(images, 'new'),
      join(images, 'ape'),
      join(elsewhere, 'link', 'a', 'b'),
    ]) {
      expect(await refusal(assertOutside(out, images), out)).toMatch(/^expected a folder outside of the images/);
    }
    await assertOutside(`${images}-256`, images);
    await assertOutside(join(elsewhere, 'real'), images);
    const file = join(elsewhere, 'file');
    writeFileSync(file, '');
    expect(await refusal(packFolder(images, file), file)).toContain(
      'expected a folder for the shards, got the file OUT',
    );
  });

  it('records the checksum of each shard', async () => {
    const out = tempFolder();
    for (const { file, sha256, bytes } of (await packFolder(FILES, out)).shards) {
      const content = readFileSync(join(out, file));
      expect([createHash('sha256').update(content).digest('hex'), content.length]).toEqual([sha256, bytes]);
    }
  });
});
