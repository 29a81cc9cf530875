import { posix } from 'node:path';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import { shellWord } from '../../util/shell-word.ts';

const USUAL_EXTENSIONS = ['.jpg', '.jpeg', '.png', '.webp', '.ppm'];

/** Those, and the other names of JPEG. */
const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set([
  ...USUAL_EXTENSIONS,
  ...['.jpe', '.jfif', '.jfi', '.jif', '.pjpeg', '.pjp'],
]);

/** What servers and browsers append: `.jpg_large`, `.jpg:orig`, `.png!small`. */
const APPENDED = /^(\.(?:jpe?g|png|webp))[_:!][\w-]+$/;

/** The usual extensions of files that count as images, for messages. */
export const IMAGE_EXTENSION_NAMES = USUAL_EXTENSIONS.join(' ');

/** The lower-case extension of a path with its dot, or '' without one. */
export function extensionOf(path: string): string {
  return posix.extname(path).toLowerCase();
}

/** Whether a path's extension says JPEG, PNG, WebP or PPM. */
export function isImagePath(path: string): boolean {
  const extension = extensionOf(path);
  return IMAGE_EXTENSIONS.has(extension.replace(APPENDED, '$1'));
}

/** Kinds of pictures that are not read, and that other programs convert. */
const FOREIGN_PICTURES: ReadonlySet<string> = new Set([
  '.gif',
  '.bmp',
  '.tif',
  '.tiff',
  '.avif',
  '.heic',
  '.heif',
  '.jp2',
]);

/** Whether a path's extension says a picture of a kind that is not read. */
export function isForeignPicture(path: string): boolean {
  return FOREIGN_PICTURES.has(extensionOf(path));
}

/** What systems and tools leave among files, in lower case: thumbnails, recycle bins, snapshots, packages, logs. */
const SYSTEM_NAMES: ReadonlySet<string> = new Set([
  ...['@eadir', '@recycle', '@recently-snapshot', '#recycle', '#snapshot', '$recycle.bin', 'recycler'],
  ...[
    '~snapshot',
    '.snapshot',
    '.snapshots',
    '.zfs',
    'system volume information',
    'lost+found',
    '__macosx',
    '.ipynb_checkpoints',
  ],
  ...['thumbs.db', 'ehthumbs.db', 'desktop.ini', '@tmp'],
  ...['node_modules', '__pycache__', 'venv', 'wandb', 'mlruns', 'lightning_logs', 'tensorboard'],
]);

/** Where Windows puts pieces that it found when it checked a disk: `FOUND.000`. */
const FOUND_PIECES = /^found\.\d{3}$/;

/** Whether a file or folder of this name is what systems and tools leave, never data. */
export function isSystemName(name: string): boolean {
  const lower = name.toLowerCase();
  return SYSTEM_NAMES.has(lower) || FOUND_PIECES.test(lower);
}

/** Whether a path is such a file, or lies in such a folder. */
export function isSystemPath(path: string): boolean {
  return path.split('/').some(isSystemName);
}

/** Paths that are named where some were left out. */
const MOST_NAMED = 3;

/** A note on what was left out: "own outputs left out: 2 (preview.png, runs/a/)"; none where nothing was. */
export function describeSkipped(what: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const named = [...paths].sort().slice(0, MOST_NAMED).join(', ');
  return [`${what} left out: ${formatCount(paths.length)} (${named}${paths.length > MOST_NAMED ? ', ...' : ''})`];
}

/** What macOS leaves for a photograph that it moved to iCloud: `.0001.jpg.icloud`. */
const EVICTED = /(^|\/)\.[^/]+\.(jpe?g|jpe|jfif|png|webp|ppm|heic|heif|tiff?|gif)\.icloud$/i;

/** Whether a path has the name of an image behind a dot, other than `._0.jpg`, where macOS keeps attributes. */
export function isHiddenImage(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.startsWith('.') && !name.startsWith('._') && (isImagePath(name) || EVICTED.test(name));
}

/**
 * Notes on images that a dot hides, and on those that only iCloud holds.
 *
 * @param paths for which `isHiddenImage` holds.
 */
export function describeHidden(paths: readonly string[], where: string): string[] {
  const sorted = [...paths].sort();
  const [hidden, evicted] = [sorted.filter((path) => !EVICTED.test(path)), sorted.filter((path) => EVICTED.test(path))];
  const images = `${formatPlural(evicted.length, 'image')} ${evicted.length === 1 ? 'is' : 'are'}`;
  return [
    ...(hidden.length === 0 ? [] : [`not read: ${formatPlural(hidden.length, 'hidden image')}, such as ${hidden[0]}`]),
    ...(evicted.length === 0
      ? []
      : [
          `${images} not downloaded from iCloud, such as ${evicted[0]} (on the Mac: brctl download ${shellWord(where)})`,
        ]),
  ];
}

/** Whether a path or one of its folders is hidden, as `.cache/0.jpg` and macOS's `._0.jpg` are. */
export function isHiddenPath(path: string): boolean {
  return path.startsWith('.') || path.includes('/.');
}

/** A path inside an archive without `./`, or undefined for one that is absolute or climbs out. */
export function safePath(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return path.startsWith('/') || parts.includes('..') || path.includes('\0') ? undefined : parts.join('/');
}
