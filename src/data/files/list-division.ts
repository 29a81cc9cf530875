import { canonicalSplit, isSplit, TRAIN } from '../sources/splits.ts';
import type { ListColumns } from './list-columns.ts';
import type { ListTable } from './list-table.ts';

/** A value of a column as text; '' for none, and for an empty list. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  // A list may be so deep that its text has no end.
  if (typeof value === 'object') return Array.isArray(value) && value.length === 0 ? '' : JSON_VALUE;
  return String(value).trim();
}

/** What stands for a list or a structure. */
const JSON_VALUE = '{...}';

/** Lines by which columns are known to hold no splits. */
const TRIED = 32;

/**
 * Columns of any name that hold splits in every line, of at least two splits, as far as no other column is meant for
 * them.
 */
export function columnsOfSplits(table: ListTable, { split, flags, maybeSplits, others }: ListColumns): string[] {
  if (split !== undefined || flags.length > 0) return [];
  const isDivided = (column: string, most?: number): boolean => {
    const words = new Set((table.read([column], most).values[0] ?? []).map(textOf));
    const splits = new Set([...words].map(canonicalSplit));
    return [...splits].every(isSplit) && (most !== undefined || (splits.has(TRAIN) && splits.size > 1));
  };
  const free = others.filter((column) => !maybeSplits.includes(column));
  return free.filter((column) => isDivided(column, TRIED) && isDivided(column));
}
