import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';

const FIXTURES = join(import.meta.dirname, '../fixtures/images');

/** A fixture image; Pillow's pixels of it are in `expected.json`. */
export function fixture(name: string): Buffer {
  return readFileSync(join(FIXTURES, name));
}

/** What Pillow decodes: `exif_transpose(Image.open(file)).convert('RGB')`. */
export const PILLOW: Readonly<Record<string, { height: number; width: number; rgb: string }>> = JSON.parse(
  fixture('expected.json').toString(),
);

/** Images with whatever a name can hold; each is one of the fixtures. */
export const ODD_NAMES: Readonly<Record<string, string>> = {
  'with space.jpg': 'rgb-444.jpg',
  'two\nlines\t.png': 'rgb.png',
  '\u001b[2J\u001b]0;owned\u0007.png': 'rgba.png',
  '🦆 été.webp': 'lossless-alpha.webp',
  '-leading-dash.jpg': 'rgb-420.jpg',
  '"quotes" & <b>.png': 'grey.png',
  [`${'x'.repeat(251)}.png`]: 'palette.png',
  'UPPER.JPEG': 'rgb-422-progressive.jpg',
  'Mixed.Jpg': 'orientation-6.jpg',
  'really-a-png.jpg': 'grey-alpha.png',
  'really-a-jpeg.png': 'grey.jpg',
  'really-a-webp.jpeg': 'lossy.webp',
  'folder.jpg/inside.png': 'one-bit.png',
};

/** Sets the size that a PNG claims, and the checksum of its header. */
export function claimSize(png: Buffer, width: number, height: number): Buffer {
  const claimed = Buffer.from(png);
  claimed.writeUInt32BE(width, 16);
  claimed.writeUInt32BE(height, 20);
  claimed.writeUInt32BE(crc32(claimed.subarray(12, 29)), 29);
  return claimed;
}

function hugeJpeg(): Buffer {
  const jpeg = fixture('rgb-420.jpg');
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  jpeg.writeUInt16BE(65_000, frame + 5);
  jpeg.writeUInt16BE(65_000, frame + 7);
  return jpeg;
}

function hugeWebp(): Buffer {
  const webp = fixture('lossy.webp');
  const start = webp.indexOf(Buffer.from([0x9d, 0x01, 0x2a]));
  webp.writeUInt16LE(16_383, start + 3);
  webp.writeUInt16LE(16_383, start + 5);
  return webp;
}

/** A PNG in which one byte of a chunk has flipped. */
function flipped(chunk: string, offset: number): Buffer {
  const png = fixture('rgb.png');
  const at = png.indexOf(chunk) + 4 + offset;
  png[at] = (png[at] as number) ^ 0xff;
  return png;
}

