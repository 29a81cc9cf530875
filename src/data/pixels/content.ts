import { isMarkedSheet } from './sheet-mark.ts';

/** What files that are mistaken for images begin with; `text` is the file's first 512 bytes as Latin-1. */
const KINDS: readonly (readonly [name: string, begins: (text: string) => boolean])[] = [
  ['a GIF', (text) => text.startsWith('GIF8')],
  ['a BMP', (text) => /^BM[\s\S]{4}\0\0\0\0/.test(text)],
  ['a TIFF', (text) => text.startsWith('II*\0') || text.startsWith('MM\0*')],
  ['an AVIF', (text) => /^[\s\S]{4}ftypavi[fs]/.test(text)],
  ['a HEIC', (text) => /^[\s\S]{4}ftyp(hei[cxms]|hev[cx]|mif1|msf1)/.test(text)],
  ['a JPEG 2000', (text) => text.startsWith('\0\0\0\x0cjP  ')],
  ['a PDF', (text) => text.startsWith('%PDF-')],
  ['an SVG', (text) => isText(text) && /<svg[\s>]/i.test(text)],
  ['HTML', (text) => isText(text) && /^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)/i.test(text)],
  ['a Git LFS pointer', (text) => text.startsWith('version https://git-lfs.github.com/')],
  ['a git-annex pointer', (text) => /^(\.\.\/)*(\.git)?\/annex\/objects\//.test(text)],
  ['text', isText],
];

/** What fetches the image that a pointer stands for. */
const FETCH: Readonly<Record<string, string | undefined>> = {
  'a Git LFS pointer': 'git lfs pull',
  'a git-annex pointer': 'git annex get',
};

function isText(text: string): boolean {
  return /^[\t\n\r\x20-\x7e\x80-\xff]+$/.test(text);
}

/** Whether bytes begin as a JPEG does. */
export function isJpeg([a, b, c]: Uint8Array): boolean {
  return a === 0xff && b === 0xd8 && c === 0xff;
}

/**
 * Whether bytes begin as a JPEG, PNG or WebP does; libvips would also render SVG, PDF and more, which no training image
 * is.
 */
function isReadable(bytes: Uint8Array, text: string): boolean {
  const [a, b, c, d] = bytes;
  const isPng = a === 0x89 && b === 0x50 && c === 0x4e && d === 0x47;
  return isJpeg(bytes) || isPng || (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP');
}

/** A contact sheet is none of the images that it shows; it is known wherever and under whatever name it lies. */
const OWN = 'is a picture that cl-data preview or a run wrote, not an image of the data';

/**
 * Why a file's bytes are no image, to be put after its name: no JPEG, PNG or WebP, or a contact sheet of this tool;
 * undefined where they begin as one.
 */
export function contentProblem(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  if (isReadable(bytes, text)) return isMarkedSheet(bytes) ? OWN : undefined;
  if (bytes.length === 0) return 'is empty';
  const kind = KINDS.find(([, begins]) => begins(text))?.[0];
  const fetch = FETCH[kind ?? ''];
  const help = fetch === undefined ? '' : ` (${fetch} fetches the image)`;
  return `is ${kind === undefined ? 'not' : `${kind}, not`} a JPEG, PNG or WebP${help}`;
}
