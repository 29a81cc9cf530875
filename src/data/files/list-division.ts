import { canonicalSplit, isSplit, TRAIN } from '../sources/splits.ts';
import type { ListColumns } from './list-columns.ts';
import type { ListTable } from './list-table.ts';
import { textOf } from './list-value.ts';

/** Lines by which columns are known to hold no splits. */
const TRIED = 32;

/**
 * Columns of any name that hold splits in every line, of at least two splits, as far as no other column is meant for
 * them.
 */
export async function columnsOfSplits(
  table: ListTable,
  { split, flags, maybeSplits, others }: ListColumns,
): Promise<string[]> {
  if (split !== undefined || flags.length > 0) return [];
  const isDivided = async (column: string, most?: number): Promise<boolean> => {
    const { values } = await table.read([column], { most });
    const splits = new Set(values[0]?.distinct.map((value) => canonicalSplit(textOf(value))));
    return [...splits].every(isSplit) && (most !== undefined || (splits.has(TRAIN) && splits.size > 1));
  };
  const free = others.filter((column) => !maybeSplits.includes(column));
  const found: string[] = [];
  for (const column of free) if ((await isDivided(column, TRIED)) && (await isDivided(column))) found.push(column);
  return found;
}
