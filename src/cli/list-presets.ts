import { readFileSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import { PRESET_FOLDER, presetFile, presetNames } from '../util/presets.ts';

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

/** A line for each preset under a line of titles: name, method, backbone, views, and what it is for. */
export function formatPresetList(): string {
  const rows = [['preset', 'method', 'backbone', 'views', 'for'], ...presetNames().map(describe)];
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** What a reader of the list does next. */
export const AFTER_LIST = [
  '',
  'photographs: cl-train simclr-imagenet100 FOLDER',
  'images of about 32 pixels: cl-train simclr FOLDER',
  'to see it work, with its own images: cl-train quickstart',
  `the files, with their sources and results: ${PRESET_FOLDER}`,
];
