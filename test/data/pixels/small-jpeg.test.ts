import sharp, { type JpegOptions } from 'sharp';
import { expect, it } from 'vitest';
import { decodeRgb } from '../../../src/data/pixels/decode.ts';
import { decodeSmallJpeg, isSmallJpeg } from '../../../src/data/pixels/small-jpeg.ts';
import { patternPixels } from '../temp-files.ts';

/** By Pillow 13.0.0, of 15 x 12 pixels: sharp doesn't write 4:2:2. */
const HALVED_ACROSS = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAMAA8DASEAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAwIE/8QAIhAAAwABAwQDAQAAAAAAAAAAAQIDBAAFIRESMVEGQXGR/8QAFQEBAQAAAAAAAAAAAAAAAAAAAwT/xAAhEQACAgEDBQEAAAAAAAAAAAABAgMRACEiMQQFYYGisf/aAAwDAQACEQMRAD8ABNsvgfJsWDzIm0yxJYE+G9fmmfbsqeVd8aXeKOSe5h7PT70rxxPKqsdGWh6JOE3cNwk6mlHOl8nTzmTb8i99ptk3tSl0p2rV2JZRxwCeenJ/up3bLyZQxDPIqhZSWKuR14HnTQKGnSxxf5kMyhgwYXvI+Rn/2Q==',
  'base64',
);

interface Kind {
  readonly width: number;
  readonly height: number;
  readonly options?: JpegOptions | undefined;
  readonly grey?: boolean | undefined;
}

async function encode({ width, height, options, grey }: Kind): Promise<Buffer> {
  const image = sharp(patternPixels(width, height, 3), { raw: { width, height, channels: 3 } });
  return (grey ? image.toColourspace('b-w') : image).jpeg(options).toBuffer();
}

/** What libvips makes of it. */
async function bySharp(jpeg: Uint8Array): Promise<Buffer> {
  return sharp(jpeg, { ignoreIcc: true, failOn: 'error' }).toColourspace('srgb').raw().toBuffer();
}

const sizes = [
  [1, 1],
  [2, 3],
  [16, 17],
  [32, 32],
  [96, 96],
] as const;
const kinds: readonly Kind[] = sizes.flatMap(([width, height]) => [
  ...(['4:2:0', '4:4:4'] as const).flatMap((chromaSubsampling) =>
    [1, 75, 100].map((quality) => ({ width, height, options: { chromaSubsampling, quality } })),
  ),
  { width, height, options: { progressive: true, quality: 60 } },
  { width, height, grey: true },
]);

it.each(kinds)('gives sharp’s bytes for $width x $height, grey: $grey, $options', async (kind) => {
  const jpeg = await encode(kind);
  expect(isSmallJpeg(jpeg)).toBe(true);
  const image = await decodeSmallJpeg(jpeg);
  expect([image?.width, image?.height]).toEqual([kind.width, kind.height]);
  expect(Buffer.from(image?.data ?? []).equals(await bySharp(jpeg))).toBe(true);
});

it('gives sharp’s bytes for halved colours in one direction, and ignores a profile as for any file', async () => {
  expect(isSmallJpeg(HALVED_ACROSS)).toBe(true);
  const image = await decodeSmallJpeg(HALVED_ACROSS);
  expect(Buffer.from(image?.data ?? []).equals(await bySharp(HALVED_ACROSS))).toBe(true);
  const profiled = await sharp(await encode({ width: 20, height: 20 }))
    .withIccProfile('p3')
    .jpeg()
    .toBuffer();
  expect(isSmallJpeg(profiled)).toBe(true);
  expect(Buffer.from((await decodeRgb(profiled)).data).equals(await bySharp(profiled))).toBe(true);
});

it('leaves larger, turned and CMYK images, and all that is no JPEG, to sharp', async () => {
  const jpeg = await encode({ width: 8, height: 12 });
  const others = {
    larger: await encode({ width: 97, height: 96 }),
    turned: await sharp(jpeg).withMetadata({ orientation: 6 }).toBuffer(),
    cmyk: await sharp(jpeg).toColourspace('cmyk').jpeg().toBuffer(),
    png: await sharp(jpeg).png().toBuffer(),
    begun: jpeg.subarray(0, 150),
    empty: Buffer.alloc(0),
  };
  for (const [name, file] of Object.entries(others)) expect(isSmallJpeg(file), name).toBe(false);
  const { width, height } = await decodeRgb(others.turned);
  expect([width, height]).toEqual([12, 8]);
});

it('leaves damage to sharp, and decodes on after any number of damaged files', async () => {
  const jpeg = await encode({ width: 32, height: 32 });
  const cut = jpeg.subarray(0, jpeg.length - 20);
  // A marker where pixels should be: decoders go on after it, with a warning.
  const warned = Buffer.from(jpeg);
  warned.set([0xff, 0xd3], jpeg.length - 60);
  expect([isSmallJpeg(cut), isSmallJpeg(warned)]).toEqual([true, true]);
  for (let times = 0; times < 10_001; times++) expect(await decodeSmallJpeg(cut)).toBeUndefined();
  expect(await decodeSmallJpeg(warned)).toBeUndefined();
  await expect(decodeRgb(cut)).rejects.toThrow(/^can't be decoded: .*premature end/);
  const image = await decodeRgb(jpeg);
  expect(Buffer.from(image.data).equals(await bySharp(jpeg))).toBe(true);
  expect(Buffer.from((await decodeRgb(warned)).data).equals(await bySharp(warned))).toBe(true);
});
