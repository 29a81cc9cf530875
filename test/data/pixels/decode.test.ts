import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset/dataset.ts';
import { decodeCrops, decodeResized } from '../../../src/data/pixels/crops.ts';
import { decodeRgb, readSize } from '../../../src/data/pixels/decode.ts';
import { DecodeProblem } from '../../../src/data/pixels/decode-problem.ts';
import { resampleBox } from '../../../src/data/pixels/resample.ts';
import { patternPixels, patternPng } from '../temp-files.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/images');
const fixture = (name: string): Buffer => readFileSync(join(fixtures, name));

/** Made by Pillow 13.0.0: `exif_transpose(Image.open(file)).convert('RGB')`; for 16-bit grey the high byte. */
const expected: Record<string, { height: number; width: number; rgb: string }> = JSON.parse(
  fixture('expected.json').toString(),
);

describe('decodeRgb', () => {
  it.each(Object.entries(expected))('gives Pillow’s bytes for %s', async (name, { height, width, rgb }) => {
    const image = await decodeRgb(fixture(name));
    expect([image.height, image.width]).toEqual([height, width]);
    expect(Buffer.from(image.data).equals(Buffer.from(rgb, 'base64'))).toBe(true);
    expect(await readSize(fixture(name))).toEqual({ height, width });
  });

  it('reads CMYK as RGB of about the right colour', async () => {
    const { data, height, width } = await decodeRgb(fixture('cmyk.jpg'));
    expect([height, width, data.length]).toEqual([12, 16, 12 * 16 * 3]);
    const original = Buffer.from(expected['rgb.png']?.rgb as string, 'base64');
    const mean = (values: Uint8Array, c: number): number =>
      values.reduce((sum, value, i) => sum + (i % 3 === c ? value : 0), 0) / (values.length / 3);
    for (const c of [0, 1, 2]) expect(Math.abs(mean(data, c) - mean(original, c))).toBeLessThan(40);
  });

  it('keeps the high byte of 16-bit colours and drops their alpha', async () => {
    const values = Uint16Array.from({ length: 6 * 4 * 4 }, (_, i) => (i * 677) % 65536);
    const png = await sharp(values, { raw: { width: 6, height: 4, channels: 4 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    const { data } = await decodeRgb(png);
    const sixteen = await sharp(png).toColourspace('rgb16').raw({ depth: 'ushort' }).toBuffer();
    const stored = new Uint16Array(new Uint8Array(sixteen).buffer);
    const wanted = [...stored].flatMap((value, i) => (i % 4 === 3 ? [] : [value >> 8]));
    expect([...data]).toEqual(wanted);
  });

  it('ignores an embedded colour profile, as Pillow does', async () => {
    const pixels = patternPixels(8, 8, 3);
    const raw = { raw: { width: 8, height: 8, channels: 3 as const } };
    const png = await sharp(pixels, raw).withIccProfile('p3').png().toBuffer();
    const stored = await sharp(png, { ignoreIcc: true }).raw().toBuffer();
    expect((await sharp(png).metadata()).icc).toBeDefined();
    expect(Buffer.from((await decodeRgb(png)).data).equals(stored)).toBe(true);
    expect((await sharp(png).raw().toBuffer()).equals(stored)).toBe(false);
  });

  it.each([
    ['a truncated JPEG', fixture('truncated.jpg'), /premature end/],
    ['a text file', fixture('text.jpg'), /^is text, not a JPEG, PNG or WebP$/],
    ['no bytes', Buffer.alloc(0), /^is empty$/],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /^is an SVG, not/],
    ['a GIF', Buffer.from('GIF89a\u0001\u0000\u0001\u0000', 'latin1'), /^is a GIF/],
    ['zeros', Buffer.alloc(100), /^is not a JPEG, PNG or WebP$/],
    ['a JPEG’s first bytes', fixture('rgb-420.jpg').subarray(0, 20), /^can't be decoded/],
    ['a PNG cut short', fixture('rgb.png').subarray(0, 200), /^can't be decoded/],
    ['a WebP cut short', fixture('lossy.webp').subarray(0, 60), /^can't be decoded/],
  ])('refuses %s with the reason', async (_, bytes, reason) => {
    const error = await decodeRgb(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DecodeProblem);
    expect((error as Error).message).toMatch(reason);
  });

  it('refuses a PNG that claims more pixels than fit in memory', async () => {
    const png = Buffer.from(await patternPng(4, 4));
    png.writeUInt32BE(60_000, 16);
    png.writeUInt32BE(60_000, 20);
    await expect(decodeRgb(png)).rejects.toBeInstanceOf(DecodeProblem);
  });

  it.skipIf(!existsSync(process.env['CL_CIFAR10'] ?? ''))(
    'gives libjpeg-turbo’s bytes for 10,000 CIFAR-10 JPEGs (set CL_CIFAR10 to their folder)',
    async () => {
      const { train } = await openDataset(process.env['CL_CIFAR10'] as string, { subset: 1000 });
      const hash = createHash('sha256');
      for (let start = 0; start < train.count; start += 100) {
        const indices = Array.from({ length: 100 }, (_, i) => start + i);
        const images = await Promise.all(indices.map(async (i) => decodeRgb(await train.read(i))));
        for (const { data } of images) hash.update(data);
      }
      expect(hash.digest('hex').slice(0, 16)).toBe('49346663d4b68981');
    },
  );
});

describe('decodeCrops', () => {
  it('cuts each box out of the decoded image and resizes it', async () => {
    const png = await patternPng(40, 50);
    const image = await decodeRgb(png);
    const boxes = [
      { top: 3, left: 5, height: 16, width: 16 },
      { top: 0, left: 0, height: 40, width: 50 },
      { top: 10, left: 20, height: 5, width: 7 },
    ];
    let asked: number[] = [];
    const crops = await decodeCrops(
      png,
      (height, width) => {
        asked = [height, width];
        return boxes;
      },
      boxes.map(() => ({ size: 16, interpolation: 'bicubic' })),
    );
    expect(asked).toEqual([40, 50]);
    expect(crops.map((crop) => crop.length)).toEqual([768, 768, 768]);
    const first = Array.from({ length: 16 }, (_, y) => [
      ...image.data.subarray(((y + 3) * 50 + 5) * 3, ((y + 3) * 50 + 21) * 3),
    ]);
    expect([...(crops[0] as Uint8Array)]).toEqual(first.flat());
  });

  it('resizes exactly as Pillow does', async () => {
    const source = await decodeRgb(fixture('resample.png'));
    const cases: { box: never; size: { height: number; width: number }; interpolation: 'bilinear'; rgb: string }[] =
      JSON.parse(fixture('resampled.json').toString());
    expect(cases.length).toBe(30);
    for (const { box, size, interpolation, rgb } of cases) {
      const wanted = Buffer.from(rgb, 'base64');
      const got = resampleBox(source, box, size, interpolation);
      const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted[i] as number))), 0);
      expect({ box, size, interpolation, worst }).toMatchObject({ worst: 0 });
    }
  });
});

describe('decodeResized', () => {
  it('resizes small images whole and takes the centre of the long side', async () => {
    const pixels = patternPixels(8, 12, 3);
    const png = await patternPng(8, 12);
    const out = await decodeResized(png, 8, 'bilinear');
    const centre = Array.from({ length: 8 }, (_, y) => [...pixels.subarray((y * 12 + 2) * 3, (y * 12 + 10) * 3)]);
    expect([...out]).toEqual(centre.flat());
  });

  it('crops ImageNet’s margin off at larger sizes', async () => {
    const flat = await sharp({ create: { width: 512, height: 256, channels: 3, background: { r: 200, g: 0, b: 0 } } })
      .composite([
        {
          input: await sharp({ create: { width: 224, height: 224, channels: 3, background: { r: 0, g: 0, b: 90 } } })
            .png()
            .toBuffer(),
          left: 144,
          top: 16,
        },
      ])
      .png()
      .toBuffer();
    const out = await decodeResized(flat, 224, 'bilinear');
    expect(out.length).toBe(224 * 224 * 3);
    expect(out.every((value, i) => value === [0, 0, 90][i % 3])).toBe(true);
  });

  it('enlarges a single pixel, and of an image that is a mile long makes the centre alone', async () => {
    expect([...(await decodeResized(fixture('one-pixel.png'), 4, 'bicubic'))]).toEqual(
      Array(16).fill([10, 20, 30]).flat(),
    );
    // 256 x 2,560,000 pixels when it is resized: 1.9 GB.
    const pixels = patternPixels(1, 10_000, 3);
    const view = await decodeResized(await patternPng(1, 10_000), 224, 'bilinear');
    const [left, right] = [4999, 5000].map((x) => pixels[x * 3] as number) as [number, number];
    expect(view[0]).toBeGreaterThanOrEqual(Math.min(left, right));
    expect(view[0]).toBeLessThanOrEqual(Math.max(left, right));
  });
});
