/** The longest folder that all paths or addresses lie in, with the slash at its end; '' for none. */
export function commonFolder(paths: Iterable<string>): string {
  let common: string | undefined;
  for (const path of paths) {
    common ??= path.slice(0, path.lastIndexOf('/') + 1);
    while (!path.startsWith(common)) {
      common = common.length > 1 ? common.slice(0, common.lastIndexOf('/', common.length - 2) + 1) : '';
    }
  }
  return common ?? '';
}
