import { join } from 'node:path';
import { formatBytes } from '../../util/format-bytes.ts';
import { CARD, type ExportedFile, FORMAT_PATHS, type Manifest } from './manifest.ts';

/** The bytes of a format's files: of one, or of all in its folder. */
function bytesOf(files: readonly ExportedFile[], path: string): number {
  const own = files.filter((file) => file.path === path || file.path.startsWith(`${path}/`));
  return own.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What was written where, for people. */
export function exportText(output: string, { formats, files }: Manifest): string {
  const rows = [
    ...formats.map((format) => ({ name: format, path: FORMAT_PATHS[format] })),
    { name: 'card', path: CARD },
    { name: 'verification', path: 'verification' },
  ].map(({ name, path }) => [name, join(output, path), formatBytes(bytesOf(files, path))] as const);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const lines = rows.map(
    ([name, path, bytes]) => `${name.padEnd(widths[0] as number)}  ${path.padEnd(widths[1] as number)}  ${bytes}`,
  );
  return `${lines.join('\n')}\n`;
}
