import { readFileSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import { tell } from '../util/notices.ts';
import { PRESET_FOLDER, presetFile, presetNames } from '../util/presets.ts';
import { writeText } from '../util/write-text.ts';

/** What a preset trains on, as the first sentence of its head says: `SimCLR on CIFAR-10 with a ResNet-18: ...`. */
function imagesOf(text: string): string {
  return /^# .+? on (?:the )?(.+?) with a /m.exec(text)?.[1] ?? '';
}

function describe(name: string): string[] {
  const path = presetFile(name) as string;
  const text = readFileSync(path, 'utf8');
  const { method, backbone, views, schedule } = loadConfig(path, [{ label: '--list', key: 'data.path', text: '.' }]);
  const small = views.small === undefined ? '' : ` + ${views.small.count} x ${views.small.size}`;
  return [
    name,
    method.name,
    backbone.name,
    `2 x ${views.size}${small} px`,
    `${imagesOf(text)}, ${new Intl.NumberFormat('en-GB').format(schedule.epochs)} epochs`,
  ];
}

/** Columns of the list that a narrow terminal does without, the first ones first: views, backbone, method. */
const DISPENSABLE = [3, 2, 1];

/**
 * A line for each preset under a line of titles: name, method, backbone, views, and what it is for; fewer columns where
 * all of them are wider than `width`.
 */
export function formatPresetList(width = Number.POSITIVE_INFINITY): string {
  const rows = [['preset', 'method', 'backbone', 'views', 'for'], ...presetNames().map(describe)];
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const dropped = new Set<number>();
  const isKept = (column: number): boolean => !dropped.has(column);
  const present = (): number[] => widths.filter((_, i) => isKept(i));
  for (const column of DISPENSABLE) {
    if (present().reduce((sum, each) => sum + each + 2, -2) > width) dropped.add(column);
  }
  const line = (row: readonly string[]): string => {
    const cells = row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).filter((_, i) => isKept(i));
    return `${cells.join('  ').trimEnd()}\n`;
  };
  return rows.map(line).join('');
}

/** What a reader of the list does next. */
const AFTER_LIST = [
  '',
  'photographs: cl-train simclr-imagenet100 FOLDER',
  'images of about 32 pixels: cl-train simclr FOLDER',
  'to see it work: cl-train quickstart',
  `the files, with their sources and results: ${PRESET_FOLDER}`,
];

/** Prints the list as wide as the terminal is, and what comes next. */
export function printPresetList(): void {
  const { isTTY, columns } = process.stdout;
  writeText(process.stdout, formatPresetList(isTTY ? columns : undefined));
  for (const line of AFTER_LIST) tell(line);
}
