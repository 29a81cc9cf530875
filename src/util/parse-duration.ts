const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/i;
const UNITS = [86_400, 3600, 60, 1] as const;

/** The seconds that `11h50m`, `90m`, `30s` or `1d12h` names; NaN if it names none. */
export function parseDuration(text: string): number {
  const [whole, ...parts] = DURATION.exec(text.trim().replaceAll(' ', '')) ?? [];
  if (!whole) return Number.NaN;
  return UNITS.reduce((sum, unit, i) => sum + unit * Number(parts[i] ?? 0), 0);
}
