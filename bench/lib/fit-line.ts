/** What a process took at a moment of streaming. */
export interface Sample {
  readonly seconds: number;
  readonly images: number;
  readonly rssBytes: number;
}

/** The slope of the straight line through points (x, y) by least squares, and its standard error. */
export function fitLine(points: readonly (readonly [number, number])[]): { slope: number; error: number } {
  const n = points.length;
  const mean = (of: (point: readonly [number, number]) => number): number => points.reduce((a, p) => a + of(p), 0) / n;
  const [mx, my] = [mean(([x]) => x), mean(([, y]) => y)];
  const sxx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / sxx;
  const rest = points.reduce((sum, [x, y]) => sum + (y - my - slope * (x - mx)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (n - 2) / sxx) };
}
