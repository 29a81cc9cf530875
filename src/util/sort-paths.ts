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
