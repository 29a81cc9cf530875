import type { ImageTable } from './image-source.ts';

/** Tables one after the other, as one; those that have labels have the same classes. */
export function concatTables(tables: readonly [ImageTable, ...ImageTable[]]): ImageTable {
  const [first] = tables;
  if (tables.length === 1) return first;
  const starts = [0];
  for (const table of tables) starts.push((starts.at(-1) as number) + table.count);
  const find = (index: number): [ImageTable, number] => {
    const t = starts.findLastIndex((start) => start <= index);
    return [tables[t] as ImageTable, index - (starts[t] as number)];
  };
  const count = starts.at(-1) as number;
  const isLabelled = tables.every(({ labels }) => labels !== undefined);
  const labels = new Int32Array(isLabelled ? count : 0);
  if (isLabelled) for (const [t, table] of tables.entries()) labels.set(table.labels as Int32Array, starts[t]);
  const isOneSize = tables.every(
    ({ size }) => size?.height === first.size?.height && size?.width === first.size?.width,
  );
  return {
    kind: first.kind,
    count,
    size: isOneSize ? first.size : undefined,
    labels: isLabelled ? labels : undefined,
    classes: isLabelled ? first.classes : [],
    name: (index) => {
      const [table, within] = find(index);
      return table.name(within);
    },
    origin: (index) => {
      const [table, within] = find(index);
      return table.origin(within);
    },
    read: (index) => {
      const [table, within] = find(index);
      return table.read(within);
    },
  };
}
