const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.png', '.webp', '.ppm']);

/** The extensions of files that count as images, for messages. */
export const IMAGE_EXTENSION_NAMES = [...IMAGE_EXTENSIONS].join(' ');

/** The lower-case extension of a path with its dot, or '' without one. */
export function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot).toLowerCase();
}

/** Whether a path's extension says JPEG, PNG, WebP or PPM. */
export function isImagePath(path: string): boolean {
  return IMAGE_EXTENSIONS.has(extensionOf(path));
}

const OTHER_IMAGES = /\.(gif|bmp|tiff?|avif|hei[cf]|svgz?|jp2|jxl|p[bgn]m|tga|ico|cr2|nef|dng)$/i;

/** Whether a path's extension says an image of a kind that isn't read. */
export function isOtherImagePath(path: string): boolean {
  return OTHER_IMAGES.test(path);
}

/** Whether a path or one of its folders is hidden, as `.cache/0.jpg` and macOS's `._0.jpg` are. */
export function isHiddenPath(path: string): boolean {
  return path.startsWith('.') || path.includes('/.');
}

/**
 * Orders strings by code point, as Python's `sorted` does.
 *
 * JavaScript orders by UTF-16 unit, which puts the astral planes (emoji) before U+E000.
 */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && y >= 0xd800) {
      x = x >= 0xe000 ? x - 0x2000 : x + 0x800;
      y = y >= 0xe000 ? y - 0x2000 : y + 0x800;
    }
    return x - y;
  }
  return a.length - b.length;
}

/**
 * Paths in torchvision's `ImageFolder` order: by first folder, then by whole folder, then by file name.
 *
 * Files of a folder come before those of its sub folders.
 */
export function sortPaths(paths: readonly string[]): string[] {
  const keyed = paths.map((path) => {
    const first = path.indexOf('/');
    const last = path.lastIndexOf('/');
    return {
      path,
      top: path.slice(0, Math.max(first, 0)),
      folder: path.slice(0, Math.max(last, 0)),
      name: path.slice(last + 1),
    };
  });
  keyed.sort(
    (a, b) => compareStrings(a.top, b.top) || compareStrings(a.folder, b.folder) || compareStrings(a.name, b.name),
  );
  return keyed.map((entry) => entry.path);
}
