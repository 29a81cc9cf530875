import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeRgb, readSize } from '../../../src/data/pixels/decode.ts';
import { DecodeProblem } from '../../../src/data/pixels/decode-problem.ts';
import { encodePpm } from '../../../src/data/pixels/ppm.ts';
import { openForTest } from '../fixture-sources.ts';
import { folderOf, patternPixels } from '../temp-files.ts';

const PIXELS = Buffer.from([0, 1, 2, 10, 11, 12, 13, 255, 32, 9, 8, 7]);
const ppm = (header: string, pixels: Uint8Array = PIXELS): Buffer => Buffer.concat([Buffer.from(header), pixels]);

/** Why bytes are no image. */
async function problemOf(bytes: Uint8Array): Promise<string> {
  const error = await decodeRgb(bytes).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DecodeProblem);
  return (error as DecodeProblem).message;
}

describe('binary PPM', () => {
  it('gives the pixels back, also those that look like space or digits', async () => {
    const image = { data: patternPixels(5, 7, 3, 4), height: 5, width: 7 };
    const decoded = await decodeRgb(encodePpm(image));
    expect({ ...decoded, data: [...decoded.data] }).toEqual({ ...image, data: [...image.data] });
    const { data } = await decodeRgb(ppm('P6 2 2 255\n', PIXELS.fill(0x20)));
    expect([...data]).toEqual(Array(12).fill(0x20));
  });

  it('is what libvips writes and reads', async () => {
    const [height, width] = [6, 9];
    const data = patternPixels(height, width, 3, 1);
    const written = await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    expect((await decodeRgb(written)).data).toEqual(Buffer.from(data));
    expect([...encodePpm({ data, height, width }).subarray(0, 11)]).toEqual([...Buffer.from('P6\n9 6\n255\n')]);
  });

  it.each(['P6\n2 2\n255\n', 'P6 2\t2\r255 ', 'P6\n# made by hand\n2 # wide\n2\n255\n', 'P6 00002 2 255\n'])(
    'is read with the header %j',
    async (header) => {
      expect(await decodeRgb(ppm(header))).toMatchObject({ height: 2, width: 2 });
      expect(await readSize(ppm(header))).toEqual({ height: 2, width: 2 });
    },
  );

  it.each([
    ['P6', 'is text, not a JPEG, PNG or WebP'],
    ['P6\n', 'is a PPM without a width'],
    ['P6\n2', 'is a PPM without a width'],
    ['P6\n2 x 255\n', 'is a PPM without a height'],
    ['P6\n2 2 25', 'is a PPM without a largest value'],
    ['P6\n-2 2 255\n', 'is a PPM without a width'],
    ['P6\n12345678901 2 255\n', 'is a PPM without a width'],
    ['P6\n0 2 255\n', 'is a PPM of 0 x 2 pixels'],
    ['P6\n2 2 65535\n', 'is a PPM with values up to 65535, not 255'],
    ['P6\n2 2 1\n', 'is a PPM with values up to 1, not 255'],
    ['P6\n2 2 255#\n', 'is a PPM without a space before its pixels'],
    ['P6\n2 3 255\n', 'is a PPM of 2 x 3 pixels with 12 bytes of them, not 18'],
    ['P6\n2 1 255\n', 'is a PPM of 2 x 1 pixels with 12 bytes of them, not 6'],
    [
      'P6\n999999999 999999999 255\n',
      'is a PPM of 999999999 x 999999999 pixels with 12 bytes of them, not 2999999994000000000',
    ],
  ])('is refused with the header %j', async (header, reason) => {
    const pixels = /255#?\n$|65535|1\n$/.test(header) ? PIXELS : new Uint8Array();
    expect(await problemOf(ppm(header, pixels))).toBe(reason);
  });

  it('in class folders is a data set', async () => {
    const image = encodePpm({ data: patternPixels(4, 4, 3), height: 4, width: 4 });
    const { train, description } = await openForTest(folderOf({ 'a/0.ppm': image, 'b/0.PPM': image }));
    expect(description).toBe('class folders: 2 images in 2 classes, no test images');
    expect(await readSize(await train.read(1))).toEqual({ height: 4, width: 4 });
  });
});
