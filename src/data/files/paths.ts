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

/** Whether a path or one of its folders is hidden, as `.cache/0.jpg` and macOS's `._0.jpg` are. */
export function isHiddenPath(path: string): boolean {
  return path.startsWith('.') || path.includes('/.');
}
