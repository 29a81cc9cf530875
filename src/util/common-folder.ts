/** The longest folder that all paths or addresses lie in, with the slash at its end; '' for none. */
export function commonFolder(paths: readonly string[]): string {
  const [first = ''] = paths;
  let end = first.lastIndexOf('/') + 1;
  while (!paths.every((path) => path.startsWith(first.slice(0, end)))) {
    end = end > 1 ? first.lastIndexOf('/', end - 2) + 1 : 0;
  }
  return first.slice(0, end);
}
