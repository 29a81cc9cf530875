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

/** The first folder of a path of a folder. */
const topOf = (folder: string): string => (folder.includes('/') ? folder.slice(0, folder.indexOf('/')) : folder);

/**
 * Paths in torchvision's `ImageFolder` order: by first folder, then by whole folder, then by file name.
 *
 * Files of a folder come before those of its sub folders.
 */
export function sortPaths(paths: readonly string[]): string[] {
  // Of millions of paths there are few folders; a record for each path would take more than the paths.
  const byFolder = new Map<string, string[]>();
  for (const path of paths) {
    const folder = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    const others = byFolder.get(folder);
    if (others === undefined) byFolder.set(folder, [path]);
    else others.push(path);
  }
  const folders = [...byFolder.keys()].sort((a, b) => compareStrings(topOf(a), topOf(b)) || compareStrings(a, b));
  return folders.flatMap((folder) => byFolder.get(folder)?.sort(compareStrings) ?? []);
}
