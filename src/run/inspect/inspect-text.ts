import type { Trait } from '../../data/inspect/image-facts.ts';
import type { ClassBalance, Sizes, SplitReport, Spread } from '../../data/inspect/summarize.ts';
import type { SkippedImage } from '../../data/sources/bad-images.ts';
import { formatPercent, formatRate } from '../../report/format.ts';
import { printable } from '../../report/printable.ts';
import { formatBytes } from '../../util/format-bytes.ts';
import { formatCount, formatPlural } from '../../util/format-count.ts';
import type { DuplicateReport, InspectReport } from './inspect-report.ts';

const LABEL = 12;
/** Lines of each list; `--json` has more. */
const MOST = { bad: 10, duplicates: 5, classes: 3 };

const TRAIT_NAMES: Readonly<Record<Trait, string>> = {
  grey: 'grey',
  cmyk: 'CMYK (converted by a profile)',
  alpha: 'with alpha (dropped: the colours of transparent parts show)',
  sixteenBit: '16-bit (high byte kept)',
  rotated: 'turned upright by EXIF',
  animated: 'animated (first frame)',
};

/** `label  text`, with further lines indented. */
function row(label: string, ...texts: readonly string[]): string[] {
  return texts.map((line, i) => `  ${(i === 0 ? label : '').padEnd(LABEL)}${line}`);
}

