import { shorten } from '../../util/shorten.ts';

/** A setting with another value than before. */
export interface SettingChange {
  /** Its dotted path. */
  readonly key: string;
  readonly before: unknown;
  readonly now: unknown;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The leaves at which two records of settings differ. */
export function settingChanges(before: unknown, now: unknown, key = ''): SettingChange[] {
  if (isRecord(before) && isRecord(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return names.flatMap((name) => settingChanges(before[name], now[name], key === '' ? name : `${key}.${name}`));
  }
  return JSON.stringify(before) === JSON.stringify(now) ? [] : [{ key, before, now }];
}

/** Characters of a value that are shown. */
const LONGEST = 200;

function valueText(value: unknown): string {
  return shorten(JSON.stringify(value) ?? 'not set', LONGEST);
}

/** A change for people: `key: before -> now`. */
export function describeChange({ key, before, now }: SettingChange): string {
  return `${key}: ${valueText(before)} -> ${valueText(now)}`;
}

/** Whether a setting may change on resume because it, or the section that it is in, was allowed by name. */
export function isAllowed(key: string, allowed: readonly string[]): boolean {
  return allowed.some((name) => key === name || key.startsWith(`${name}.`));
}

/** Names that a command lists one by one; beyond, their sections are named. */
const MOST_NAMES = 8;

/** What allows these changes, for `--allow-change`: their names, or where they are many, the sections of them. */
export function allowanceFor(changes: readonly SettingChange[]): string {
  const keys = [...new Set(changes.map(({ key }) => key))];
  const names = keys.length > MOST_NAMES ? keys.map((key) => key.replace(/\..*/s, '')) : keys;
  return [...new Set(names)].join(',');
}

/** Whether a change makes training longer, which needs no permission. */
export function isLonger({ key, before, now }: SettingChange): boolean {
  return key === 'schedule.epochs' && typeof before === 'number' && typeof now === 'number' && now > before;
}
