import { extname } from 'node:path';
import { csvPieces, namesCsvPieces } from './csv-table.ts';
import type { FeatureTable, TableFile } from './feature-table.ts';
import { npyContent, npzPieces } from './numpy-table.ts';

/** Formats of tables, by the endings of their files. */
export const TABLE_FORMATS = ['.npy', '.npz', '.parquet', '.csv'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** The format that a path's ending names, in any case; undefined for any other ending. */
export function tableFormat(path: string): TableFormat | undefined {
  const ending = extname(path).toLowerCase();
  return TABLE_FORMATS.find((format) => format === ending);
}

/** The list of names beside a .npy file, which holds nothing but numbers: `features.names.csv` of `features.npy`. */
export function namesPath(path: string): string {
  return `${path.slice(0, -extname(path).length)}.names.csv`;
}

/** Paths of the files that a table of that name is written to. */
export function tablePaths(path: string): string[] {
  return tableFormat(path) === '.npy' ? [path, namesPath(path)] : [path];
}

/**
 * The files of a table, whose path names the format. Their bytes are a function of the table alone.
 *
 * @throws Error for a path of no known format.
 */
export function tableFiles(path: string, table: FeatureTable): TableFile[] {
  switch (tableFormat(path)) {
    case '.npy':
      return [
        { path: namesPath(path), bytes: undefined, pieces: () => namesCsvPieces(table) },
        { path, ...npyContent(table) },
      ];
    case '.npz':
      return [{ path, bytes: undefined, pieces: () => npzPieces(table) }];
    case '.csv':
      return [{ path, bytes: undefined, pieces: () => csvPieces(table) }];
    case '.parquet':
      return [{ path, bytes: undefined, pieces: () => parquetFile(table) }];
    case undefined:
      throw new Error(`Expected a path of a known format, got ${path}.`);
  }
}

/** Loads the library with the first file that needs it. */
async function* parquetFile(table: FeatureTable): AsyncGenerator<Uint8Array> {
  const { parquetPieces } = await import('./parquet-table.ts');
  yield* parquetPieces(table);
}
