const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};
const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?$/i;

/** The number of bytes that `2GB`, `512 MiB` or a plain number names; NaN if it names none. */
export function parseBytes(size: string | number): number {
  if (typeof size === 'number') return size;
  const [, digits, unit = ''] = SIZE.exec(size.trim()) ?? [];
  return Math.round(Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN));
}
