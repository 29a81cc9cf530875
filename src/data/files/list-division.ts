import { canonicalSplit, isSplit, TRAIN } from '../sources/splits.ts';
import type { ListColumns } from './list-columns.ts';
import type { ListTable } from './list-table.ts';
import { textOf } from './list-value.ts';

/** Lines by which columns are known to hold no splits. */
const TRIED = 32;

/** Columns that a list is read for at once: it is read anew for the next ones, and JSON may have any number of keys. */
const READ_AT_ONCE = 4096;

/**
 * Columns of any name that hold splits in every line, of at least two splits, as far as no other column is meant for
 * them.
 */
export async function columnsOfSplits(
  table: ListTable,
  { split, flags, maybeSplits, others }: ListColumns,
): Promise<string[]> {
  if (split !== undefined || flags.length > 0) return [];
  const among = async (columns: readonly string[], most?: number): Promise<string[]> => {
    const found: string[] = [];
    for (let from = 0; from < columns.length; from += READ_AT_ONCE) {
      const group = columns.slice(from, from + READ_AT_ONCE);
      const { values } = await table.read(group, { most });
      found.push(...group.filter((_, i) => isDivided(values[i]?.distinct ?? [], most === undefined)));
    }
    return found;
  };
  return among(
    await among(
      others.filter((column) => !maybeSplits.includes(column)),
      TRIED,
    ),
  );
}

/** Whether values are names of splits alone; all of a column must have training images and others. */
function isDivided(values: readonly unknown[], isWhole: boolean): boolean {
  const splits = new Set(values.map((value) => canonicalSplit(textOf(value))));
  return [...splits].every(isSplit) && (!isWhole || (splits.has(TRAIN) && splits.size > 1));
}
