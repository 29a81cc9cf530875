import { statSync } from 'node:fs';
import type { FeatureTable } from '../../interop/tables/feature-table.ts';
import { namesPath, tableFormat } from '../../interop/tables/table-files.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import { terminalText } from '../../util/terminal-text.ts';
import { badPath } from './check-output.ts';

/** What a table has become. */
export interface EmbedResult {
  readonly output: string;
  /** The file that the encoder comes from. */
  readonly encoder: string;
  readonly features: string;
  readonly normalized: boolean;
  readonly table: Pick<FeatureTable, 'rows' | 'width' | 'classes'>;
  /** Rows of each split. */
  readonly splits: Readonly<Record<string, number>>;
  readonly bad: number;
  /** Rows with values that are not finite. */
  readonly notFinite: number;
  /** Images that this call computed, and the wall time from the first one's decoding to the last one's features. */
  readonly computed: { readonly images: number; readonly seconds: number };
}

/** The result as JSON. */
export function embedJson(result: EmbedResult): string {
  const { table, computed, ...others } = result;
  const { rows, width, classes } = table;
  const { size: bytes } = statSync(result.output);
  const facts = { ...others, rows, width, classes: classes?.length ?? 0, bytes, ...computed };
  return `${JSON.stringify(facts, undefined, 2)}\n`;
}

/** The result in a line, and what lies beside the table in others. */
export function embedText({ output, encoder, table, splits, bad, normalized, features }: EmbedResult): string {
  const { rows, width, classes } = table;
  const kind = `${normalized ? 'L2-normalised ' : ''}${features === 'embedding' ? 'embeddings' : 'features'}`;
  const counts = Object.entries(splits).map(([name, count]) => `${name} ${formatCount(count)}`);
  const labelled = classes === undefined ? 'no labels' : formatPlural(classes.length, 'class', 'classes');
  const lines = [
    `${output}: ${formatPlural(rows, 'row')} of ${formatPlural(width, kind.replace(/s$/, ''))} (${counts.join(', ')}), ${labelled}, ${formatBytes(statSync(output).size)}`,
    `the encoder: ${encoder}`,
    ...(tableFormat(output) === '.npy' ? [`names, labels and splits, row by row: ${namesPath(output)}`] : []),
    ...(bad === 0 ? [] : [`${formatPlural(bad, 'bad image')} left out, listed in ${badPath(output)}`]),
  ];
  return `${lines.map(terminalText).join('\n')}\n`;
}
