/** Where a setting stands: keys, and indices in lists. */
export type Path = readonly (string | number)[];

/** `['views', 'crop', 'area', 0]` as `views.crop.area[0]`. */
export function showPath(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');
}

/** Whether `path` is `prefix` or lies under it. */
export function startsWith(path: Path, prefix: Path): boolean {
  return prefix.every((step, i) => path[i] === step);
}
