import { formatCount } from '../util/format-count.ts';

/** The loss to fall below as `chance 4.844`, undefined where a method has none. */
export function formatChance(chanceLoss: number | undefined): string | undefined {
  return chanceLoss !== undefined && Number.isFinite(chanceLoss) ? `chance ${formatLoss(chanceLoss)}` : undefined;
}

/** A fraction from 0 to 1 as percent: `0.441` is `44.1 %`. */
export function formatPercent(fraction: number, digits = 1): string {
  return Number.isFinite(fraction) ? `${(fraction * 100).toFixed(digits)} %` : '? %';
}

/** An interval of fractions as percent without the sign: `[0.419, 0.463]` is `41.9-46.3`. */
export function formatInterval(interval: readonly [number, number]): string {
  return interval.map((end) => (Number.isFinite(end) ? (end * 100).toFixed(1) : '?')).join('-');
}

/** Seconds as `0:05`, `4:10`, `1:02:03` or `2 d 03:04:05`; `-:--` when unknown. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '-:--';
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days} d ${two(hours)}:${two(minutes)}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** A duration that is estimated: `8 s`, `45 s` to the next five, `3 min`. */
export function formatEstimate(seconds: number): string {
  if (seconds >= 100) return `${Math.round(seconds / 60)} min`;
  return `${seconds < 10 ? Math.max(1, Math.round(seconds)) : 5 * Math.round(seconds / 5)} s`;
}

/** A rate with about three significant digits: `2,105`, `131`, `48.5`, `0.73`. */
export function formatRate(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (value >= 100) return formatCount(value);
  return value.toFixed(value >= 1 ? 1 : 2);
}

/** A loss with three decimals; a diverged one as `NaN` or `Infinity`. */
export function formatLoss(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : String(value);
}

/** A learning rate or other scalar with three significant digits: `0.12`, `3e-5`. */
export function formatScalar(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && Math.abs(value) < 1e-3) {
    return value.toExponential(2).replace(/\.?0+e/, 'e');
  }
  return String(Number(value.toPrecision(3)));
}

/** A parameter count in short: `11.2 M`, `940 k`. */
export function formatMagnitude(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  return value >= 1e4 ? `${(value / 1e3).toFixed(0)} k` : formatCount(value);
}
