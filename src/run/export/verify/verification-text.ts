import { formatPlural } from '../../../util/format-count.ts';
import { terminalText } from '../../../util/terminal-text.ts';
import { CARD } from '../manifest.ts';
import type { FileProblem } from './check-files.ts';
import type { FormatResult } from './run-format.ts';

/** What a verification found. */
export interface Verification {
  readonly files: number;
  readonly problems: readonly FileProblem[];
  /** Whether the card is another one than was written, as it may be. */
  readonly isCardEdited: boolean;
  readonly formats: readonly FormatResult[];
}

function describe({ state, error, limit, images, note }: FormatResult): string[] {
  const size = error === undefined ? '' : Number.isFinite(error) ? error.toExponential(1) : 'not comparable';
  const bound = limit === undefined ? '' : limit.toExponential(0);
  return [state, size, bound, images === undefined ? '' : String(images), terminalText(note ?? '')];
}

/** What a verification found, for people. */
export function verificationText({ files, problems, isCardEdited, formats }: Verification): string {
  const rows = [
    ['format', 'features', 'relative error', 'limit', 'images', ''],
    ...formats.map((result) => [result.format, ...describe(result)]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const hashes =
    problems.length === 0
      ? `${formatPlural(files, 'file')} as written${isCardEdited ? `, but for ${CARD}, which may be edited` : ''}`
      : [
          `${formatPlural(problems.length, 'file')} of ${files} not as written:`,
          ...problems.map(({ path, problem }) => `  ${terminalText(path)} ${problem}`),
        ].join('\n');
  return `${lines.join('\n')}\n\n${hashes}\n`;
}