function shortened(name: string, width = 60): string {
  const shown = printable(name);
  return shown.length <= width ? shown : `...${shown.slice(3 - width)}`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${formatCount(count)} ${name}`)
    .join(', ');
}

function encodingRows({ encodings, traits }: SplitReport): string[] {
  const shown = Object.fromEntries(
    Object.entries(encodings).map(([name, count]) => [
      name === 'pixels' ? 'decoded already' : name.toUpperCase().replace('WEBP', 'WebP'),
      count,
    ]),
  );
  const special = Object.entries(traits).flatMap(([trait, count]) =>
    count > 0 ? [`${formatCount(count)} ${TRAIT_NAMES[trait as Trait]}`] : [],
  );
  return row(
    'encoding',
    countsText(shown) || 'none',
    ...(special.length > 0 ? [`of these ${special.join(', ')}`] : []),
  );
}

const spreadText = ({ min, median, max }: Spread): string =>
  min === max ? formatCount(min) : `${formatCount(min)} to ${formatCount(max)}, median ${formatCount(median)}`;

function classRows(balance: ClassBalance | null): string[] {
  if (balance === null) return row('classes', 'none (images without labels)');
  const { classes, images, min, max } = balance;
  const total = row(
    'classes',
    `${formatCount(classes)}, ${spreadText(balance)} ${max === 1 ? 'image' : 'images'} each`,
  );
  if (min === max) return total;
  const sorted = Object.entries(images).sort((a, b) => a[1] - b[1]);
  const text = (entries: readonly [string, number][]): string =>
    entries.map(([name, count]) => `${shortened(name, 30)} ${formatCount(count)}`).join(', ');
  if (sorted.length <= 2 * MOST.classes) return [...total, ...row('', text(sorted))];
  return [
    ...total,
    ...row(
      '',
      `fewest: ${text(sorted.slice(0, MOST.classes))}`,
      `most: ${text(sorted.slice(-MOST.classes).reverse())}`,
    ),
  ];
}

function sizeRows(sizes: Sizes | null): string[] {
  if (sizes === null) return [];
  const { width, height, distinct, usual } = sizes;
  if (distinct === 1) return row('size', `${usual.width} x ${usual.height} pixels, all`);
  return row(
    'size',
    `width ${spreadText(width)}; height ${spreadText(height)}`,
    `${formatPlural(distinct, 'size')}, most often ${usual.width} x ${usual.height} (${formatPlural(usual.images, 'image')})`,
  );
}

function badRows(bad: readonly SkippedImage[]): string[] {
  if (bad.length === 0) return row('bad', 'none');
  const more = bad.length > MOST.bad ? [`and ${formatCount(bad.length - MOST.bad)} more (--json lists all)`] : [];
  const lines = bad.slice(0, MOST.bad).map(({ name, reason }) => `${shortened(name)}: ${printable(reason)}`);
  return row('bad', formatPlural(bad.length, 'image'), ...lines, ...more);
}

function splitRows(name: string, split: SplitReport): string[] {
  const { images, inspected, classes, sizes, bytes, channels, bad } = split;
  const sampled = inspected < images ? ` (${formatCount(inspected)} of them looked at)` : '';
  const fixed = (values: readonly number[]): string => values.map((value) => value.toFixed(4)).join('  ');
  return [
    `${name}: ${formatPlural(images, 'image')}, ${split.format}${sampled}`,
    ...classRows(classes),
    ...encodingRows(split),
    ...sizeRows(sizes),
    ...(channels === null ? [] : row('mean', `${fixed(channels.mean)}  of red, green, blue over all pixels`)),
    ...(channels === null ? [] : row('std', fixed(channels.std))),
    ...row(
      'bytes',
      `${formatBytes(bytes.stored)} stored, ${formatBytes(bytes.decoded)} decoded${sampled === '' ? '' : ', estimated'}`,
    ),
    ...badRows(bad),
  ];
}

function duplicateRows(duplicates: DuplicateReport): string[] {
  const { within, testInTrain, groups, examples } = duplicates;
  if (groups === 0) return ['duplicates: none (by size and decoded pixels)'];
  const counts = Object.entries(within).map(([name, count]) => `${formatCount(count)} within ${name}`);
  if (Object.keys(within).length > 1) counts.push(`${formatPlural(testInTrain, 'test image')} also in train`);
  const lines = examples.slice(0, MOST.duplicates).flatMap((group) => {
    const names = group.slice(0, 3).map(({ split, name }) => `${split}: ${shortened(name, 40)}`);
    return row('', `${names.join('  =  ')}${group.length > 3 ? '  = ...' : ''}`);
  });
  const more =
    groups > MOST.duplicates
      ? row('', `and ${formatPlural(groups - MOST.duplicates, 'group')} more (--json lists 100)`)
      : [];
  return [`duplicates (by size and decoded pixels): ${counts.join(', ')}`, ...lines, ...more];
}

/** A report for people. */
export function inspectText(report: InspectReport): string {
  const { path, description, splits, duplicates, storage, warnings, hints, seconds, imagesPerSecond, cores } = report;
  const total = splits.train.inspected + (splits.test?.inspected ?? 0);
  const list = (label: string, lines: readonly string[]): string[] => lines.map((line) => `${label}: ${line}`);
  const bad = [splits.train, splits.test].reduce((sum, split) => sum + (split?.bad.length ?? 0), 0);
  return `${[
    printable(path),
    printable(description),
    '',
    ...splitRows('train', splits.train),
    '',
    ...(splits.test === null ? ['test: no images'] : splitRows('test', splits.test)),
    '',
    ...duplicateRows(duplicates),
    `in training: ${printable(storage.text)}`,
    `decoded ${formatCount(total - bad)} of ${formatPlural(total, 'image')} in ${seconds.toFixed(1)} s: ${formatRate(imagesPerSecond)} images/s on ${formatPlural(cores, 'core')}`,
    ...(warnings.length + hints.length > 0 ? [''] : []),
    ...list('warning', warnings),
    ...hints.flatMap(({ text, command }) => [...list('hint', [text]), ...(command === null ? [] : [`  ${command}`])]),
  ].join('\n')}\n`;
}

/** The share of bad images in words, for `--strict`. */
export function strictProblem({ splits, duplicates }: InspectReport): string | undefined {
  const bad = (splits.train.bad.length ?? 0) + (splits.test?.bad.length ?? 0);
  const inspected = splits.train.inspected + (splits.test?.inspected ?? 0);
  const problems = [
    ...(bad > 0 ? [`${formatPlural(bad, 'bad image')} (${formatPercent(bad / inspected)})`] : []),
    ...(duplicates.testInTrain > 0 ? [`${formatPlural(duplicates.testInTrain, 'test image')} in train`] : []),
  ];
  return problems.length === 0 ? undefined : problems.join(' and ');
}
