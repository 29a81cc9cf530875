const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `4000` as `4,000`. */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? grouped.format(value) : String(value);
}

/** A count with its noun: `1 epoch`, `4,000 images`, `2 entries`. */
export function formatPlural(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}