const XXE = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<svg xmlns="http://www.w3.org/2000/svg" width="16" height="12"><text>&x;</text></svg>`;

/**
 * Files that are no usable image, and the reason that each must be given. libvips hands its complaints to whichever of
 * several decodes asks first, so that another may get none.
 */
export async function badFiles(): Promise<Record<string, { bytes: Buffer; reason: RegExp }>> {
  const rgb = sharp(fixture('rgb.png'));
  const bmp = Buffer.concat([Buffer.from('BM'), Buffer.alloc(70)]);
  const webp = fixture('lossy.webp');
  const animation = fixture('animated.webp');
  const text = (content: string): Buffer => Buffer.from(content);
  return {
    'zero-bytes.jpg': { bytes: Buffer.alloc(0), reason: /^is empty$/ },
    '\u001b]0;owned\u0007\nhint: believe me.jpg': {
      bytes: text('nothing'),
      reason: /^is text, not a JPEG, PNG or WebP$/,
    },
    'zeros.png': { bytes: Buffer.alloc(5000), reason: /^is not a JPEG, PNG or WebP$/ },
    'text.jpg': { bytes: fixture('text.jpg'), reason: /^is text, not a JPEG, PNG or WebP$/ },
    'error-page.jpg': { bytes: text('<!DOCTYPE html><html><title>404</title></html>'), reason: /^is HTML, not a JPEG/ },
    'svg.png': { bytes: text(XXE), reason: /^is an SVG, not a JPEG/ },
    'svg-with-mark.jpg': { bytes: text(`\ufeff${XXE}`), reason: /^is an SVG, not a JPEG/ },
    'pointer.jpg': {
      bytes: text('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n'),
      reason: /^is a Git LFS pointer, not a JPEG, PNG or WebP \(git lfs pull fetches the image\)$/,
    },
    'gif.webp': { bytes: await rgb.clone().gif().toBuffer(), reason: /^is a GIF, not a JPEG/ },
    'avif.jpg': { bytes: await rgb.clone().avif().toBuffer(), reason: /^is an AVIF, not a JPEG/ },
    'tiff.png': { bytes: await rgb.clone().tiff().toBuffer(), reason: /^is a TIFF, not a JPEG/ },
    'bmp.jpg': { bytes: bmp, reason: /^is a BMP, not a JPEG/ },
    'pdf.jpg': { bytes: text('%PDF-1.4\n'), reason: /^is a PDF, not a JPEG/ },
    'truncated.jpg': {
      bytes: fixture('truncated.jpg'),
      reason: /^can't be decoded: (VipsJpeg: premature end|it is damaged)/,
    },
    'no-end.jpg': {
      bytes: fixture('rgb-444.jpg').subarray(0, -2),
      reason: /^can't be decoded: (VipsJpeg: premature end|it is damaged)/,
    },
    'first-bytes.jpg': { bytes: fixture('rgb-444.jpg').subarray(0, 3), reason: /^can't be decoded: / },
    'cut.png': { bytes: fixture('rgb.png').subarray(0, -30), reason: /^can't be decoded: / },
    'signature.png': {
      bytes: fixture('rgb.png').subarray(0, 8),
      reason: /^can't be decoded: (its header is damaged$|vipspng: )/,
    },
    'checksum.png': { bytes: flipped('IDAT', 5), reason: /^can't be decoded: / },
    'header-checksum.png': { bytes: flipped('IHDR', 13), reason: /^can't be decoded: (it is damaged$|vipspng: )/ },
    'no-width.png': {
      bytes: claimSize(fixture('rgb.png'), 0, 12),
      reason: /^can't be decoded: (its header is damaged$|vipspng: )/,
    },
    'cut.webp': { bytes: webp.subarray(0, -10), reason: /^can't be decoded: / },
    'cut-animation.webp': { bytes: animation.subarray(0, animation.length / 2), reason: /^can't be decoded: / },
    'bomb.png': { bytes: claimSize(fixture('rgb.png'), 50_000, 50_000), reason: /^has more than 178956970 pixels$/ },
    'bomb.jpg': { bytes: hugeJpeg(), reason: /^has more than 178956970 pixels$/ },
    'bomb.webp': { bytes: hugeWebp(), reason: /^has more than 178956970 pixels$/ },
    'nothing-behind.png': { bytes: claimSize(fixture('rgb.png'), 30_000, 4000), reason: /^can't be decoded: / },
  };
}

/** What lies in a folder and can't be an image for what it is, and the reason that each must be given. */
export const ODD_ENTRIES: Readonly<Record<string, { make: (path: string) => void; reason: RegExp }>> = {
  'dangling.jpg': {
    make: (path) => symlinkSync('nowhere.jpg', path),
    reason: /^does not exist \(a dangling link\?\)$/,
  },
  'loop.png': { make: (path) => symlinkSync('loop.png', path), reason: /^is a link that leads to itself$/ },
  'pipe.jpg': { make: (path) => void execFileSync('mkfifo', [path]), reason: /^is a pipe or a device, not a file$/ },
  'device.png': { make: (path) => symlinkSync('/dev/zero', path), reason: /^is a pipe or a device, not a file$/ },
  'socket.jpg': {
    make(path) {
      const server = createServer().listen(path);
      onTestFinished(() => void server.close());
    },
    reason: /^is a socket or a device, not a file$/,
  },
  'enormous.jpg': {
    make(path) {
      writeFileSync(path, fixture('rgb-444.jpg'));
      truncateSync(path, 300 * 2 ** 20);
    },
    reason: /^is 314572800 bytes, the limit is 268435456$/,
  },
};

/** A name that no text can hold. */
const LATIN = Buffer.from('caf\u00e9.jpg', 'latin1');

/** Fills a folder with everything above, links into and out of it, and files that are no images. */
export async function makeTortureFolder(folder: string): Promise<void> {
  mkdirSync(join(folder, 'folder.jpg'), { recursive: true });
  for (const [name, original] of Object.entries(ODD_NAMES)) writeFileSync(join(folder, name), fixture(original));
  for (const [name, { bytes }] of Object.entries(await badFiles())) writeFileSync(join(folder, name), bytes);
  for (const [name, { make }] of Object.entries(ODD_ENTRIES)) make(join(folder, name));
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), LATIN]), fixture('rgb.png'));
  symlinkSync('.', join(folder, 'to-parent'));
  symlinkSync('..', join(folder, 'folder.jpg/to-grandparent'));
  symlinkSync('with space.jpg', join(folder, 'link.jpg'));
  mkdirSync(join(folder, 'empty.jpg'));
  for (const name of ['.hidden.jpg', 'notes.txt', 'drawing.svg', 'photo.gif', 'photo.GIF', 'scan.tif']) {
    writeFileSync(join(folder, name), 'not to be read');
  }
}
